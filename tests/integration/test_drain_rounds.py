# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Budgets that hold pods back for a while: a drain asks again until they are gone, or says at its deadline what holds them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_calls import Drain
from tests.integration.drain_objects import slowly
from tests.integration.drain_results import assert_pods, assert_true_to_the_cluster, stopwatch, warning_codes
from tests.integration.drain_site import CORDON, EVICTION, Site
from tests.integration.faults import BUDGET_REFUSAL, Answer, Call
from tests.integration.gate_calls import assert_failed, assert_succeeded
from tests.integration.gate_objects import budget, deployment, in_pool
from tests.integration.gate_records import deeds
from tests.integration.recording import RecordedRequest

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.drain_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")


def accepted(proxy: ApiProxy) -> list[RecordedRequest]:
    """The evictions that the API server accepted."""
    return [request for request in proxy.requests(EVICTION) if request.status == 201]


def refused(proxy: ApiProxy) -> list[RecordedRequest]:
    """The evictions that a budget refused."""
    return [request for request in proxy.requests(EVICTION) if request.status == 429]


def answered(request: RecordedRequest) -> float:
    """When the API server had decided.

    Two evictions that count on one budget at the same time collide; the API server then pauses for half a second and reads
    the budget again, up to twenty times, while the client waits. A request that was sent with the first round may so be
    accepted in the second (``EvictionsRetry`` in ``pkg/registry/core/pod/storage/eviction.go``).
    """
    return request.started + request.duration_s


def test_a_budget_smaller_than_the_sum_of_its_pods_takes_rounds(site: Site, drain: Drain, proxy: ApiProxy) -> None:
    site.place(slowly(deployment(site.namespace, replicas=4, **in_pool(site.pool)), ready_after="1s"), pods=4)
    site.guard(2, maxUnavailable=2)
    site.spare()
    there = site.pods()
    result = drain()
    assert_succeeded(result)
    assert_pods(result, site, evicted=list(there))
    assert_true_to_the_cluster(result, site)
    assert site.is_cordoned

    (warning,) = [it for it in result["decision"]["warnings"] if it["code"] == "disruption-budgets.several-rounds"]
    assert warning["message"] == (
        f"Node {site.node}: PodDisruptionBudget {site.namespace}/web allows 2 of 4 pods at a time, so this takes 2 rounds."
    )
    assert warning["details"]["rounds"] == 2

    # The API server may hold a request for a second before it accepts it (see ``answered``): when it was sent says nothing.
    began = min(request.started for request in proxy.requests(EVICTION))
    _first, _second, third, _fourth = sorted(answered(request) for request in accepted(proxy))
    assert third - began > 0.9, "the second round waits for the replacements of the first"
    assert {request.path for request in deeds(proxy)} == {
        site.node_path,
        *(eviction_path(site, pod) for pod in there),
    }
    assert deeds(proxy)[0].method == "PATCH", "cordoned first"
    asked_again = sorted(request.started for request in refused(proxy))[2:]  # four were asked for at first, two refused
    pauses = [later - earlier for earlier, later in pairwise(asked_again)]
    assert all(pause > 0.2 for pause in pauses), "a held budget costs a request a round, not one a pod and pause"

    counts = [int(line.split("/")[0]) for line in drain.lines]
    assert counts == sorted(counts)
    assert drain.lines[-1] == "4/4 evicted"


def test_a_drain_that_needs_one_round_warns_of_none(site: Site, drain: Drain, proxy: ApiProxy) -> None:
    site.place(deployment(site.namespace, replicas=3, **in_pool(site.pool)), pods=3)
    site.guard(3, maxUnavailable=3)
    site.spare()
    there = site.pods()
    result = drain()
    assert_succeeded(result)
    assert "disruption-budgets.several-rounds" not in warning_codes(result)
    assert_pods(result, site, evicted=list(there))
    assert len(proxy.requests(EVICTION)) == 3


def test_refusals_that_clear_after_a_while_are_waited_out(site: Site, drain: Drain, proxy: ApiProxy) -> None:
    site.place(deployment(site.namespace, replicas=3, **in_pool(site.pool)), pods=3)
    site.guard(3, maxUnavailable=3)
    site.spare()
    there = site.pods()
    refusals = proxy.fault(EVICTION, BUDGET_REFUSAL, times=5)
    result = drain()
    assert_succeeded(result)
    assert refusals.hits == 5
    assert_pods(result, site, evicted=list(there))
    assert_true_to_the_cluster(result, site)
    assert site.pods() == {}


def test_an_api_server_that_is_busy_for_a_while_is_waited_for(site: Site, drain: Drain, proxy: ApiProxy) -> None:
    site.place(deployment(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(2, maxUnavailable=2)
    site.spare()
    there = site.pods()
    busy = proxy.fault(EVICTION, Answer(429, "too many requests", retry_after_s=1), times=2)
    result = drain()
    assert_succeeded(result)
    assert busy.hits == 2
    assert_pods(result, site, evicted=list(there))


@pytest.fixture
def tightened(site: Site, proxy: ApiProxy) -> dict[str, str]:
    """Two apps of two pods: ``free``, and ``web`` whose budget is changed to allow nothing when the cordon is sent."""
    site.place(
        deployment(site.namespace, "free", replicas=2, **in_pool(site.pool)),
        deployment(site.namespace, replicas=2, **in_pool(site.pool)),
        pods=4,
    )
    site.guard(2, "free", maxUnavailable=2)
    site.guard(2, maxUnavailable=2)
    site.spare()

    def tighten(request: RecordedRequest) -> None:
        site.admin.apply(budget(site.namespace, maxUnavailable=0))
        site.await_allowance(0)

    proxy.fault(CORDON, Call(tighten))
    return site.pods()


def test_refusals_that_never_clear_end_at_the_deadline(
    site: Site, drain: Drain, proxy: ApiProxy, tightened: dict[str, str]
) -> None:
    with stopwatch() as watch:
        result = drain(wait_timeout=2)
    assert watch.seconds < 2 + 1 + 0.5, "the deadline, a second, and what came before"
    assert_failed(result, "timeout", "eviction.deadline", changed=True)
    held = [pod for pod in tightened if pod.startswith("web-")]
    why = f"held by PodDisruptionBudget {site.namespace}/web: needs 2 healthy pods and has 2 currently"
    assert_pods(
        result,
        site,
        evicted=[pod for pod in tightened if pod.startswith("free-")],
        pending=dict.fromkeys(sorted(held), why),
    )
    assert_true_to_the_cluster(result, site)
    assert result["msg"].startswith(
        f"Node {site.node}: 2 of 4 pods evicted, 2 pending, 0 failed after 2 s ({site.namespace}/{min(held)}: {why})."
    )
    assert site.is_cordoned
    assert result["decision"]["allowed"] is True
    assert result["diff"]["before"]["unschedulable"] is False
    assert len(accepted(proxy)) == 2
    assert drain.lines[-1] == f"2/4 evicted, 2 held by PDB {site.namespace}/web"


def eviction_path(site: Site, pod: str) -> str:
    return f"/api/v1/namespaces/{site.namespace}/pods/{pod}/eviction"
