# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task, whichever door it came through: validated options in, the task's result out.

Both doors call ``perform_task`` and return what it returns, so that they cannot differ. It never raises: an error nobody
foresaw ends as a failed task with its type and text, without a traceback.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.connection import connect
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    CONNECTION_ARGUMENTS,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError, InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import (
    EXECUTION_ARGUMENTS,
    GATE_ARGUMENTS,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import failure_keys
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.trail import Trail
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.unforeseen import unforeseen
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.options import MetricsOptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request
from ansible_collections.guardrail.kubernetes.plugins.module_utils._version import VERSION
from ansible_collections.guardrail.kubernetes.plugins.module_utils.gate import run

POLICY_CHECK = "PolicyCheck"
EXECUTION_UNDO = "ExecutionUndo"
REMEDIATION = "Remediation"


def perform_task(
    action: str,
    options: Mapping[str, Any],
    *,
    check_mode: bool,
    environ: Mapping[str, str],
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Run one task.

    Args:
        action: Name in the catalogue, ``PolicyCheck``, ``ExecutionUndo`` or ``Remediation``.
        options: The module's options, validated, defaults filled in.
        environ: Environment of the task: the process's own with the task's ``environment:`` over it.
        report: Takes progress, one line at a time.

    Returns:
        The task's result: plain JSON types, with ``failed`` set when the action did not succeed.
    """
    try:
        with _environment(environ):
            if action == POLICY_CHECK:
                from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.policy_check import (
                    check_policy,
                )

                options = {**options, **_trail_options(options, environ)}
                return check_policy(options, request=make_request, connect=lambda: _api(options, environ, action))
            trail = trail_of(options, environ)
            if action == REMEDIATION:
                from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.plans.remediation import (
                    remediate,
                )

                return remediate(
                    options,
                    check_mode=check_mode,
                    make_request=make_request,
                    connect=lambda: _api(options, environ, action),
                    trail=trail,
                    report=report,
                )
            request = make_request(action, options, check_mode)
            api = _api(options, environ, action)
            try:
                if action == EXECUTION_UNDO:
                    from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.undo_task import (
                        undo_execution,
                    )

                    return undo_execution(request, api, trail=trail, report=report)
                return run(ACTIONS[action], request, api, trail=trail, report=report).as_result()
            finally:
                api.close()
    except GateError as failure:
        return {**_nothing(), **failure_keys(failure)}
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the user gets one sentence
        return {**_nothing(), **failure_keys(unforeseen(error))}


def refuse_options(findings: Iterable[str]) -> dict[str, Any]:
    """The result of a task whose options do not fit its module; ``findings`` are phrases of the validator."""
    message = " ".join(f"{finding[:1].upper()}{finding[1:].rstrip('.')}." for finding in findings)
    return {**_nothing(), **failure_keys(InvalidRequest("request.options-invalid", message))}


def make_request(action: str, options: Mapping[str, Any], check_mode: bool) -> Request:
    """The request that validated options state. This is where the clock is read, once."""
    # Of modules that are no action, an option of that name is their own.
    shared = {*CONNECTION_ARGUMENTS, *GATE_ARGUMENTS, *(EXECUTION_ARGUMENTS if action in ACTIONS else ())}
    parameters = {key: value for key, value in options.items() if key not in shared}
    now = datetime.now(UTC).replace(microsecond=0)
    return Request(
        action=action,
        parameters=parameters,
        reason=str(options.get("reason") or ""),
        ticket=str(options.get("ticket") or ""),
        claims=dict(options.get("claims") or {}),
        check_mode=check_mode,
        time=now.isoformat().replace("+00:00", "Z"),
        id=str(uuid.uuid4()),
        wait=bool(options.get("wait", True)),
        wait_timeout_s=float(options.get("wait_timeout") or 0),
        on_failure=str(options.get("on_failure") or "keep"),
        execution=str(options.get("execution") or "direct") if action in ACTIONS else "direct",
    )


def trail_of(options: Mapping[str, Any], environ: Mapping[str, str]) -> Trail:
    """Where this task leaves audit lines and figures: its options, or else the environment."""

    def stated(option: str) -> str:
        return str(options.get(option) or environ.get(f"GUARDRAIL_{option.upper()}") or "")

    path, required = stated("audit_log"), bool(options.get("audit_required"))
    if required and not path:
        raise InvalidRequest(
            "audit.not-configured",
            "audit_required: there is no audit trail to write to.",
            "Set audit_log, or GUARDRAIL_AUDIT_LOG in the environment, to a file that the task may append to.",
        )
    metrics = MetricsOptions(statsd=stated("metrics_statsd"), textfile=stated("metrics_textfile"))
    if not path:
        return Trail(None, metrics)
    # Inside, as what only some modules need above: through AnsiballZ a task compiles each file that it imports.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain import AuditOptions

    audit = AuditOptions(
        path=path,
        key_file=stated("audit_key_file"),
        cloud_events=stated("audit_format") == "cloudevents",
        required=required,
    )
    return Trail(audit, metrics)


def _trail_options(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    names = ("audit_log", "audit_key_file")
    return {name: options.get(name) or environ.get(f"GUARDRAIL_{name.upper()}") for name in names}


def _api(options: Mapping[str, Any], environ: Mapping[str, str], action: str) -> Api:
    connection = {key: options.get(key) for key in CONNECTION_ARGUMENTS}
    return connect(connection, environ, user_agent=f"guardrail.kubernetes/{VERSION} ({action})")


def _nothing() -> dict[str, Any]:
    """The keys of every result, for a task that ended before the gate."""
    return {"changed": False, "diff": {"before": {}, "after": {}}, "decision": None, "execution": None}


@contextmanager
def _environment(environ: Mapping[str, str]) -> Iterator[None]:
    """Give credential plugins of a kubeconfig the task's environment.

    They are programs that the Kubernetes client starts, and it hands them ``os.environ``. A task runs in a process of its
    own in both doors; what is set here is taken back for the next item of a loop.
    """
    # Copies first: the module's door hands over os.environ itself, which is about to be emptied.
    saved, wanted = dict(os.environ), dict(environ)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)
