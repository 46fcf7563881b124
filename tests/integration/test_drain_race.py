# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others do to the node between the judgement and the writes: it is judged again, and what was not judged is not touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_calls import Drain
from tests.integration.drain_objects import bare_pod, slowly
from tests.integration.drain_results import assert_pods, assert_true_to_the_cluster, stopwatch
from tests.integration.drain_site import CORDON, EVICTION, Site
from tests.integration.faults import Answer, AnswerAfter, Call, ResetAfter, ResetBefore
from tests.integration.gate_calls import assert_denied, assert_failed, assert_succeeded
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import budget, deployment, in_pool, stateful_set
from tests.integration.gate_records import Records, deeds
from tests.integration.recording import RecordedRequest

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.drain_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")


@pytest.fixture
def occupied(site: Site) -> Site:
    """Two pods under a budget that allows both, and room for them."""
    site.place(deployment(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(2, maxUnavailable=2)
    site.spare()
    return site


@pytest.fixture
def before_the_cordon(proxy: ApiProxy) -> Callable[..., None]:
    """Takes what is to happen between the judgement and the cordon."""

    def arrange(change: Callable[[], object], times: int = 1) -> None:
        proxy.fault(CORDON, Call(lambda request: change()), times=times)

    return arrange


def label(site: Site, value: str) -> None:
    site.admin.patch(site.node_path, {"metadata": {"labels": {"touched": value}}})


def test_a_node_that_changed_is_judged_again(
    occupied: Site,
    drain: Drain,
    proxy: ApiProxy,
    before_the_cordon: Callable[..., None],
    judgements: list[Judgement],
) -> None:
    before_the_cordon(lambda: label(occupied, "once"))
    there = occupied.pods()
    result = drain()
    assert_succeeded(result)
    assert_pods(result, occupied, evicted=list(there))
    assert result["execution"]["attempts"] == 2 == len(judgements)
    assert [it.input["target"]["labels"].get("touched") for it in judgements] == [None, "once"]
    assert result["decision"]["decision_id"] == judgements[1].decision.decision_id
    assert [(request.method, request.status) for request in deeds(proxy)][:2] == [("PATCH", 409), ("PATCH", 200)]


def test_a_node_that_changes_for_ever_is_left_alone(
    occupied: Site, drain: Drain, proxy: ApiProxy, before_the_cordon: Callable[..., None]
) -> None:
    before_the_cordon(lambda: label(occupied, str(len(deeds(proxy)))), times=9)
    there = occupied.pods()
    result = drain()
    assert_failed(result, "conflict", "api.conflict")
    assert_pods(result, occupied, pending=list(there))
    assert occupied.pods() == there
    assert not occupied.is_cordoned


def test_the_second_judgement_may_deny(
    occupied: Site, drain: Drain, proxy: ApiProxy, before_the_cordon: Callable[..., None]
) -> None:
    def tighten() -> None:
        occupied.admin.apply(budget(occupied.namespace, maxUnavailable=0))
        occupied.await_allowance(0)
        label(occupied, "once")

    before_the_cordon(tighten)
    there = occupied.pods()
    result = drain()
    assert_denied(result, "disruption-budgets.nothing-allowed")
    assert_pods(result, occupied, pending=list(there))
    assert occupied.pods() == there
    assert not occupied.is_cordoned


def test_a_node_that_somebody_else_cordoned_meanwhile_is_only_emptied(
    occupied: Site, drain: Drain, proxy: ApiProxy, before_the_cordon: Callable[..., None]
) -> None:
    before_the_cordon(lambda: occupied.admin.patch(occupied.node_path, {"spec": {"unschedulable": True}}))
    there = occupied.pods()
    result = drain()
    assert_succeeded(result)
    assert_pods(result, occupied, evicted=list(there))
    assert [request.method for request in deeds(proxy)] == ["PATCH", "POST", "POST"]
    assert result["diff"]["before"]["unschedulable"] is True


def test_pods_that_came_before_the_cordon_are_judged_and_go_too(
    occupied: Site,
    drain: Drain,
    proxy: ApiProxy,
    before_the_cordon: Callable[..., None],
    judgements: list[Judgement],
) -> None:
    late = slowly(bare_pod(occupied.namespace, "late", occupied.pool, nodeName=occupied.node))
    before_the_cordon(lambda: occupied.place(late, pods=3))
    there = occupied.pods()
    result = drain(force=True)
    assert_succeeded(result)
    assert_pods(result, occupied, evicted=[*there, "late"])
    assert_true_to_the_cluster(result, occupied)
    assert occupied.pods() == {}
    assert [it.input["parameters"]["pods"] for it in judgements] == [2, 3]
    assert [request.method for request in deeds(proxy)] == ["PATCH", "POST", "POST", "POST"]
    assert result["diff"]["before"] == {
        "unschedulable": False,
        "pods": sorted(f"{occupied.namespace}/{pod}" for pod in [*there, "late"]),
    }


def test_a_pod_that_came_before_the_cordon_and_needs_an_option_ends_the_drain_before_any_eviction(
    occupied: Site, drain: Drain, proxy: ApiProxy, before_the_cordon: Callable[..., None]
) -> None:
    late = bare_pod(occupied.namespace, "late", occupied.pool, nodeName=occupied.node)
    before_the_cordon(lambda: occupied.place(late, pods=3))
    there = occupied.pods()
    result = drain()
    assert_failed(result, "invalid_parameters", "request.pods-protected", changed=True)
    assert f"{occupied.namespace}/late" in result["msg"]
    assert_pods(result, occupied, pending=list(there))
    assert occupied.pods().keys() == {*there, "late"}
    assert proxy.requests(EVICTION) == []
    assert occupied.is_cordoned


def test_a_successor_of_the_same_name_is_not_ended_in_place_of_the_pod_that_was_judged(
    site: Site, drain: Drain, proxy: ApiProxy
) -> None:
    site.place(stateful_set(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(2, "db", maxUnavailable=2)
    spare = site.spare()
    there = site.pods()
    path = path_to("Pod", "db-1", site.namespace)

    def replaced(request: RecordedRequest) -> None:
        site.admin.delete(path, gracePeriodSeconds=0)
        site.await_elsewhere(1)

    proxy.fault(lambda request: EVICTION(request) and "/db-1/" in request.path, Call(replaced))
    result = drain()
    assert_succeeded(result)
    assert {pod["name"]: pod["uid"] for pod in result["evicted"]} == there
    successor = site.admin.get(path)
    assert successor["metadata"]["uid"] != there["db-1"]
    assert successor["spec"]["nodeName"] == spare
    assert "deletionTimestamp" not in successor["metadata"]


LOST: dict[str, Any] = {"reset": ResetAfter(), "504": AnswerAfter(Answer(504))}


@pytest.mark.parametrize("fault", LOST)
def test_an_eviction_whose_answer_is_lost_is_found_out_by_uid(
    fault: str, occupied: Site, drain: Drain, proxy: ApiProxy
) -> None:
    lost = proxy.fault(EVICTION, LOST[fault], times=2)
    there = occupied.pods()
    result = drain()
    assert_succeeded(result)
    assert lost.hits == 2
    assert_pods(result, occupied, evicted=list(there))
    assert_true_to_the_cluster(result, occupied)


def test_evictions_without_an_answer_count_as_a_change(site: Site, drain: Drain, proxy: ApiProxy) -> None:
    """The node is cordoned already, so these are the only writes; the pod does not end before the deadline."""
    site.place(slowly(bare_pod(site.namespace, "slow", site.pool), terminates_after="1h"), pods=1)
    site.admin.patch(site.node_path, {"spec": {"unschedulable": True}})
    proxy.fault(EVICTION, ResetAfter(), times=None)
    with stopwatch() as watch:
        result = drain(force=True, wait_timeout=1)
    assert watch.seconds < 1 + 1 + 0.5
    assert_failed(result, "timeout", "eviction.deadline", changed=True)
    assert_pods(result, site, pending=["slow"])
    assert_true_to_the_cluster(result, site)
    site.admin.delete(path_to("Pod", "slow", site.namespace), gracePeriodSeconds=0)


def test_a_cordon_of_which_nothing_more_is_heard_counts_as_a_change(
    occupied: Site, drain: Drain, proxy: ApiProxy, records: Records, last_word: float
) -> None:
    """From the cordon on no request gets through: whether it arrived cannot be found out, and its record stays open."""
    gone: list[RecordedRequest] = []

    def is_gone(request: RecordedRequest) -> bool:
        if CORDON(request):
            gone.append(request)
        return bool(gone)

    proxy.fault(is_gone, ResetBefore(), times=None)
    there = occupied.pods()
    with stopwatch() as watch:
        result = drain(wait_timeout=1)
    assert watch.seconds < 1 + last_word + 1 + 0.5
    assert_failed(result, "unreachable", "write.outcome-unknown", changed=True)
    assert any("It stays Executing until its time has passed" in warning for warning in result["warnings"])
    assert [record["status"]["phase"] for record in records.new] == ["Executing"]
    records.forget_the_past()  # no other node is drained as long as this one seems to be
    assert_pods(result, occupied, pending=list(there))
    assert result["decision"]["allowed"] is True
    assert occupied.pods() == there
