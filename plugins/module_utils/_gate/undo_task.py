# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``execution_undo`` does: the way back that an execution's record states, through the same gate.

An undo is an execution like any other: judged, recorded, and with a way back of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action, Progress, Raw
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import (
    ActionDenied,
    GateError,
    InvalidRequest,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    AWAITING,
    EXECUTING,
    LABEL,
    PENDING,
    ROLLED_BACK,
    Record,
    label_value,
    target_labels,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.queries import read_execution
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import Outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.trail import Trail
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.undoing import refuse_touched, undo_request
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import MASK
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.nulls import restored
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Read, Request
from ansible_collections.guardrail.kubernetes.plugins.module_utils.gate import run


def undo_execution(
    cause: Request, api: Api, *, trail: Trail, report: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Undo an execution. Returns the task's result, the same that every gated action has.

    Args:
        cause: What the task asks for; its parameters are ``execution`` and ``force``.

    Raises:
        InvalidRequest: There is no such execution, or nothing that could be undone.
        ApiFailure, Unreachable: The record cannot be read.
    """
    original = read_execution(api, str(cause.parameters["execution"]))
    now = api.now()
    require_undoable(original, now)
    undo = way_back(original, cause, now)
    action = WayBack(ACTIONS[undo.action], original, force=bool(cause.parameters.get("force")))
    outcome = run(action, undo, api, trail=trail, report=report)
    if outcome.failure is None and not cause.check_mode:
        outcome = _put_on_record(outcome, original, undo, api)
    return outcome.as_result()


def require_undoable(original: Record, now: datetime) -> None:
    """Refuse what has not ended, has changed nothing, is undone already, or has no way back.

    An execution whose process died may be undone: what it was about to change is on record, and ``WayBack`` looks.

    Raises:
        InvalidRequest: ``undo.already-undone``, ``undo.not-ended``, ``undo.nothing-changed`` or ``undo.no-way-back``.
    """
    named, status = f"KubernetesExecution {original.name}", original.status
    if original.phase == ROLLED_BACK:
        by = str(status.get("undoneBy") or "another execution")
        raise InvalidRequest(
            "undo.already-undone", f"{named} is undone already, by {by}.", f"To redo it, undo {by}." if by else ""
        )
    if original.phase in (PENDING, EXECUTING) and not original.expired(now):
        raise InvalidRequest("undo.not-ended", f"{named} is {original.phase}.", "Wait until it has ended.")
    if original.phase == AWAITING or not original.admitted or status.get("changed") is False:
        raise InvalidRequest("undo.nothing-changed", f"{named} has changed nothing; it is {original.phase}.")
    undo = status.get("undo") or {}
    if not undo.get("action"):
        note = str(undo.get("note") or "Its record states none.")
        raise InvalidRequest("undo.no-way-back", f"There is no way back from {named}. {note}")


def way_back(original: Record, cause: Request, now: datetime) -> Request:
    """The request that undoes the execution, its parameters validated as the action's own module would.

    Raises:
        InvalidRequest: ``undo.unknown-action`` or ``undo.parameters-unusable``.
    """
    undo = original.status["undo"]
    action = ACTIONS.get(undo["action"])
    if action is None:
        raise InvalidRequest("undo.unknown-action", f"This release knows no action {undo['action']}.")
    stated = restored(undo.get("parameters") or {})
    validated = ArgumentSpecValidator(dict(action.options)).validate(dict(stated))
    # A record shows no secret, so what it hides is lost to the undo.
    hidden = MASK in json.dumps(stated)
    if validated.error_messages or hidden:
        why = "they contain values that records do not show" if hidden else ". ".join(validated.error_messages)
        raise InvalidRequest(
            "undo.parameters-unusable",
            f"The record of {original.name} states parameters that cannot be used: {why}.",
            f"Do it by hand: {action.name} is what undoes it.",
        )
    request = undo_request(action.name, validated.validated_parameters, original.name, cause, timestamp(now))
    return replace(request, on_failure=cause.on_failure)


class WayBack(Action):
    """The action that undoes an execution. Whenever it is planned, it looks whether the target is as that one left it.

    The look and the plan are of one and the same state, and the writes carry its version: nobody comes in between.

    Args:
        action: What undoes it.
        original: The record of the execution.
        force: Undo it also where somebody has changed the target since.
    """

    def __init__(self, action: Action, original: Record, *, force: bool) -> None:
        # What an action is, its class says; this one is what the other is, but the target has to exist.
        vars(self).update({name: getattr(action, name) for name in Action.__annotations__}, absent_is_done=False)
        self._action, self._original, self._force = action, original, force

    def target(self, request: Request) -> ObjectRef:
        return self._action.target(request)

    def reads(self, request: Request) -> dict[str, Read]:
        return self._action.reads(request)

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        plan, uid = self._action.plan(request, reads), reads["target"]["metadata"]["uid"]
        if uid != self._original.uid:
            raise ActionDenied(
                "undo.target-replaced",
                f"{plan.target.label} is another object than the one that {self._original.name} changed: it was deleted and"
                " created again.",
                "There is nothing to undo on it.",
            )
        if plan.writes and not self._force:
            refuse_touched(plan, (self._original.status.get("diff") or {}).get("after") or {})
        return plan

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return self._action.holds(request, plan, observed)

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        return self._action.progress(request, plan, observed)

    def watches(self, request: Request) -> dict[str, Read]:
        return self._action.watches(request)

    def settled(self, request: Request, plan: Plan, observed: Raw | None, others: Mapping[str, Any]) -> Progress:
        return self._action.settled(request, plan, observed, others)

    def on_record(self, request: Request) -> Request:
        return self._action.on_record(request)


def _put_on_record(outcome: Outcome, original: Record, undo: Request, api: Api) -> Outcome:
    """Move the original to RolledBack. The undo is done by then: what goes wrong here is a warning."""
    ledger = Ledger(api)
    try:
        by = outcome.execution.record or _earlier_undo(ledger, original, undo)
        if by:
            # The undo may have ended it meanwhile, where its process had died.
            ledger.advance(ledger.read(original.name), {"phase": ROLLED_BACK, "undoneBy": by})
    except GateError as failure:
        warning = f"KubernetesExecution {original.name} does not say that it was undone: {failure.message}"
        return replace(outcome, warnings=(*outcome.warnings, warning))
    return outcome


def _earlier_undo(ledger: Ledger, original: Record, undo: Request) -> str:
    """Name of the undo that left nothing to do, but ended before it could say so here; empty when there was none."""
    labels = {**target_labels(original.target), f"{LABEL}action": label_value(undo.action)}
    found = ledger.find(",".join(f"{key}={value}" for key, value in labels.items()), "")
    earlier = [
        it
        for it in found
        if it.raw["spec"].get("undoes") == original.name and it.admitted and it.status.get("changed") is not False
    ]
    return max(earlier, key=lambda it: it.created).name if earlier else ""
