# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which approvals, reviews and revocations make no sense, told before anything is written. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ActionDenied, InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.approvals import own_word
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    AWAITING,
    EXECUTING,
    PENDING,
    REJECTED,
    ROLLED_BACK,
    SUCCEEDED,
    Record,
)

APPROVAL, OVERRIDE = "Approval", "Override"

_SHORTEST_REASON = 10
_LONGEST = {"reason": 1024, "note": 4096}
_MOST_CODES = 5
_LEAST_VALID_S, _MOST_VALID_S = 60, 604800


def require_text(options: Mapping[str, Any]) -> None:
    """Refuse what the definition of an approval would not take.

    Raises:
        InvalidRequest: ``approval.reason-missing``, ``approval.note-missing``, ``approval.text-too-long`` or
            ``approval.valid-for-invalid``.
    """
    state, valid_s = options["state"], options["valid_for"]
    if state == "overridden" and len((options["reason"] or "").strip()) < _SHORTEST_REASON:
        raise InvalidRequest(
            "approval.reason-missing",
            f"reason: an override needs one of at least {_SHORTEST_REASON} characters.",
            "Say what the emergency is: whoever reviews it afterwards reads that first.",
        )
    if state == "reviewed" and not (options["note"] or "").strip():
        raise InvalidRequest("approval.note-missing", "note: a review is closed with what it found.")
    for option, most in _LONGEST.items():
        if len(options[option] or "") > most:
            raise InvalidRequest("approval.text-too-long", f"{option}: it has more than {most} characters.")
    if not _LEAST_VALID_S <= valid_s <= _MOST_VALID_S:
        raise InvalidRequest(
            "approval.valid-for-invalid",
            f"valid_for: {valid_s} s is not between a minute ({_LEAST_VALID_S}) and a week ({_MOST_VALID_S}).",
        )


def require_giving(record: Record, kind: str, username: str, now: datetime) -> None:
    """Refuse an approval or override that could never count.

    Raises:
        ActionDenied: ``approval.own-request``.
        InvalidRequest: The execution waits for none: ``approval.undecided``, ``approval.execution-running``,
            ``approval.execution-succeeded``, ``approval.superseded`` or ``approval.not-waiting``.
    """
    if why := own_word(username, record.requester, record.raw["spec"].get("claims") or {}):
        raise ActionDenied(
            "approval.own-request",
            f"Nobody approves a request of their own, and this would not count: {why}.",
            "Ask somebody else.",
        )
    if record.phase == AWAITING or (record.phase == REJECTED and kind == OVERRIDE and not _superseded(record)):
        return
    raise _not_waiting(record, kind, now)


def _superseded(record: Record) -> str:
    return str(record.status.get("supersededBy") or "")


def _not_waiting(record: Record, kind: str, now: datetime) -> InvalidRequest:
    stands = f"KubernetesExecution {record.name}"
    if record.phase == PENDING and not record.expired(now):
        return InvalidRequest(
            "approval.undecided", f"{stands} has not been decided on yet.", "Try again in a moment.", retry_after_s=1.0
        )
    if record.phase == EXECUTING and not record.expired(now):
        return InvalidRequest("approval.execution-running", f"{stands} is allowed already, and being carried out.")
    if record.phase in (SUCCEEDED, ROLLED_BACK):
        return InvalidRequest(
            "approval.execution-succeeded",
            f"{stands} has succeeded; an approval given now would serve another run of the same task.",
            "Approve the execution of that run, once it waits for it.",
        )
    if by := _superseded(record):
        return InvalidRequest(
            "approval.superseded",
            f"{stands} was superseded by {by}.",
            f"Look at that one: kubectl get kexec -n guardrail-system {by}",
        )
    override = " An override might, of rules that the library lists for it." if record.phase == REJECTED else ""
    return InvalidRequest(
        "approval.not-waiting",
        f"{stands} does not wait for an {kind.lower()}: it is {record.phase}{_because(record)}.",
        f"An approval would not change that.{override} Run the task again when the cause is gone.",
    )


def _because(record: Record) -> str:
    """The codes of what ended it, as a part of a sentence."""
    violations = (record.status.get("decision") or {}).get("violations") or ()
    error = (record.status.get("error") or {}).get("code")
    codes = [str(violation["code"]) for violation in violations if violation.get("code")] or ([error] if error else [])
    return f" ({', '.join(codes[:_MOST_CODES])})" if codes else ""


def require_reviewing(approval: Mapping[str, Any], username: str) -> None:
    """Refuse to close a review that is none, or one's own.

    Args:
        approval: As ``approval_view`` has it; its review is not closed.

    Raises:
        InvalidRequest: ``approval.not-an-override``, ``approval.not-used``.
        ActionDenied: ``approval.own-review``.
    """
    name = approval["name"]
    if approval["type"] != OVERRIDE:
        raise InvalidRequest(
            "approval.not-an-override", f"ExecutionApproval {name} is no override; only these are reviewed."
        )
    if approval["review"] is None:
        raise InvalidRequest(
            "approval.not-used",
            f"Override {name} has not been used, so there is nothing to review.",
            "Its author can take it back with state: revoked.",
        )
    if approval["approver"] == username:
        raise ActionDenied(
            "approval.own-review",
            f"Override {name} is by {username}, and nobody reviews their own.",
            "Ask somebody else.",
        )


def require_revoking(approval: Mapping[str, Any], username: str) -> None:
    """Refuse to take back what was used, or what somebody else gave.

    Raises:
        ActionDenied: ``approval.used``, ``approval.not-yours``.
    """
    name = approval["name"]
    if approval["approver"] != username:
        raise ActionDenied(
            "approval.not-yours",
            f"ExecutionApproval {name} is by {approval['approver']}, and whoever gave it takes it back.",
        )
    if approval["used_by"]:
        raise ActionDenied(
            "approval.used",
            f"ExecutionApproval {name} was used by {approval['used_by']} and stays as evidence.",
            f"To take back what was done: ansible-playbook guardrail.kubernetes.undo -e execution={approval['used_by']}",
        )
