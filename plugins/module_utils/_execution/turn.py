# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Waiting for one's turn: how N parallel runs against a limit of M admit M at most, without a lock (invariant I8).

Everybody writes a Pending record first and reads the records of the scope afterwards, so that of any two at least the
later one sees the other. A run counts what is admitted, and the Pending ones with a lower resource version as if they
were; when these cannot change the answer it decides, otherwise it looks again. The API server orders the records, nothing
else is shared (KEP-5504 makes resource versions comparable).

A process that dies while its record is Pending holds up those behind it for ``PENDING_S`` at most. Whoever waits then ends
that record first, so that a process that was merely asleep finds itself overruled instead of being one too many.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline, Interruptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.concurrency import run_all
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ActionDenied, GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.history import View, tallies
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.limits import DRAIN, Limits
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    EXECUTING,
    FAILED,
    LABEL,
    PENDING,
    PENDING_S,
    Record,
    label_value,
    requester_label,
    target_labels,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

DECISION_S = 8.0
TURN_S = PENDING_S - DECISION_S
"""A run waits so long for those ahead of it; the rest of its time belongs to the decision."""

_LOOK_AGAIN_S = 0.05
_LONGEST_PAUSE_S = 0.5
_SLOTS_S, _HOURS_S = 30 * 60, 3 * 3600
_LONGEST_EXECUTION_S = 25 * 3600
_CLOCK_SLACK_S = 60
_UNDECIDED = "status.phase!=Rejected"
_COUNTED = "status.phase!=Rejected,status.phase!=AwaitingApproval"
IN_PROGRESS = f"{_COUNTED},status.phase!=Succeeded,status.phase!=Failed,status.phase!=RolledBack"
"""A field selector for records that are Pending or Executing."""


def await_turn(
    api: Api,
    ledger: Ledger,
    own: Record,
    limits: Limits,
    *,
    queued: bool = True,
    sleep: Callable[[float], None] = time.sleep,
) -> View:
    """Read the records that matter until every limit is settled.

    Args:
        own: The request's own record, Pending or already executing.
        queued: Whether to wait for records ahead. False for a rehearsal, which has no place among them.

    Raises:
        ActionDenied: ``admission.undecided``: those ahead did not decide in time.
        ApiFailure, Unreachable: The records cannot be read.
    """
    queued = queued and own.phase == PENDING
    deadline = Deadline(min(TURN_S, own.pending_s - DECISION_S - (api.now() - own.created).total_seconds()))
    interruptions = Interruptions(deadline.clock)
    pause_s = _LOOK_AGAIN_S
    while True:
        try:
            now = api.now()
            view = View(own, now, _others(ledger, own, _queries(own, limits, now)), queued)
            trouble: GateError | None = None
            if not end_expired(ledger, view) and all(tally.settled for tally in tallies(view, limits)):
                return view
        except GateError as failure:
            if not queued or not interruptions.heals(failure):
                raise
            trouble = failure
        if deadline.expired:
            raise trouble or _undecided(view)
        sleep(min(pause_s, deadline.remaining_s))
        pause_s = min(pause_s * 1.3, _LONGEST_PAUSE_S)


def end_expired(ledger: Ledger, view: View) -> bool:
    """End Pending records whose process has died. Whether there were any ahead, so that the view is out of date."""
    if not view.queued:
        return False
    dead = [it for it in view.others if it.phase == PENDING and it.expired(view.now) and it.order < view.own.order]
    for record in dead[:_MOST_ENDED]:
        end_unfinished(ledger, record, view.now)
    return bool(dead)


_MOST_ENDED = 20
_LOST = {
    PENDING: (
        "execution.lost-before-decision",
        "Nobody decided on it in time: the process that asked has died. Nothing was changed.",
    ),
    EXECUTING: (
        "execution.process-lost",
        "The process that carried it out died before it could say how it went, and nobody has looked since.",
    ),
}


