# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts towards which limit, and what policies see of the past."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.history import (
    STAMP_ERROR_S,
    Tally,
    draining_tally,
    history_of,
    rate_tally,
    running_tally,
    tallies,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.limits import Limits, RateLimit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import Record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Draining, History, Window
from tests.unit.execution.records import API, OWN, WEB, ended, executing, pending, view

HOURLY = RateLimit("global", (), 2, 3600)


@given(limit=st.integers(0, 20), admitted=st.integers(0, 20), ahead=st.integers(0, 20), become=st.integers(0, 20))
def test_a_settled_tally_says_the_same_whatever_becomes_of_those_ahead(
    limit: int, admitted: int, ahead: int, become: int
) -> None:
    tally = Tally(limit, admitted, ahead)
    later = Tally(limit, admitted + min(become, ahead), 0)
    assert later.settled
    if tally.settled:
        assert (tally.count >= limit) == (later.count >= limit)


SCOPES: dict[str, tuple[str, dict[str, Any], int]] = {
    "another target": ("target", {"target": API}, 0),
    "the same target": ("target", {"action": "UpdateImage"}, 1),
    "the same action": ("action", {"target": API}, 1),
    "another action": ("action", {"action": "UpdateImage"}, 0),
    "the same namespace": ("namespace", {"target": API}, 1),
    "another namespace": ("namespace", {"target": ObjectRef("Deployment", "web", "bank")}, 0),
    "the same requester": ("requester", {"target": API}, 1),
    "another requester": ("requester", {"requester": "other"}, 0),
    "anything": ("global", {"target": API, "action": "X", "requester": "other"}, 1),
}


@pytest.mark.parametrize(("scope", "changes", "count"), SCOPES.values(), ids=SCOPES)
def test_a_limit_counts_what_is_in_its_scope(scope: str, changes: dict[str, Any], count: int) -> None:
    rate = RateLimit(scope, (), 9, 3600)
    assert rate_tally(view(executing(**changes)), rate) == Tally(9, count, 0)


def test_a_limit_of_some_actions_counts_only_these() -> None:
    others = (executing(action="UpdateImage"), executing(11), pending(90, action="UpdateImage"))
    assert rate_tally(view(*others), RateLimit("global", ("ScaleDeployment",), 2, 3600)) == Tally(2, 1, 0)


PHASES: dict[str, tuple[Record, Tally]] = {
    "executing": (executing(), Tally(2, 1, 0)),
    "executing past its time": (executing(3000), Tally(2, 1, 0)),
    "succeeded": (ended("Succeeded", 5), Tally(2, 1, 0)),
    "failed": (ended("Failed", 5), Tally(2, 1, 0)),
    "undone": (ended("RolledBack", 5), Tally(2, 1, 0)),
    "failed before it was admitted": (ended("Failed", 5, admitted_at=None), Tally(2, 0, 0)),
    "waits for an approval": (replace(pending(90), phase="AwaitingApproval"), Tally(2, 0, 0)),
    "pending ahead": (pending(99), Tally(2, 0, 1)),
    "pending behind": (pending(101), Tally(2, 0, 0)),
    "pending past its time": (pending(99, age_s=31), Tally(2, 0, 0)),
}


@pytest.mark.parametrize(("record", "tally"), PHASES.values(), ids=PHASES)
def test_what_a_record_counts_as(record: Record, tally: Tally) -> None:
    assert rate_tally(view(record), HOURLY) == tally


@pytest.mark.parametrize(
    ("age_s", "count"), [(3600 + STAMP_ERROR_S - 0.5, 1), (3600 + STAMP_ERROR_S, 0)], ids=["at its end", "past it"]
)
def test_a_window_goes_by_the_admission_and_is_never_too_short(age_s: float, count: int) -> None:
    assert rate_tally(view(executing(age_s)), HOURLY).admitted == count
    waited_long = executing(age_s, created=executing(age_s + 25).created)
    assert rate_tally(view(waited_long), HOURLY).admitted == count


def test_a_rehearsal_waits_for_nobody() -> None:
    assert running_tally(view(pending(99), queued=False)) == Tally(1, 0, 0)


