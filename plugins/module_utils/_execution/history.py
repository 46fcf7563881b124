# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""From records to history: pure functions over what was read.

Two numbers stand behind every limit: executions that *are* admitted, and Pending records that came first and *may* be. A
limit is settled when the second cannot change the answer; until then the request waits for its turn (``turn.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.limits import DRAIN, Limits, RateLimit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    EXECUTING,
    FAILED,
    PENDING,
    SUCCEEDED,
    Record,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import NAMES_SHOWN
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Draining, History, Window

STAMP_ERROR_S = 2
"""Stamps are whole seconds of a clock that is known to a second: a window lasts so much longer, never shorter."""


@dataclass(frozen=True)
class Tally:
    """One limit and what counts towards it.

    Attributes:
        limit: So many are allowed.
        admitted: Executions that count for certain.
        ahead: Pending records that are decided before this one.
    """

    limit: int
    admitted: int
    ahead: int

    @property
    def settled(self) -> bool:
        return self.admitted >= self.limit or self.admitted + self.ahead < self.limit

    @property
    def count(self) -> int:
        """What a policy compares with the limit, once settled."""
        return self.admitted if self.admitted >= self.limit else self.admitted + self.ahead


@dataclass(frozen=True)
class View:
    """The records that matter to one request, at one moment.

    Attributes:
        own: The request's own record.
        now: By the API server's clock.
        others: Every other record that was read, once each.
        queued: Whether the own record takes part in the order. A rehearsal does not: it waits for nobody.
    """

    own: Record
    now: datetime
    others: tuple[Record, ...]
    queued: bool = True

    def ahead(self, record: Record) -> bool:
        """Whether the record is decided before the own one, and may still be admitted."""
        return (
            self.queued and record.phase == PENDING and not record.expired(self.now) and record.order < self.own.order
        )

    def tally(self, limit: int, counted: Iterable[Record], ahead: Iterable[Record]) -> Tally:
        return Tally(limit, len(list(counted)), sum(1 for record in ahead if self.ahead(record)))


def in_scope(view: View, rate: RateLimit) -> list[Record]:
    """The other records that a rate limit is about, whatever their phase and age."""
    of_scope = _SCOPE_KEYS[rate.scope]
    own = of_scope(view.own)
    return [it for it in view.others if of_scope(it) == own and (not rate.actions or it.action in rate.actions)]


_SCOPE_KEYS: Mapping[str, Callable[[Record], object]] = {
    "target": lambda record: record.target,
    "action": lambda record: record.action,
    "namespace": lambda record: record.target.namespace,
    "requester": lambda record: record.requester,
    "global": lambda record: None,
}


def rate_tally(view: View, rate: RateLimit) -> Tally:
    """Executions that were admitted in the window."""
    scoped = in_scope(view, rate)
    return view.tally(rate.max_count, _in_window(view, rate, scoped), scoped)


def running_tally(view: View) -> Tally:
    """One action per target."""
    here = [it for it in view.others if it.target == view.own.target]
    return view.tally(1, (it for it in here if _runs(it, view.now)), here)


def draining_tally(view: View, limit: int) -> Tally:
    """Drains of other nodes. One of the same node is the target's own affair."""
    drains = [it for it in view.others if it.action == DRAIN and it.target != view.own.target]
    return view.tally(limit, (it for it in drains if _runs(it, view.now)), drains)


def tallies(view: View, limits: Limits) -> list[Tally]:
    """All limits that decide about the request."""
    draining = [] if limits.draining_nodes is None else [draining_tally(view, limits.draining_nodes)]
    return [running_tally(view), *(rate_tally(view, rate) for rate in limits.rates), *draining]


def history_of(view: View, limits: Limits) -> History:
    """What policies see."""
    ended = sorted(
        (it for it in view.others if _same(it, view.own) and it.admitted and it.ended_at is not None),
        key=lambda it: it.created,
        reverse=True,
    )
    return History(
        windows=tuple(_window(view, rate) for rate in limits.rates),
        consecutive_failures=_leading_failures(ended),
        last_failure_seconds=_since(view.now, ended, FAILED),
        last_success_seconds=_since(view.now, ended, SUCCEEDED),
        draining=_draining(view, limits),
    )


def _same(record: Record, own: Record) -> bool:
    return record.action == own.action and record.target == own.target


def _runs(record: Record, now: datetime) -> bool:
    return record.phase == EXECUTING and not record.expired(now)


def _in_window(view: View, rate: RateLimit, scoped: Iterable[Record]) -> list[Record]:
    begin = view.now - timedelta(seconds=rate.window_seconds + STAMP_ERROR_S)
    return [it for it in scoped if it.admitted_at is not None and it.admitted_at > begin]


def _window(view: View, rate: RateLimit) -> Window:
    tally = rate_tally(view, rate)
    retry_s = 0
    if tally.count >= rate.max_count:
        retry_s = _until_room(view, rate, _in_window(view, rate, in_scope(view, rate)))
    return Window(rate.scope, rate.actions, tally.count, rate.max_count, rate.window_seconds, retry_s)


def _until_room(view: View, rate: RateLimit, counted: Sequence[Record]) -> int:
    """Seconds until so many have left the window that one more fits. With a limit of 0 that is never: the window."""
    excess = len(counted) - rate.max_count
    if rate.max_count == 0 or not counted:
        return rate.window_seconds
    leaving = sorted(it.admitted_at for it in counted if it.admitted_at is not None)[excess]
    room = leaving + timedelta(seconds=rate.window_seconds + STAMP_ERROR_S)
    return max(1, math.ceil((room - view.now).total_seconds()))


def _leading_failures(newest_first: Iterable[Record]) -> int:
    failures = 0
    for record in newest_first:
        if record.phase == SUCCEEDED:
            break
        failures += record.phase == FAILED
    return failures


def _since(now: datetime, newest_first: Iterable[Record], phase: str) -> int | None:
    moments = [it.ended_at for it in newest_first if it.phase == phase and it.ended_at is not None]
    return max(0, int((now - max(moments)).total_seconds())) if moments else None


def _draining(view: View, limits: Limits) -> Draining:
    if limits.draining_nodes is None:
        return Draining()
    names = sorted(
        it.target.name
        for it in view.others
        if it.action == DRAIN and it.target != view.own.target and _runs(it, view.now)
    )
    return Draining(draining_tally(view, limits.draining_nodes).count, tuple(names[:NAMES_SHOWN]))
