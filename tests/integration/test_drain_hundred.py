# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node with a hundred pods: evicted at the same time, with one request a pod and few besides."""

from __future__ import annotations

import pytest

from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_calls import Drain
from tests.integration.drain_results import assert_pods, assert_true_to_the_cluster, stopwatch
from tests.integration.drain_site import EVICTION, Site
from tests.integration.faults import Delay
from tests.integration.gate_calls import Result, assert_succeeded
from tests.integration.gate_objects import deployment, in_pool
from tests.integration.recording import RecordedRequest

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.drain_fixtures"]

FEW, MANY = 5, 100
# Reads, reviews, dry runs and looks; of the looks a slow machine needs a few more.
CONSTANT = 25


def fill(site: Site, pods: int) -> dict[str, str]:
    site.place(deployment(site.namespace, replicas=pods, **in_pool(site.pool)), pods=pods)
    site.guard(pods, maxUnavailable=pods)
    site.spare()
    return site.pods()


def most_at_once(requests: list[RecordedRequest]) -> int:
    """Most requests that were in flight at the same time."""
    moments = [(it.started, 1) for it in requests] + [(it.started + it.duration_s, -1) for it in requests]
    now, most = 0, 0
    for _, step in sorted(moments):
        now += step
        most = max(most, now)
    return most


def calls_beside_evictions(result: Result, proxy: ApiProxy) -> int:
    assert result["execution"]["api_calls"] == len(proxy.requests())
    return len(proxy.requests()) - len(proxy.requests(EVICTION))


def test_a_hundred_pods_are_evicted_at_the_same_time(site: Site, drain: Drain, proxy: ApiProxy) -> None:
    there = fill(site, MANY)
    proxy.fault(EVICTION, Delay(0.1), times=None)
    with stopwatch() as watch:
        result = drain(wait_timeout=60)
    assert_succeeded(result)
    assert_pods(result, site, evicted=list(there))
    assert_true_to_the_cluster(result, site)
    assert site.is_cordoned
    evictions = list(proxy.requests(EVICTION))
    assert len(evictions) == len({request.path for request in evictions}) == MANY, "one request a pod"
    assert most_at_once(evictions) > 8
    assert watch.seconds < MANY * 0.1, "one after the other takes longer"
    assert drain.lines[-1] == f"{MANY}/{MANY} evicted"


@pytest.mark.parametrize("pods", [FEW, MANY])
def test_a_drain_costs_a_request_a_pod_and_a_constant(pods: int, site: Site, drain: Drain, proxy: ApiProxy) -> None:
    fill(site, pods)
    result = drain(wait_timeout=60)
    assert_succeeded(result)
    assert len(proxy.requests(EVICTION)) == pods
    assert calls_beside_evictions(result, proxy) <= CONSTANT, [str(request) for request in proxy.requests()]
    if True:
        t0 = proxy.requests()[0].started
        for r in proxy.requests():
            if not EVICTION(r): print(f"{r.started-t0:.3f} {r.duration_s:.3f} {r} {'dry' if r.is_dry_run else ''}")
        e = proxy.requests(EVICTION)
        print('evictions', len(e), e[0].started-t0, e[-1].started+e[-1].duration_s-t0, most_at_once(e)); print(result['execution'])
