# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pods a drain ends, which it leaves and which it refuses to touch; and that it waits for the pods it ended, by uid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_calls import Drain
from tests.integration.drain_objects import bare_pod, slowly, with_empty_dir
from tests.integration.drain_results import assert_pods, assert_true_to_the_cluster, stopwatch
from tests.integration.drain_site import EVICTION, Site, new_site
from tests.integration.gate_calls import GateCalls, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import daemon_set, deployment, in_pool, stateful_set
from tests.integration.gate_records import deeds

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.drain_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

MIRROR = {"kubernetes.io/config.mirror": "f3b1"}


@pytest.mark.parametrize(
    ("asked", "sent"),
    [({"grace_period": 0}, {"gracePeriodSeconds": 0}), ({"grace_period": 7}, {"gracePeriodSeconds": 7}), ({}, {})],
    ids=["0", "7", "unset"],
)
def test_the_grace_period_is_sent_as_given(
    asked: dict[str, Any], sent: dict[str, int], site: Site, drain: Drain, proxy: ApiProxy
) -> None:
    site.place(bare_pod(site.namespace, "lonely", site.pool), pods=1)
    uid = site.pods()["lonely"]
    result = drain(force=True, **asked)
    assert_succeeded(result)
    (request,) = proxy.requests(EVICTION)
    assert request.json["deleteOptions"] == {"preconditions": {"uid": uid}, **sent}
    assert result["decision"]["allowed"] is True


def test_a_pod_that_takes_its_time_to_end_is_waited_for(site: Site, drain: Drain) -> None:
    site.place(slowly(bare_pod(site.namespace, "slow", site.pool), terminates_after="2s"), pods=1)
    there = site.pods()
    with stopwatch() as watch:
        result = drain(force=True)
    assert_succeeded(result)
    assert watch.seconds > 2.0
    assert result["evicted"] == [{"namespace": site.namespace, "name": "slow", "uid": there["slow"]}]
    assert_true_to_the_cluster(result, site)


def test_a_pod_that_does_not_end_is_pending_at_the_deadline(site: Site, drain: Drain) -> None:
    site.place(slowly(bare_pod(site.namespace, "endless", site.pool), terminates_after="1h"), pods=1)
    with stopwatch() as watch:
        result = drain(force=True, wait_timeout=1)
    assert watch.seconds < 1 + 1 + 0.5
    assert_failed(result, "timeout", "eviction.deadline", changed=True)
    assert_pods(result, site, pending={"endless": "its eviction was accepted, it is still terminating"})
    assert_true_to_the_cluster(result, site)
    site.admin.delete(path_to("Pod", "endless", site.namespace), gracePeriodSeconds=0)


def test_without_wait_a_drain_ends_when_every_eviction_is_accepted(site: Site, drain: Drain) -> None:
    site.place(slowly(bare_pod(site.namespace, "endless", site.pool), terminates_after="1h"), pods=1)
    with stopwatch() as watch:
        result = drain(force=True, wait=False)
    assert watch.seconds < 5
    assert_succeeded(result)
    assert_pods(result, site, pending={"endless": "its eviction was accepted, it is still terminating"})
    assert_true_to_the_cluster(result, site)
    site.admin.delete(path_to("Pod", "endless", site.namespace), gracePeriodSeconds=0)


