# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drain in a Job: it goes on when the process that asked for it dies, and a second run of the task follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import pytest

from tests.cluster.provider import node_lacks
from tests.integration.drain_site import Site, new_site
from tests.integration.gate_calls import assert_failed, assert_succeeded
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import daemon_set, deployment, in_pool
from tests.integration.job_mode_site import EXECUTIONS, JOBS, JobSite, eventually

pytest_plugins = ["tests.integration.job_mode_fixtures"]
LACKING = node_lacks()
pytestmark = [
    pytest.mark.real_node,
    pytest.mark.skipif(bool(LACKING), reason=f"A real node needs {'; '.join(LACKING)}"),
]


@pytest.fixture
def floor(site: JobSite) -> Iterator[Site]:
    """A node with three pods and one of a DaemonSet, and a budget that lets one of them go: the next has no place to go."""
    with new_site(site.admin) as ready:
        ready.place(
            deployment(ready.namespace, replicas=3, **in_pool(ready.pool)),
            daemon_set(ready.namespace, **in_pool(ready.pool)),
            pods=4,
        )
        ready.guard(1, maxUnavailable=1)
        site.restrict(ready.namespace)
        yield ready


class Told(list[str]):
    """Progress as it is reported; ``at_once`` happens with the first line."""

    def __init__(self, at_once: Callable[[], None]) -> None:
        super().__init__()
        self._at_once = at_once

    def append(self, line: str) -> None:
        super().append(line)
        if len(self) == 1:
            self._at_once()


def let_go(floor: Site) -> None:
    """Nothing holds the pods any more. Not by deleting the budget: kubectl would take some pods for gone by that."""
    floor.admin.patch(path_to("PodDisruptionBudget", "web", floor.namespace), {"spec": {"maxUnavailable": 3}})


def start_and_kill(site: JobSite, floor: Site) -> dict[str, Any]:
    """Start the drain in another process and kill that when the first pod is gone. Returns the record that it leaves."""
    options = {"name": floor.node, "wait_timeout": 120}
    asker = get_context("fork").Process(target=site.by_job, args=("DrainNode",), kwargs=options)
    asker.start()

    def begun() -> dict[str, Any] | None:
        records = site.admin.get(f"{EXECUTIONS}?labelSelector=guardrail.dev/name={floor.node}")["items"]
        return next((it for it in records if it.get("status", {}).get("job") and len(floor.pods()) < 4), None)

    record = eventually(begun)
    asker.kill()
    asker.join()
    return site.admin.get(f"{EXECUTIONS}/{record['metadata']['name']}")


def jobs_of(site: JobSite, floor: Site) -> list[str]:
    return site.admin.names(f"{JOBS}?labelSelector=guardrail.dev/name={floor.node}")


def test_a_second_run_follows_the_drain_of_a_process_that_was_killed(site: JobSite, floor: Site) -> None:
    left = start_and_kill(site, floor)
    name = left["metadata"]["name"]
    assert left["status"]["phase"] == "Executing"
    told = Told(lambda: let_go(floor))
    result = replace(site.call, lines=told)("DrainNode", execution="job", name=floor.node, wait_timeout=90)
    assert_succeeded(result)
    execution = result["execution"]
    assert (execution["followed"], execution["record"], execution["job"]["name"]) == (name, "", name)
    assert execution["job"]["succeeded"] is True
    assert result["decision"]["decision_id"] == left["status"]["decision"]["decisionId"]
    assert "An earlier run of this task had started it." in result["msg"]
    assert jobs_of(site, floor) == [name]
    assert told[0] == f"following Job {name}, which an earlier run of this task has started"
    assert [line for line in told if "/2 evicted" in line] != []
    assert len(floor.pods()) == 1
    assert floor.is_cordoned
    ended = site.admin.get(f"{EXECUTIONS}/{name}")["status"]
    assert (ended["phase"], ended["changed"], ended["job"]["succeeded"]) == ("Succeeded", True, True)
    assert site.by_job("DrainNode", name=floor.node)["changed"] is False


def test_when_its_job_has_ended_meanwhile_a_second_run_says_what_it_did(site: JobSite, floor: Site) -> None:
    name = start_and_kill(site, floor)["metadata"]["name"]
    let_go(floor)
    site.admin.until(f"{JOBS}/{name}", lambda job: bool((job or {}).get("status", {}).get("succeeded")), 60)
    result = site.by_job("DrainNode", name=floor.node)
    assert_succeeded(result, changed=False)
    assert f"{name}, had not been ended. Its Job has completed. The change was carried out." in str(result["warnings"])
    ended = site.admin.get(f"{EXECUTIONS}/{name}")["status"]
    assert (ended["phase"], ended["changed"]) == ("Succeeded", True)


def test_a_drain_that_a_budget_holds_ends_in_time_and_tells_what_is_left(site: JobSite, floor: Site) -> None:
    result = site.by_job("DrainNode", name=floor.node, wait_timeout=15)
    assert_failed(result, "timeout", "eviction.deadline", changed=True)
    assert (len(result["pods"]["evicted"]), len(result["pods"]["pending"])) == (1, 2)
    assert all("disruption budget" in pod["reason"] for pod in result["pods"]["pending"]), result["pods"]
    assert result["pods"]["skipped"][0]["reason"].startswith("DaemonSet agent")
    assert result["execution"]["job"]["exit_code"] == 1
    assert site.record(result)["status"]["phase"] == "Failed"
