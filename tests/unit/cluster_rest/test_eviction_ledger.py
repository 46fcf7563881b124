# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The bookkeeping of an eviction, without threads."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Interruptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.answers import (
    EvictionAnswer,
    Verdict,
    ask,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.evicted_pods import (
    Budget,
    Pod,
    State,
    pods_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, GateError, Unreachable
from tests.unit.cluster_rest.fake_pods import FakePods, eviction, pod
from tests.unit.cluster_rest.fake_server import FakeClock

HELD = EvictionAnswer(Verdict.HELD, "shop/web", "held")
ACCEPTED = EvictionAnswer(Verdict.ACCEPTED)


def _ledger(*names: str) -> tuple[Ledger, list[Pod]]:
    pods = pods_of([eviction(name, f"uid-{name}") for name in names])
    return Ledger(pods, widest=32, interruptions=Interruptions(FakeClock())), pods


def test_an_answer_that_arrives_after_the_end_of_the_pod_changes_nothing() -> None:
    ledger, pods = _ledger("a")
    ledger.see(frozenset())
    ledger.judge(pods[0], HELD, now=0.0)
    assert (ledger.settled, ledger.held(), ledger.outcome().evicted) == (True, {}, (pod("a"),))


def test_the_pods_of_a_budget_come_one_two_four_at_a_time() -> None:
    ledger, pods = _ledger(*(f"p{number:02}" for number in range(20)))
    for each in pods:
        ledger.judge(each, HELD, now=0.0)
    asked = []
    assert ledger.due(0.1, room=32) == []
    for _ in range(4):
        due = ledger.due(1.0, room=32)
        asked.append(len(due))
        for each in due:
            ledger.judge(each, ACCEPTED, now=1.0)
    # Each of a round's answers doubles the width: 1, then 2, then 8 of the 17 left, then the rest.
    assert asked == [1, 2, 8, 9]


def test_a_refusal_ends_the_round_and_its_other_answers_do_not_count_again() -> None:
    budget = Budget()
    budget.accepted(0.0, widest=32)
    budget.refused(0.0, None)
    budget.refused(0.1, None)
    assert (budget.width, budget.pause_s, budget.not_before) == (1, 0.25, 0.25)


def test_pauses_grow_to_five_seconds_and_a_success_resets_them() -> None:
    budget = Budget()
    pauses = []
    for _ in range(9):
        budget.refused(budget.not_before, None)
        pauses.append(round(budget.pause_s, 2))
    assert pauses == [0.25, 0.4, 0.64, 1.02, 1.64, 2.62, 4.19, 5.0, 5.0]
    budget.accepted(99.0, widest=32)
    assert (budget.pause_s, budget.not_before) == (0.0, 99.0)


def test_the_servers_pause_is_kept_up_to_five_seconds() -> None:
    budget = Budget()
    budget.refused(0.0, 2.0)
    assert budget.pause_s == 2.0
    budget.refused(2.0, 10.0)
    assert budget.pause_s == 5.0


def test_a_conflict_with_another_pod_of_that_name_means_gone() -> None:
    cluster = FakePods(("a",))
    cluster.uids["a"] = "uid-of-the-next-one"
    assert ask(cluster.api, pods_of(cluster.writes())[0]) == EvictionAnswer(Verdict.GONE)


def test_of_a_namespace_with_known_budgets_few_pods_are_asked_for_at_once() -> None:
    pods = pods_of([eviction(name, f"uid-{name}") for name in "abcdefg"])
    ledger = Ledger(pods, widest=2, interruptions=Interruptions(FakeClock()), guarded={"shop": 2})
    first = ledger.due(0.0, room=32)
    assert [each.name for each in first] == ["a", "b", "c", "d"]
    for each in first:
        each.state = State.ASKING
    assert ledger.due(0.0, room=32) == []
    ledger.judge(first[0], HELD, now=0.0)
    ledger.judge(first[1], ACCEPTED, now=0.0)
    assert [each.name for each in ledger.due(0.0, room=32)] == ["e", "f"]


LOST = Unreachable("connection.reset", "broke off", maybe_sent=True)


@pytest.mark.parametrize(
    ("errors", "changed"),
    [
        pytest.param([LOST], True, id="lost"),
        pytest.param([LOST, ApiFailure("api.too-many-requests", "busy", status=429)], True, id="lost, then busy"),
        pytest.param([ApiFailure("api.server-error", "gateway", status=504)], True, id="gateway"),
        pytest.param([ApiFailure("api.server-error", "two budgets", status=500)], False, id="refused"),
        pytest.param([Unreachable("connection.refused", "refused")], False, id="never sent"),
        pytest.param([LOST, None], False, id="lost, then held by a budget"),
    ],
)
def test_an_eviction_whose_answer_was_lost_counts_as_a_change(errors: list[GateError | None], changed: bool) -> None:
    ledger, pods = _ledger("a")
    for error in errors:
        ledger.judge(pods[0], HELD if error is None else EvictionAnswer(Verdict.TROUBLE, error=error), now=0.0)
    outcome = ledger.outcome()
    assert (outcome.changed, len(outcome.pending)) == (changed, 1)
