# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Many evictions at once: budgets, lost answers, replaced pods, deadlines."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.transport import Answer
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.eviction import (
    EvictionOutcome,
    evict_all,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable
from tests.unit.cluster_rest.fake_pods import NODE, FakePods, eviction, pod
from tests.unit.cluster_rest.fake_server import Sent, refused, status

HELD = "held by PodDisruptionBudget shop/web: needs 2 healthy pods and has 2 currently"
TERMINATING = "its eviction was accepted, it is still terminating"


def _names(count: int) -> tuple[str, ...]:
    return tuple(f"web-{number:03}" for number in range(count))


def _evict(cluster: FakePods, seconds: float = 60.0, node: str = NODE, **more: Any) -> EvictionOutcome:
    return evict_all(
        cluster.api,
        cluster.writes(),
        deadline=Deadline(seconds, cluster.clock),
        node=node,
        sleep=cluster.clock.sleep,
        **more,
    )


def _places(outcome: EvictionOutcome) -> tuple[Any, Any, Any]:
    return outcome.evicted, outcome.pending, outcome.failed


def _trouble_with(
    method: str, trouble: Answer | Unreachable, times: int
) -> Callable[[Sent], Answer | Unreachable | None]:
    left = [times]

    def give(sent: Sent) -> Answer | Unreachable | None:
        if sent.method != method or left[0] == 0:
            return None
        left[0] -= 1
        return trouble

    return give


@pytest.mark.parametrize("count", [1, 2, 100])
@pytest.mark.parametrize("node", [NODE, ""], ids=["node", "no-node"])
def test_every_pod_is_evicted_and_awaited(count: int, node: str) -> None:
    cluster = FakePods(_names(count))
    outcome = _evict(cluster, node=node)
    assert _places(outcome) == (tuple(pod(name) for name in _names(count)), (), ())
    assert sorted(cluster.evictions) == sorted(_names(count))


def test_nothing_to_evict_sends_nothing() -> None:
    cluster = FakePods(())
    assert _places(_evict(cluster)) == ((), (), ())
    assert cluster.transport.sent == []


def test_a_drain_costs_one_request_a_pod_and_a_few_lists() -> None:
    cluster = FakePods(_names(100), lifetime_s=2.0)
    api = cluster.api
    evict_all(api, cluster.writes(), deadline=Deadline(60, cluster.clock), node=NODE, sleep=cluster.clock.sleep)
    assert api.calls - 100 <= 8


def test_grace_period_0_is_sent() -> None:
    cluster = FakePods(("web",))
    write = eviction("web", "uid-web", grace=0)
    evict_all(cluster.api, [write], deadline=Deadline(9, cluster.clock), node=NODE, sleep=cluster.clock.sleep)
    assert cluster.transport.sent[0].body["deleteOptions"] == {
        "preconditions": {"uid": "uid-web"},
        "gracePeriodSeconds": 0,
    }


def test_an_eviction_without_uid_is_our_mistake() -> None:
    cluster = FakePods(("web",))
    with pytest.raises(ValueError, match="without uid precondition"):
        evict_all(cluster.api, [eviction("web", "")], deadline=Deadline(9, cluster.clock))
    assert cluster.transport.sent == []


class TestBudgets:
    def test_pods_beyond_the_budget_go_in_rounds(self) -> None:
        cluster = FakePods(_names(20), budget=3, replaced_after_s=2.0)
        assert _places(_evict(cluster)) == (tuple(pod(name) for name in _names(20)), (), ())

    def test_rounds_cost_few_refused_requests(self) -> None:
        cluster = FakePods(_names(20), budget=3, replaced_after_s=2.0)
        _evict(cluster)
        # 17 pods are refused at first, then a handful in each of seven rounds.
        assert len(cluster.evictions) <= 20 + 17 + 7 * 8

    def test_a_budget_that_never_clears_leaves_its_pods_pending(self) -> None:
        cluster = FakePods(("a", "b", "c"), budget=1)
        outcome = _evict(cluster, seconds=10, concurrency=1)
        assert _places(outcome) == ((pod("a"),), (pod("b", HELD), pod("c", HELD)), ())
        assert cluster.clock.now == 10.0

    def test_a_held_pod_does_not_delay_the_others(self) -> None:
        refusal = status(
            429,
            "TooManyRequests",
            causes=[
                {
                    "reason": "DisruptionBudget",
                    "message": "The disruption budget db is still being processed by the server.",
                }
            ],
            retryAfterSeconds=10,
        )
        cluster = FakePods(("db", "web"), trouble=lambda sent: refusal if "/db/" in sent.target else None)
        outcome = _evict(cluster, seconds=5)
        reason = "held by PodDisruptionBudget shop/db: is still being processed by the server"
        assert _places(outcome) == ((pod("web"),), (pod("db", reason),), ())

    def test_a_budget_that_clears_later_lets_its_pods_go(self) -> None:
        cluster = FakePods(("a", "b"), budget=0)
        cluster.trouble = lambda sent: setattr(cluster, "budget", 2) if cluster.clock.now > 4 else None
        assert _places(_evict(cluster)) == ((pod("a"), pod("b")), (), ())

    def test_a_held_pod_that_somebody_else_ends_is_evicted(self) -> None:
        cluster = FakePods(("a",), budget=0)
        cluster.ends["a"] = 3.0
        assert _places(_evict(cluster)) == ((pod("a"),), (), ())

    def test_two_budgets_for_one_pod_fail_after_three_answers(self) -> None:
        both = status(500, "", "This pod has more than one PodDisruptionBudget")
        cluster = FakePods(("a", "b"), trouble=lambda sent: both if "/a/" in sent.target else None)
        outcome = _evict(cluster)
        reason = "Evict of Pod shop/a failed: 500, This pod has more than one PodDisruptionBudget."
        assert _places(outcome) == ((pod("b"),), (), (pod("a", reason),))
        assert sum("/a/eviction" in sent.target for sent in cluster.transport.sent) == 3


class TestIdentity:
    """Only the uid says whether a pod is gone."""

    def test_a_pod_that_is_not_there_counts_as_evicted(self) -> None:
        cluster = FakePods(("a",))
        cluster.uids.clear()
        assert _places(_evict(cluster)) == ((pod("a"),), (), ())

    @pytest.mark.parametrize("node", [NODE, ""], ids=["node", "no-node"])
    def test_a_pod_that_was_replaced_before_the_request_counts_as_evicted(self, node: str) -> None:
        cluster = FakePods(("a",))
        cluster.uids["a"] = "uid-of-the-next-one"
        assert _places(_evict(cluster, node=node)) == ((pod("a"),), (), ())
        assert cluster.uids == {"a": "uid-of-the-next-one"}

    @pytest.mark.parametrize("node", [NODE, ""], ids=["node", "no-node"])
    def test_a_pod_of_the_same_name_does_not_fool_the_wait(self, node: str) -> None:
        cluster = FakePods(("a",), lifetime_s=1.0)

        def replace(sent: Sent) -> None:
            if cluster.clock.now >= 1.0 and cluster.ends:
                cluster.ends.clear()
                cluster.uids["a"] = "uid-of-the-next-one"

        cluster.trouble = replace
        assert _places(_evict(cluster, node=node)) == ((pod("a"),), (), ())
        assert cluster.evictions == ["a"]

    def test_a_conflict_about_the_same_pod_is_asked_again(self) -> None:
        conflict = status(409, "Conflict", "it changed")
        cluster = FakePods(("a",), trouble=_trouble_with("POST", conflict, 2))
        assert _places(_evict(cluster)) == ((pod("a"),), (), ())

    def test_a_pod_that_terminates_too_long_is_pending(self) -> None:
        cluster = FakePods(("a",), lifetime_s=99.0)
        assert _places(_evict(cluster, seconds=5)) == ((), (pod("a", TERMINATING),), ())

    def test_a_pod_that_ends_just_before_the_deadline_is_evicted(self) -> None:
        cluster = FakePods(("a",), lifetime_s=9.9)
        assert _places(_evict(cluster, seconds=10)) == ((pod("a"),), (), ())


PASSING = {
    "refused": refused(),
    "lost-answer": refused(maybe_sent=True),
    "busy": status(429, "TooManyRequests"),
    "500-twice": status(500, "InternalError"),
    "timeout-of-the-server": status(504, "Timeout"),
}


class TestTrouble:
    @pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING.keys())
    def test_passing_trouble_with_an_eviction_is_waited_out(self, trouble: Answer | Unreachable) -> None:
        cluster = FakePods(("a",), trouble=_trouble_with("POST", trouble, 2))
        assert _places(_evict(cluster)) == ((pod("a"),), (), ())

    def test_passing_trouble_with_a_look_is_waited_out(self) -> None:
        cluster = FakePods(("a",), trouble=_trouble_with("GET", refused(), 9))
        assert _places(_evict(cluster)) == ((pod("a"),), (), ())

    def test_forbidden_fails_at_once_and_the_others_go_on(self) -> None:
        denied = status(403, "Forbidden", "no right")
        cluster = FakePods(("a", "b"), trouble=lambda sent: denied if "/a/" in sent.target else None)
        outcome = _evict(cluster)
        assert _places(outcome) == (
            (pod("b"),),
            (),
            (pod("a", "Evict of Pod shop/a failed: 403 Forbidden, no right."),),
        )

    def test_forbidden_right_after_an_outage_is_a_server_that_starts(self) -> None:
        answers: list[Answer | Unreachable] = [refused(), status(403, "Forbidden"), status(403, "Forbidden")]
        cluster = FakePods(("a",), trouble=lambda sent: answers.pop(0) if answers else None)
        assert _places(_evict(cluster)) == ((pod("a"),), (), ())

    def test_an_unreachable_server_ends_at_the_deadline(self) -> None:
        cluster = FakePods(("a",), trouble=lambda sent: refused())
        assert _places(_evict(cluster, seconds=20)) == ((), (pod("a", "down"),), ())
        assert cluster.clock.now <= 21.0

    def test_a_missing_right_to_list_pods_does_not_wait_for_ever(self) -> None:
        denied = status(403, "Forbidden", "no right")
        cluster = FakePods(("a",), trouble=lambda sent: denied if sent.method == "GET" else None)
        outcome = _evict(cluster, seconds=600)
        assert [dict(entry)["name"] for entry in outcome.pending] == ["a"]
        assert "cannot be read" in outcome.pending[0]["reason"]
        assert cluster.clock.now < 10

    def test_threads_are_gone_afterwards(self) -> None:
        before = threading.active_count()
        _evict(FakePods(_names(40)))
        assert threading.active_count() == before

    def test_threads_are_gone_when_the_progress_callback_fails(self) -> None:
        before = threading.active_count()

        def broken(evicted: int, total: int, held: Mapping[str, int]) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            _evict(FakePods(_names(40)), on_progress=broken)
        assert threading.active_count() == before


class TestProgress:
    def test_progress_names_counts_and_budgets_at_most_once_a_second(self) -> None:
        cluster = FakePods(_names(10), budget=2, replaced_after_s=3.0)
        seen: list[tuple[float, int, int, Mapping[str, int]]] = []
        _evict(cluster, on_progress=lambda *counts: seen.append((cluster.clock.now, *counts)))
        times = [entry[0] for entry in seen[:-1]]
        assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(times))
        assert seen[-1][1:] == (10, 10, {})
        assert any(entry[3].get("shop/web") for entry in seen)

    def test_unchanged_counts_are_not_repeated(self) -> None:
        cluster = FakePods(("a",), budget=0)
        seen: list[tuple[int, int, Mapping[str, int]]] = []
        _evict(cluster, seconds=30, on_progress=lambda *counts: seen.append(counts))
        assert seen == [(0, 1, {"shop/web": 1})]