def end_unfinished(ledger: Ledger, record: Record, now: datetime) -> None:
    """End the record of a process that has died, unless somebody else has, or it lives after all."""
    code, message = _LOST[record.phase]
    status: dict[str, Any] = {
        "phase": FAILED,
        "message": message,
        "endedAt": timestamp(now),
        "error": {"code": code, "reason": "timeout", "message": message},
    }
    if record.phase == PENDING:
        status["changed"] = False
    try:
        ledger.advance(record, status, patience_s=1.0)
    except GateError:
        return


def end_left_behind(api: Api, ledger: Ledger, target: ObjectRef) -> tuple[Record, ...]:
    """End what died over a target before it was decided on. Returns what died later: somebody has to look what it did.

    Raises:
        ApiFailure, Unreachable: The records cannot be read.
    """
    found, now = ledger.find(_labels(target), IN_PROGRESS), api.now()
    lost = [record for record in found if record.target == target and record.expired(now)]
    for record in lost:
        if record.phase == PENDING:
            end_unfinished(ledger, record, now)
    return tuple(record for record in lost if record.phase == EXECUTING)


def _others(ledger: Ledger, own: Record, queries: Mapping[tuple[str, str], None]) -> tuple[Record, ...]:
    found: dict[str, Record] = {}

    def reader(labels: str, fields: str) -> Callable[[], None]:
        return lambda: found.update((record.name, record) for record in ledger.find(labels, fields))

    run_all([reader(labels, fields) for labels, fields in queries])
    return tuple(record for record in found.values() if record.name != own.name)


def _queries(own: Record, limits: Limits, now: datetime) -> dict[tuple[str, str], None]:
    """Selectors of every read, the target's first. Equal ones are made once."""
    memory_s = max(limits.memory_s, _LONGEST_EXECUTION_S)
    queries: dict[tuple[str, str], None] = {(f"{_labels(own.target)},{_since(now, memory_s)}", _UNDECIDED): None}
    scopes: dict[str, int] = {}
    for rate in limits.rates:
        if rate.scope != "target":
            scopes[rate.scope] = max(scopes.get(rate.scope, 0), rate.window_seconds)
    if scopes.get("global", -1) >= max(scopes.values(), default=0):
        scopes = {"global": scopes["global"]}  # it covers the others
    labels: dict[str, Any] = {
        "action": f"{LABEL}action={own.action},",
        "namespace": f"{LABEL}namespace={label_value(own.target.namespace)},",
        "requester": f"{LABEL}requester={requester_label(own.requester)},",
        "global": "",
    }
    for scope, window_s in scopes.items():
        queries[(f"{labels[scope]}{_since(now, window_s)}", _COUNTED)] = None
    if limits.draining_nodes is not None:
        queries[(f"{LABEL}action={DRAIN}", IN_PROGRESS)] = None
    return queries


def _labels(target: ObjectRef) -> str:
    return ",".join(f"{key}={value}" for key, value in target_labels(target).items())


def _since(now: datetime, seconds: int) -> str:
    """A label selector for records created in the last ``seconds``, and some before."""
    key = "slot" if seconds <= _SLOTS_S else "hour" if seconds <= _HOURS_S else "day"
    step, slack = _STEPS[key], timedelta(seconds=_CLOCK_SLACK_S)
    moment, values = now - timedelta(seconds=seconds) - slack, []
    while moment < now + slack + step:
        values.append(period_label(moment, key))
        moment += step
    return f"{LABEL}{key} in ({','.join(values)})"


_STEPS = {"slot": timedelta(minutes=10), "hour": timedelta(hours=1), "day": timedelta(days=1)}


def period_label(moment: datetime, key: str) -> str:
    """The slot of ten minutes, the hour or the day of a moment in UTC, as records are labelled with it."""
    if key == "slot":
        return moment.replace(minute=moment.minute // 10 * 10).strftime("%Y-%m-%d-%H-%M")
    return moment.strftime("%Y-%m-%d-%H" if key == "hour" else "%Y-%m-%d")


def _undecided(view: View) -> ActionDenied:
    ahead = sorted(record.name for record in view.others if view.ahead(record))
    return ActionDenied(
        "admission.undecided",
        f"Other executions came first and have not been decided on in {TURN_S:g} s: {', '.join(ahead[:5])}.",
        "Run the task again; a record whose process has died is ended after its time.",
        retry_after_s=float(PENDING_S),
    )
