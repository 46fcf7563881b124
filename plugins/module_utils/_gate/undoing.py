# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Undoing an execution: its record says how, the same gate decides whether, and only where nobody has been since."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import (
    ActionDenied,
    GateError,
    InvalidRequest,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import timestamp
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import make_plan
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import Outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.record_status import bounded
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.nulls import without_nulls
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Request


def undo_at_once(
    plan: Plan,
    left: Mapping[str, Any],
    request: Request,
    record: str,
    api: Api,
    run: Callable[[Request], Outcome],
) -> tuple[str, str]:
    """Undo a plan whose postcondition was not met (``on_failure: rollback``).

    Args:
        left: The state that the plan was to leave behind, for the fields that it changed.
        request: What was asked for.
        record: Name of its record.
        run: The gate.

    Returns:
        Name of the record of the execution that undid it, empty when none did; and a sentence on how it went.
    """
    if not plan.undo.action:
        return "", f"It cannot be rolled back. {plan.undo.note}".rstrip()
    undo = undo_request(plan.undo.action, plan.undo.parameters, record, request, timestamp(api.now()))
    try:
        require_untouched(undo, left, api)
    except GateError as failure:
        return "", f"It was not rolled back: {failure.message}"
    outcome = run(undo)
    if outcome.failure is not None and outcome.changed:
        return "", f"{outcome.execution.record} put it back, but did not succeed: {outcome.failure.message}"
    if outcome.failure is not None:
        return "", f"It was not rolled back: {outcome.failure.message}"
    return outcome.execution.record, f"It was rolled back by {outcome.execution.record}. {plan.undo.note}".rstrip()


def undo_request(action: str, parameters: Mapping[str, Any], record: str, cause: Request, now: str) -> Request:
    """The request for the way back. Reason, ticket and claims are those of whoever asks for it."""
    return Request(
        action=action,
        parameters=dict(parameters),
        reason=cause.reason or f"Undo of {record}",
        ticket=cause.ticket,
        claims=cause.claims,
        check_mode=cause.check_mode,
        time=now,
        id=str(uuid.uuid4()),
        wait=cause.wait,
        wait_timeout_s=cause.wait_timeout_s,
        undoes=record,
        execution=_mode(action, cause),
    )


def _mode(action: str, cause: Request) -> str:
    """As what is undone was carried out, where a Job can."""
    known = ACTIONS.get(action)
    return cause.execution if known is not None and not known.not_in_job else "direct"


def require_untouched(undo: Request, left: Mapping[str, Any], api: Api) -> None:
    """Refuse to undo what somebody else has changed since: that would undo their change too.

    Args:
        left: The state that the execution left behind, as its record has it.

    Raises:
        InvalidRequest: The action is unknown, or its parameters do not fit.
        ActionDenied: ``undo.changed-since``.
    """
    action = ACTIONS.get(undo.action)
    if action is None:
        raise InvalidRequest("undo.unknown-action", f"This release knows no action {undo.action}.")
    refuse_touched(make_plan(action, undo, api)[0], left)


def refuse_touched(plan: Plan, left: Mapping[str, Any]) -> None:
    """The same for the plan of an undo: what it is to change back has to be as the execution left it.

    Raises:
        ActionDenied: ``undo.changed-since``.
    """
    for key, value in bounded(plan.before).items():
        if key in left and without_nulls(left[key]) != without_nulls(value):
            raise ActionDenied(
                "undo.changed-since",
                f"{plan.target.label} has been changed since: {key} is {value}, and the execution left {left[key]}.",
                "Look at who changed it. Set force: true to undo it all the same.",
            )
