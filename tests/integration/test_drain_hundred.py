# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node with a hundred pods: evicted at the same time, with one request a pod and few besides."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_calls import Drain
from tests.integration.drain_objects import bare_pod
from tests.integration.drain_results import assert_pods, assert_true_to_the_cluster, stopwatch
from tests.integration.drain_site import EVICTION, Site
from tests.integration.faults import Delay
from tests.integration.gate_calls import assert_succeeded
from tests.integration.gate_objects import deployment, in_pool
from tests.integration.recording import RecordedRequest

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.drain_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

MANY = 100
# As for any drain (test_gate_api_calls.py): the record and what is read for it, the Lease, the cordon, an Event.
FIXED = 24
# Looks at what is left, of which a slow machine needs a few more, and the progress that the record shows every 5 s.
LOOKS = 14
# Evictions at once that the API server can count on one budget without getting slow.
AT_ONCE_PER_BUDGET = 4


def most_at_once(requests: Sequence[RecordedRequest]) -> int:
    """Most requests that were in flight at the same time."""
    moments = [(it.started, 1) for it in requests] + [(it.started + it.duration_s, -1) for it in requests]
    now, most = 0, 0
    for _, step in sorted(moments):
        now += step
        most = max(most, now)
    return most


def test_a_hundred_pods_are_evicted_at_the_same_time_at_the_cost_of_a_request_each(
    site: Site, drain: Drain, proxy: ApiProxy
) -> None:
    site.place(*(bare_pod(site.namespace, f"pod-{number}", site.pool) for number in range(MANY)), pods=MANY)
    there = site.pods()
    proxy.fault(EVICTION, Delay(0.1), times=None)
    with stopwatch() as watch:
        result = drain(force=True, wait_timeout=60)
    assert_succeeded(result)
    assert_pods(result, site, evicted=list(there))
    assert_true_to_the_cluster(result, site)
    assert site.is_cordoned
    assert drain.lines[-1] == f"{MANY}/{MANY} evicted"
    assert most_at_once(proxy.requests(EVICTION)) > 8
    assert watch.seconds < MANY * 0.1, "one after the other takes longer"
    assert len(proxy.requests(EVICTION)) == MANY
    assert result["execution"]["api_calls"] == len(proxy.requests())
    assert len(proxy.requests()) - MANY <= FIXED + LOOKS, [str(it) for it in proxy.requests() if not EVICTION(it)]


def test_of_the_pods_of_one_budget_few_are_evicted_at_once(site: Site, drain: Drain, proxy: ApiProxy) -> None:
    """The API server counts them one by one and pauses when two of them collide: more at once take longer."""
    site.place(deployment(site.namespace, replicas=20, **in_pool(site.pool)), pods=20)
    site.guard(20, maxUnavailable=20)
    site.spare()
    there = site.pods()
    result = drain(wait_timeout=60)
    assert_succeeded(result)
    assert_pods(result, site, evicted=list(there))
    assert 1 < most_at_once(proxy.requests(EVICTION)) <= AT_ONCE_PER_BUDGET
