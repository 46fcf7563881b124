# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""I8: any number of processes against a limit, the API server being all that they share."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from tests.cluster.cluster import Cluster
from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_objects import slowly
from tests.integration.drain_site import new_site
from tests.integration.faults import Call, request_to
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import deployment, in_pool
from tests.integration.recording import RecordedRequest
from tests.integration.records_crowd import Shop, new_shop, outcome_of, results_of
from tests.integration.records_nursery import Job, Nursery

pytest_plugins = ["tests.integration.gate_fixtures"]

RUNS, LIMIT = 40, 10
Say = Callable[[str], None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Prints a line for whoever watches the tests."""

    def write(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n  {line}")

    return write


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery")) as ready:
        yield ready


@pytest.fixture(scope="module")
def limited(
    session_policies: PublishedPolicies, admin: PlainClient, cluster: Cluster, nursery: Nursery
) -> Iterator[PublishedPolicies]:
    """The checkout's library with a limit on scaling in each namespace. Nodes are in none, and other tests drain them, too."""
    publish_limit(session_policies)
    warm(nursery, admin, cluster)
    yield session_policies
    session_policies.restore()


def publish_limit(policies: PublishedPolicies) -> None:
    rate = {"scope": "namespace", "max": LIMIT, "window_seconds": 600, "actions": ["ScaleDeployment"]}
    limits = {**policies.real.data["config"]["limits"], "nodes_percent": 100, "minimum_nodes_for_drain": 1}
    policies.publish(policies.with_config(rate_limits=[rate], limits=limits))


def warm(nursery: Nursery, admin: PlainClient, cluster: Cluster) -> None:
    """Let one task compile the library: forty that do so at once on two processors take longer than policies may."""
    with new_shop(admin, cluster.kubeconfig("runner"), 1) as shop:
        assert [outcome_of(result) for result in results_of(shop.scale_all(nursery))] == ["admitted"]


def assert_exactly_the_limit(shop: Shop, jobs: Sequence[Job]) -> None:
    """So many were admitted, and have acted; each of the others knows the limit and when to come back."""
    results = results_of(jobs)
    denied = [result for result in results if result.get("failed")]
    assert Counter(map(outcome_of, results)) == {"admitted": LIMIT, "rate-limits.exceeded": RUNS - LIMIT}, [
        result["msg"] for result in denied if result["code"] != "rate-limits.exceeded"
    ]
    assert len(shop.scaled()) == LIMIT
    assert shop.phases() == {"Succeeded": LIMIT, "Rejected": RUNS - LIMIT}
    for result in denied:
        assert (result["reason"], result["changed"]) == ("denied", False)
        assert 0 < result["retry_after_s"] <= 602
        assert f"the limit is {LIMIT}" in result["msg"]


@pytest.mark.parametrize("repetition", range(5))
def test_of_forty_runs_against_a_limit_of_ten_ten_are_admitted(
    repetition: int,
    limited: PublishedPolicies,
    admin: PlainClient,
    cluster: Cluster,
    nursery: Nursery,
    say: Say,
) -> None:
    with new_shop(admin, cluster.kubeconfig("runner"), RUNS) as shop:
        began = time.monotonic()
        jobs = shop.scale_all(nursery)
        assert_exactly_the_limit(shop, jobs)
        say(f"{RUNS} runs took {time.monotonic() - began:.1f} s, each {timing(jobs)}")


def timing(jobs: Sequence[Job]) -> str:
    seconds = sorted(job.took_s for job in jobs if not job.was_killed)
    return f"{seconds[0]:.1f} to {seconds[-1]:.1f} s, median {seconds[len(seconds) // 2]:.1f} s"


@pytest.fixture
def restartable(
    killable_cluster: Cluster, cluster: Cluster, limited: PublishedPolicies
) -> Iterator[tuple[Cluster, PlainClient]]:
    """A cluster whose API server may be killed, with the limit published. Often it is the session's."""
    admin = PlainClient(killable_cluster.kubeconfig())
    policies = PublishedPolicies(admin, killable_cluster.kubeconfig())
    publish_limit(policies)
    yield killable_cluster, admin
    if killable_cluster.kubeconfig() != cluster.kubeconfig():
        policies.restore()
    policies.close()
    admin.close()


def test_the_api_server_restarts_in_between(
    restartable: tuple[Cluster, PlainClient], nursery: Nursery, say: Say
) -> None:
    cluster, admin = restartable
    with new_shop(admin, cluster.kubeconfig("runner"), RUNS) as shop:
        warm(nursery, admin, cluster)
        began = time.monotonic()
        jobs = shop.scale_all(nursery)
        while len(shop.records()) < RUNS // 4:
            assert time.monotonic() - began < 30
        cluster.kill_apiserver()
        down = time.monotonic()
        cluster.restart_apiserver()
        say(f"the API server was down for {time.monotonic() - down:.1f} s")
        assert_exactly_the_limit(shop, jobs)
        say(f"{RUNS} runs took {time.monotonic() - began:.1f} s, each {timing(jobs)}")


KILLED = RUNS // 5
SHORTER = {"PENDING_S": 12, "DECISION_S": 3.0, "TURN_S": 9.0}


def test_who_is_killed_while_pending_takes_no_place_and_holds_nobody_up_for_long(
    limited: PublishedPolicies, admin: PlainClient, proxy: ApiProxy, nursery: Nursery, say: Say
) -> None:
    with new_shop(admin, proxy.kubeconfig(), RUNS + 1) as shop:
        *names, late = shop.names
        jobs: dict[str, Job] = {}

        def kill(request: RecordedRequest) -> None:
            jobs[request.json["spec"]["target"]["name"]].kill()  # the request goes on: a record without a process

        def is_victim(request: RecordedRequest) -> bool:
            return creation(request) and request.json["spec"]["target"]["name"] in names[::5]

        proxy.fault(is_victim, Call(kill), times=None)
        began = time.monotonic()
        for name in names:
            jobs[name] = shop.scale(nursery, name, shorter=SHORTER)
        results = results_of(list(jobs.values()))
        outcomes = Counter(map(outcome_of, results))
        assert sum(job.was_killed for job in jobs.values()) == KILLED
        assert outcomes.keys() <= {"admitted", "rate-limits.exceeded", "admission.undecided", "record.overruled"}
        assert outcomes["admitted"] == len(shop.scaled()) <= LIMIT
        assert all(result["retry_after_s"] > 0 for result in results if result.get("reason") == "denied")
        longest = max(job.took_s for job in jobs.values())
        say(f"{KILLED} of {RUNS} were killed; the others took at most {longest:.1f} s: {dict(outcomes)}")
        time.sleep(max(0.0, began + longest + SHORTER["PENDING_S"] + 1.0 - time.monotonic()))
        (last,) = results_of([shop.scale(nursery, late)])
        assert outcome_of(last) == ("admitted" if outcomes["admitted"] < LIMIT else "rate-limits.exceeded")
        assert not shop.phases().keys() & {"Pending", "Executing"}


creation = request_to("/kubernetesexecutions$", "POST", dry_run=False)


def test_of_two_equal_tasks_at_once_one_runs(
    limited: PublishedPolicies, admin: PlainClient, shop: str, proxy: ApiProxy, nursery: Nursery
) -> None:
    admin.apply(slowly(deployment(shop, "web", replicas=0), ready_after="3s"))
    together = threading.Barrier(2)
    proxy.fault(creation, Call(lambda _request: together.wait(20.0)), times=2)
    options = {"kubeconfig": str(proxy.kubeconfig()), "name": "web", "namespace": shop, "replicas": 2}
    jobs = [nursery.start("ScaleDeployment", **options) for _ in range(2)]
    results = sorted(results_of(jobs), key=outcome_of)
    assert [outcome_of(result) for result in results] == ["admitted", "rate-limits.target-busy"]
    assert (results[1]["reason"], results[1]["changed"]) == ("denied", False)
    assert admin.get(path_to("Deployment", "web", shop))["metadata"]["generation"] == 2


def test_of_several_drains_at_once_one_runs(
    limited: PublishedPolicies, admin: PlainClient, proxy: ApiProxy, nursery: Nursery
) -> None:
    number = 4
    with ExitStack() as stack:
        sites = [stack.enter_context(new_site(admin)) for _ in range(number)]
        for site in sites:
            pods = slowly(deployment(site.namespace, replicas=2, **in_pool(site.pool)), terminates_after="4s")
            site.place(pods, pods=2)
            site.guard(2, maxUnavailable=2)
            site.spare()
        together = threading.Barrier(number)
        proxy.fault(creation, Call(lambda _request: together.wait(20.0)), times=number)
        options = {"kubeconfig": str(proxy.kubeconfig()), "wait_timeout": 60}
        jobs = [nursery.start("DrainNode", name=site.node, **options) for site in sites]
        results = results_of(jobs)
        outcomes = [outcome_of(result) for result in results]
        denied = "execution-history.concurrent-drains"
        assert sorted(outcomes) == ["admitted"] + [denied] * (number - 1), [result["msg"] for result in results]
        assert [site.is_cordoned for site in sites] == [outcome == "admitted" for outcome in outcomes]
