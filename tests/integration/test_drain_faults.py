# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API server goes away in the middle of a drain: an end within the deadline, and a result that is true.

On a cluster of their own: after its API server was away, controllers take half a minute to be of use again. So the sites
of all tests are set up before the first of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster.provider import own_control_plane, session_cluster
from tests.integration.drain_fragile import Fragile, fragile_site, meanwhile
from tests.integration.drain_objects import slowly
from tests.integration.drain_results import assert_pods, stopwatch
from tests.integration.gate_calls import assert_failed, assert_succeeded
from tests.integration.gate_objects import deployment, in_pool

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.drain_fixtures"]


@pytest.fixture(scope="module")
def sites(home: Path) -> Iterator[list[Fragile]]:
    """One for each test: six pods, of which two may go at a time, and each replacement takes two seconds."""
    with ExitStack() as stack:
        cluster = stack.enter_context(session_cluster(own_control_plane()))
        sites = [stack.enter_context(fragile_site(cluster, home)) for _ in range(2)]
        for site in (fragile.site for fragile in sites):
            site.place(slowly(deployment(site.namespace, replicas=6, **in_pool(site.pool)), ready_after="2s"), pods=6)
            site.guard(2, maxUnavailable=2)
            site.spare()
        yield sites


@pytest.fixture
def fragile(sites: list[Fragile]) -> Fragile:
    return sites.pop()


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_api_server_that_comes_back_is_waited_for(fragile: Fragile) -> None:
    there = fragile.site.pods()
    with meanwhile(lambda: fragile.drain(wait_timeout=60)) as task:
        wait_until(lambda: len(fragile.site.pods()) < len(there))
        fragile.cluster.kill_apiserver()
        fragile.cluster.restart_apiserver()
        assert not task.done(), "it was over before the API server was back: nothing was tested"
    result = task.result()
    assert_succeeded(result)
    assert_pods(result, fragile.site, evicted=list(there))
    assert {pod["uid"] for pod in result["evicted"]} == set(there.values())
    assert fragile.site.is_cordoned
    assert fragile.site.pods() == {}
    assert result["execution"]["attempts"] == 1


def test_an_api_server_that_stays_away_ends_the_drain_at_its_deadline(fragile: Fragile, last_word: float) -> None:
    there = fragile.site.pods()
    with stopwatch() as watch, meanwhile(lambda: fragile.drain(wait_timeout=3)) as task:
        wait_until(lambda: any("2/6 evicted" in line for line in fragile.drain.lines))
        fragile.cluster.kill_apiserver()
    fragile.cluster.restart_apiserver()
    result = task.result()
    assert watch.seconds < 4.5 + last_word
    assert any("It stays Executing until its time has passed" in warning for warning in result["warnings"])
    assert_failed(result, "timeout", "eviction.deadline", changed=True)
    gone, left = ([pod["name"] for pod in result["pods"][name]] for name in ("evicted", "pending"))
    assert gone
    assert left
    assert_pods(result, fragile.site, evicted=gone, pending=left)
    assert sorted(gone + left) == sorted(there)
    assert all(pod["reason"] for pod in result["pending"])
    assert fragile.site.is_cordoned
    assert not set(gone) & set(fragile.site.pods())