RUNNING: dict[str, tuple[Record, Tally]] = {
    "executing": (executing(), Tally(1, 1, 0)),
    "executing past its time": (executing(121), Tally(1, 0, 0)),
    "on another target": (executing(target=API), Tally(1, 0, 0)),
    "ended": (ended("Succeeded", 1), Tally(1, 0, 0)),
    "pending ahead": (pending(99), Tally(1, 0, 1)),
}


@pytest.mark.parametrize(("record", "tally"), RUNNING.values(), ids=RUNNING)
def test_one_action_per_target(record: Record, tally: Tally) -> None:
    assert running_tally(view(record)) == tally


def node(name: str) -> ObjectRef:
    return ObjectRef("Node", name)


DRAIN = replace(OWN, action="DrainNode", target=node("n0"))


def test_drains_of_other_nodes_count_while_they_run() -> None:
    drains = [executing(10 + number, action="DrainNode", target=node(f"n{number}")) for number in range(1, 3)]
    over = executing(500, action="DrainNode", target=node("n5"))
    same = executing(20, action="DrainNode", target=node("n0"))
    cordon = executing(30, action="CordonNode", target=node("n7"))
    waiting = pending(99, action="DrainNode", target=node("n8"))
    seen = view(*drains, over, same, cordon, waiting, own=DRAIN)
    assert draining_tally(seen, 4) == Tally(4, 2, 1)
    assert history_of(seen, Limits(draining_nodes=4)).draining == Draining(3, ("n1", "n2"))
    assert history_of(seen, Limits()).draining == Draining()


def test_all_limits_decide() -> None:
    limits = Limits(rates=(HOURLY, RateLimit("target", (), 5, 60)), draining_nodes=1)
    assert tallies(view(pending(99)), limits) == [Tally(1, 0, 1), Tally(2, 0, 1), Tally(5, 0, 1), Tally(1, 0, 0)]


RETRIES: dict[str, tuple[int, list[float], int]] = {
    "room": (2, [10], 0),
    "full": (2, [10, 3000], 602),
    "overfull": (1, [10, 3000], 3592),
    "never": (0, [], 3600),
    "in a moment": (1, [3601.9], 1),
}


@pytest.mark.parametrize(("maximum", "ages", "retry_s"), RETRIES.values(), ids=RETRIES)
def test_when_to_come_back(maximum: int, ages: list[float], retry_s: int) -> None:
    rate = replace(HOURLY, max_count=maximum)
    (window,) = history_of(view(*(executing(age) for age in ages)), Limits((rate,))).windows
    assert window == Window("global", (), len(ages), maximum, 3600, retry_s)


@given(ages=st.lists(st.floats(0, 4000), min_size=1, max_size=12, unique=True), maximum=st.integers(1, 5))
def test_who_comes_back_when_told_finds_room(ages: list[float], maximum: int) -> None:
    rate = replace(HOURLY, max_count=maximum)
    (window,) = history_of(view(*(executing(age) for age in ages)), Limits((rate,))).windows
    then = [executing(age + window.retry_after_seconds) for age in ages]
    assert rate_tally(view(*then), rate).count < maximum
    assert (window.retry_after_seconds > 0) == (window.count >= maximum)


def test_failures_in_a_row_are_of_the_same_action_on_the_same_target() -> None:
    others = (
        ended("Failed", 10),
        ended("Failed", 5, target=API),
        ended("Failed", 6, action="UpdateImage"),
        ended("Failed", 7, admitted_at=None),
        ended("RolledBack", 20),
        ended("Failed", 30),
        ended("Succeeded", 40),
        ended("Failed", 50),
    )
    assert history_of(view(*others), Limits()) == History((), 2, 10, 40)


def test_nothing_is_known_of_a_target_without_records() -> None:
    assert history_of(view(), Limits()) == History((), 0, None, None, Draining())


def test_a_record_ahead_on_the_own_target_is_waited_for_but_is_not_the_past() -> None:
    assert history_of(view(pending(99, target=WEB)), Limits()) == History()
