# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge without acting: what the library says about an action or about a given document.

Nothing is written but what step 4 of the gate sends as dry runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import identity
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.rest import Api
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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.standing import standing_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine, denial
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request

Connect = Callable[[], Api]
MakeRequest = Callable[[str, Mapping[str, Any], bool], Request]


def check_policy(options: Mapping[str, Any], *, request: MakeRequest, connect: Connect) -> dict[str, Any]:
    """Evaluate a library and tell everything about it.

    Args:
        options: ``policy_path``, and either ``input`` or ``action`` with ``parameters``.

    Returns:
        ``decision``, ``input``, ``rules`` (codes of all rules that fired, whatever their level) and ``diff``. A denial
        is an answer here, not a failure.

    Raises:
        InvalidRequest: The action is unknown, its parameters do not fit, or the directory cannot be read.
        GateError: The cluster cannot be asked.
    """
    local = _local_library(options.get("policy_path"))
    if options.get("input") is not None:
        document: Mapping[str, Any] = options["input"]
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


def _local_library(path: str | None) -> Library | None:
    if not path:
        return None
    return from_directory(path)


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
    fired = {
        violation.code for level in (decision.violations, decision.warnings, decision.dryrun) for violation in level
    }
    return {
        "changed": False,
        "decision": decision.as_result(),
        "diff": {"before": dict(before), "after": dict(after)},
        "execution": None,
        "input": dict(document),
        "rules": sorted(fired),
        "msg": decision.reason,
    }