def test_a_pod_of_the_same_name_elsewhere_is_not_taken_for_the_one_that_was_evicted(site: Site, drain: Drain) -> None:
    site.place(stateful_set(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(1, "db", maxUnavailable=1)
    spare = site.spare()
    there = site.pods()
    assert sorted(there) == ["db-0", "db-1"]
    result = drain()
    assert_succeeded(result)
    assert_pods(result, site, evicted=["db-0", "db-1"])
    assert {pod["name"]: pod["uid"] for pod in result["evicted"]} == there
    assert site.pods() == {}
    for name, uid in there.items():
        successor = site.admin.until(path_to("Pod", name, site.namespace), lambda found: found is not None)
        assert (successor["metadata"]["uid"] != uid, successor["spec"]["nodeName"]) == (True, spare)


def place_one_of_every_kind(site: Site) -> dict[str, str]:
    """Pods of a Deployment, of one with emptyDir data and of a DaemonSet; bare pods; one of the kubelet's own files."""
    there = [
        deployment(site.namespace, replicas=2, **in_pool(site.pool)),
        daemon_set(site.namespace, **in_pool(site.pool)),
        bare_pod(site.namespace, "bare", site.pool),
        bare_pod(site.namespace, "scratching", site.pool, **with_empty_dir()),
        bare_pod(site.namespace, "static", site.pool, annotations=MIRROR, nodeName=site.node),
        deployment(site.namespace, "cache", replicas=2, **in_pool(site.pool), **with_empty_dir()),
    ]
    site.place(*there, pods=8)
    site.guard(1, maxUnavailable=1)
    site.guard(1, "cache", maxUnavailable=1)
    site.spare()
    return site.pods()


WEB, CACHE, AGENT = "web-", "cache-", "agent-"


def named(pods: dict[str, str], *prefixes: str) -> list[str]:
    return sorted(pod for pod in pods if pod.startswith(prefixes))


def skipped(site: Site, pods: dict[str, str]) -> dict[str, str]:
    (agent,) = named(pods, AGENT)
    return {
        agent: "DaemonSet agent would start it again on this node",
        "static": "mirror pod of a static pod: only the kubelet's files can end it",
    }


NEEDED: dict[str, tuple[dict[str, Any], dict[str, tuple[str, ...]]]] = {
    "neither": ({}, {"delete_emptydir_data": (CACHE, "scratching"), "force": ("bare", "scratching")}),
    "only force": ({"force": True}, {"delete_emptydir_data": (CACHE, "scratching")}),
    "only delete_emptydir_data": ({"delete_emptydir_data": True}, {"force": ("bare", "scratching")}),
    "DaemonSets not ignored": (
        {"force": True, "delete_emptydir_data": True, "ignore_daemonsets": False},
        {"ignore_daemonsets": (AGENT,)},
    ),
}
WHY = {
    "force": "no controller would start them again",
    "delete_emptydir_data": "their emptyDir data would be lost",
    "ignore_daemonsets": "their DaemonSet would start them again on this node",
}


@pytest.fixture(scope="module")
def untouched(admin: PlainClient) -> Iterator[Site]:
    """One site for all the tests in which nothing may happen."""
    with new_site(admin) as site:
        place_one_of_every_kind(site)
        yield site


@pytest.mark.parametrize("case", NEEDED)
def test_pods_that_the_options_do_not_cover_are_named_with_the_option_before_anything_is_done(
    case: str, untouched: Site, gate: GateCalls, proxy: ApiProxy
) -> None:
    site, mixed = untouched, untouched.pods()
    options, lacking = NEEDED[case]
    result = Drain(gate, site.node)(**options)
    assert_failed(result, "invalid_parameters", "request.pods-protected")
    parts = []
    for option, prefixes in sorted(lacking.items()):
        pods = ", ".join(f"{site.namespace}/{pod}" for pod in named(mixed, *prefixes))
        parts.append(f"{pods} ({WHY[option]}; {option}: true allows it)")
    assert result["msg"] == (
        f"Node {site.node} cannot be drained as asked: {'; '.join(parts)}. Set the named options, or move these pods first."
    )
    assert result["decision"] is None
    assert proxy.writes() == []
    assert not site.is_cordoned
    assert site.pods() == mixed


def test_a_selector_that_is_none_is_refused(untouched: Site, gate: GateCalls, proxy: ApiProxy) -> None:
    result = Drain(gate, untouched.node)(pod_selector="app in (")
    assert_failed(result, "invalid_parameters", "request.selector-invalid")
    assert proxy.writes() == []
    assert not untouched.is_cordoned


def test_a_selector_limits_the_drain_and_a_second_one_takes_the_rest_and_a_third_changes_nothing(
    site: Site, drain: Drain, proxy: ApiProxy
) -> None:
    mixed = place_one_of_every_kind(site)
    web, stay = named(mixed, WEB), skipped(site, mixed)
    first = drain(pod_selector="app in (web, static)")
    assert_succeeded(first)
    assert_pods(first, site, evicted=web, skipped={"static": stay["static"]})
    assert set(site.pods()) == set(mixed) - set(web)
    assert site.is_cordoned

    second = drain(force=True, delete_emptydir_data=True)
    assert_succeeded(second)
    assert_pods(second, site, evicted=[pod for pod in mixed if pod not in {*web, *stay}], skipped=stay)
    assert_true_to_the_cluster(second, site)
    assert set(site.pods()) == set(stay)
    assert second["diff"]["before"]["unschedulable"] is True

    proxy.forget()
    third = drain(force=True, delete_emptydir_data=True)
    assert_succeeded(third, changed=False)
    assert_pods(third, site, skipped=stay)
    assert proxy.writes() == []
    assert third["msg"] == f"Node {site.node} is already as asked for."


def test_a_node_that_is_cordoned_already_is_only_emptied(site: Site, drain: Drain, proxy: ApiProxy) -> None:
    site.place(deployment(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(1, maxUnavailable=1)
    site.spare()
    site.admin.patch(site.node_path, {"spec": {"unschedulable": True}})
    there = site.pods()
    result = drain()
    assert_succeeded(result)
    assert_pods(result, site, evicted=list(there))
    assert {request.method for request in deeds(proxy)} == {"POST"}
    assert result["diff"]["before"]["unschedulable"] is True
    assert site.is_cordoned


def test_finished_pods_go_without_a_question(site: Site, drain: Drain) -> None:
    """Nobody has to force them, and their emptyDir holds nothing that is needed."""
    site.place(
        bare_pod(site.namespace, "succeeded", site.pool, **with_empty_dir()),
        bare_pod(site.namespace, "broken", site.pool),
        pods=2,
    )
    for name, phase in {"succeeded": "Succeeded", "broken": "Failed"}.items():
        site.admin.patch(f"{path_to('Pod', name, site.namespace)}/status", {"status": {"phase": phase}})
    result = drain()
    assert_succeeded(result)
    assert_pods(result, site, evicted=["broken", "succeeded"])
    assert site.pods() == {}
