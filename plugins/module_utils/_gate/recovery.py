# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What became of an execution whose process died: the next one on the same target finds out and says so in its record.

Nobody knows how far such a process came. Its record says what it was about to change, and planning the same action again
shows what the target is like now; the comparison tells whether the change was carried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import FAILED, Record, timestamp
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import end_left_behind
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import make_plan
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.record_status import bounded
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request

CARRIED_OUT = "The change was carried out"
NOTHING = "Nothing was changed"
PARTLY = "A part of the change was carried out, or the target was changed since"
UNKNOWN = "Whether anything was changed could not be found out"
REPLACED = "The target does not exist any more, or is another of the same name"

_CHANGED = {CARRIED_OUT: True, NOTHING: False}


def find_out(api: Api, ledger: Ledger, lost: Record, by: str) -> str:
    """End the record of a process that died with what can be known about it.

    Args:
        lost: An execution past its time.
        by: Name of the record of the execution that looks; empty when it has none.

    Returns:
        A sentence for the user; empty when somebody else was faster.
    """
    found = finding(api, lost)
    message = f"The process that carried it out died before it could say how it went. {found}."
    status: dict[str, Any] = {
        "phase": FAILED,
        "message": message,
        "endedAt": timestamp(api.now()),
        **({"supersededBy": by} if by else {}),
        "error": {"code": "execution.process-lost", "reason": "timeout", "message": message},
    }
    if found in _CHANGED:
        status["changed"] = _CHANGED[found]
    try:
        ledger.advance(lost, status, patience_s=2.0)
    except GateError:
        return ""
    return f"An earlier execution on {lost.target.label}, {lost.name}, never ended: its process died. {found}."


def look_back(api: Api, ledger: Ledger, target: ObjectRef) -> list[str]:
    """End the records of processes that died over ``target``, for a request that finds nothing to do: the last one may
    have died right after its write.

    Returns:
        A sentence for each that was executing. None where the records cannot be read: nothing rests on it here.
    """
    try:
        lost = end_left_behind(api, ledger, target)
    except GateError:
        return []
    return [sentence for record in lost if (sentence := find_out(api, ledger, record, ""))]


def finding(api: Api, lost: Record) -> str:
    """What the target shows of an execution that did not say how it went: one of the sentences above."""
    action = ACTIONS.get(lost.action)
    if action is None:
        return UNKNOWN
    spec = lost.raw["spec"]
    request = Request(action=lost.action, parameters=spec["parameters"], time=timestamp(lost.created), id=lost.id)
    try:
        plan, raw = make_plan(action, request, api)
    except GateError:
        return UNKNOWN
    except (LookupError, TypeError, ValueError):  # parameters that were masked, or that an older release wrote
        return UNKNOWN
    if raw is None or raw["metadata"]["uid"] != lost.uid:
        return CARRIED_OUT if action.absent_is_done else REPLACED
    return compare(plan, lost.status.get("diff") or {})


def compare(plan: Plan, recorded: Mapping[str, Any]) -> str:
    """The same action planned again, beside what the lost process was about to change."""
    now = bounded(plan.before)
    if now == recorded.get("after") or not plan.writes:
        return CARRIED_OUT
    return NOTHING if now == recorded.get("before") else PARTLY
