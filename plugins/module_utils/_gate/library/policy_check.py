# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge without acting: what the library says about an action or about a given document.

Nothing is written but what step 4 of the gate sends as dry runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api import identity
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest, PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import timestamp
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import (
    LIBRARY_SOURCE,
    config_of,
    gather,
    judge,
    live_library,
    prepare,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.candidate import candidate
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.replay import (
    recorded,
    replay,
    told,
    verified,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.standing import standing_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine, denial
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request

Connect = Callable[[], Api]
MakeRequest = Callable[[str, Mapping[str, Any], bool], Request]


def check_policy(options: Mapping[str, Any], *, request: MakeRequest, connect: Connect) -> dict[str, Any]:
    """Evaluate a library and tell everything about it.

    Args:
        options: ``policy_path``, ``policy_overlay`` or ``policy_revision``, and one of ``input``, ``input_path``,
            ``action`` with ``parameters``, ``execution``, or ``replay_last``; for the last two ``audit_log`` and
            ``audit_key_file``.

    Returns:
        ``decision``, ``input``, ``rules`` (codes of all rules that fired, whatever their level) and ``diff``. A denial
        is an answer here, not a failure.

    Raises:
        InvalidRequest: The action is unknown, its parameters do not fit, or the directory cannot be read.
        GateError: The cluster cannot be asked.
    """
    local = candidate(options, connect)
    if options.get("replay_last") is not None or options.get("execution"):
        return _replay(options, local, connect)
    document: Mapping[str, Any] | None = options.get("input")
    if options.get("input_path"):
        document = _read(options["input_path"])
    if document is not None:
        return _report(_evaluate(local, connect, document), document, {}, {})
    api = connect()
    try:
        return _judge_live(options, request, api, local)
    finally:
        api.close()


def _judge_live(
    options: Mapping[str, Any], make_request: MakeRequest, api: Api, local: Library | None
) -> dict[str, Any]:
    name = str(options["action"])
    action = _action(name)
    request = make_request(name, _parameters(action, options), True)
    action.target(request)
    subject = identity.who_am_i(api)
    request = replace(request, time=timestamp(api.now()))
    try:
        library = local or live_library(api)
    except PolicyUnusable as unusable:
        return _report(denial(unusable, {}, LIBRARY_SOURCE), {}, {}, {})
    prepared = prepare(action, request, api, subject)
    plan = prepared.plan
    facts = prepared.facts or gather(action, request, plan, prepared.raw or {}, api, subject)
    standing = standing_of(api, request, plan, facts, config_of(library))
    judgement = judge(request, plan, facts, standing, library, Engine(library))
    return _report(judgement.decision, judgement.input, plan.before, plan.after)


def _evaluate(local: Library | None, connect: Connect, document: Mapping[str, Any]) -> Decision:
    source = local.source if local is not None else LIBRARY_SOURCE
    try:
        if local is not None:
            return Engine(local).evaluate(document)
        api = connect()
        try:
            return Engine(live_library(api)).evaluate(document)
        finally:
            api.close()
    except PolicyUnusable as unusable:
        return denial(unusable, document, source)


def _read(path: str) -> Mapping[str, Any]:
    """An input document, or a task's result that holds one."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidRequest(
            "request.input-unreadable", f"input_path: {path} is no file with JSON ({type(error).__name__}).", _INPUT
        ) from error
    if isinstance(found, dict) and isinstance(found.get("input"), dict):
        found = found["input"]
    if not isinstance(found, dict):
        raise InvalidRequest("request.input-unreadable", f"input_path: {path} holds no JSON object.", _INPUT)
    return found


_INPUT = "Give an input document, or the result of policy_check, as a file on the host that runs the module."


def _replay(options: Mapping[str, Any], local: Library | None, connect: Connect) -> dict[str, Any]:
    """Recorded decisions, judged by the library. One execution alone is told like any other document."""
    trail, execution = str(options.get("audit_log") or ""), str(options.get("execution") or "")
    decisions = recorded(trail, int(options["replay_last"]) if options.get("replay_last") is not None else 1, execution)
    chain = verified(trail, str(options.get("audit_key_file") or ""))
    library = local or _published(connect)
    engine = Engine(library)
    found = {**replay(decisions, engine), "trail": chain}
    document = decisions[-1].document if execution else {}
    decision = engine.evaluate(document) if isinstance(document, Mapping) and document else None
    return {
        "changed": False,
        "decision": decision.as_result() if decision else None,
        "diff": {"before": {}, "after": {}},
        "execution": None,
        "input": dict(document) if isinstance(document, Mapping) else {},
        "rules": _fired(decision) if decision else [],
        "replay": found,
        "msg": told(found, " ".join([library.name, library.version, f"({library.revision[:12]})"]).replace("  ", " ")),
        **({} if chain["intact"] else {"warnings": [chain["message"]]}),
    }


def _published(connect: Connect) -> Library:
    api = connect()
    try:
        return live_library(api)
    finally:
        api.close()


def _action(name: str) -> Action:
    if name not in ACTIONS:
        raise InvalidRequest(
            "request.action-unknown", f"action: there is no action {name[:80]!r}.", f"Use one of {', '.join(ACTIONS)}."
        )
    return ACTIONS[name]


def _parameters(action: Action, options: Mapping[str, Any]) -> dict[str, Any]:
    """The action's own options from ``parameters``, validated as its module would, and the caller's reason and ticket."""
    validated = ArgumentSpecValidator(dict(action.options)).validate(dict(options.get("parameters") or {}))
    if validated.error_messages:
        raise InvalidRequest(
            "request.options-invalid",
            f"parameters: {'. '.join(validated.error_messages)}.",
            f"They are the options of the module for {action.name}.",
        )
    shared = {key: options[key] for key in ("reason", "ticket", "claims") if key in options}
    return {**validated.validated_parameters, **shared}


def _report(
    decision: Decision, document: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "changed": False,
        "decision": decision.as_result(),
        "diff": {"before": dict(before), "after": dict(after)},
        "execution": None,
        "input": dict(document),
        "rules": _fired(decision),
        "msg": decision.reason,
    }


def _fired(decision: Decision) -> list[str]:
    levels = (decision.violations, decision.warnings, decision.dryrun)
    return sorted({finding.code for level in levels for finding in level})
