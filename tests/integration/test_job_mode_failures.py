# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that come to nothing: the task says so in time, with a code, whether anything was changed, and no Job acts later."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.cluster.provider import node_lacks
from tests.cluster.realnode.settings import NAME as REAL_NODE
from tests.integration.gate_calls import Result, assert_failed, assert_succeeded, at_most
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import deployment
from tests.integration.job_mode_site import JOBS, PODS, JobSite, eventually, meanwhile

pytest_plugins = ["tests.integration.job_mode_fixtures"]
LACKING = node_lacks()
pytestmark = [
    pytest.mark.real_node,
    pytest.mark.skipif(bool(LACKING), reason=f"A real node needs {'; '.join(LACKING)}"),
]


@pytest.fixture
def target(site: JobSite) -> str:
    """Path of a Deployment without pods, that no Job has worked on."""
    path = path_to("Deployment", "web", site.namespace)
    site.admin.delete(JOBS, propagationPolicy="Background")
    site.admin.delete(path)
    site.admin.until(path, lambda found: found is None)
    site.admin.apply(deployment(site.namespace, replicas=0))
    site.admin.until(path, lambda found: (found or {}).get("status", {}).get("observedGeneration") == 1)
    return path


@contextmanager
def settings(site: JobSite, **changes: object) -> Iterator[None]:
    site.publish(**changes)
    try:
        yield
    finally:
        site.publish()


def restart(site: JobSite, **options: Any) -> Result:
    return site.by_job("RolloutRestart", name="web", namespace=site.namespace, wait=False, **options)


def jobs(site: JobSite) -> list[dict[str, Any]]:
    found = site.admin.get(f"{JOBS}?labelSelector=guardrail.dev/namespace={site.namespace}")["items"]
    return [job for job in found if "deletionTimestamp" not in job["metadata"]]


def untouched(site: JobSite, target: str) -> bool:
    return "annotations" not in site.admin.get(target)["spec"]["template"]["metadata"]


def test_an_image_that_cannot_be_pulled_ends_the_task_early(site: JobSite, target: str) -> None:
    image = f"guardrail.test/kubectl@sha256:{'0' * 64}"
    with settings(site, image=image), at_most(45):
        result = restart(site, wait_timeout=120)
    assert_failed(result, "api_error", "job.stuck")
    assert "ImagePullBackOff" in result["msg"]
    assert result["execution"]["job"]["exit_code"] is None
    assert untouched(site, target)
    assert site.admin.find(f"{JOBS}/{result['execution']['job']['name']}") is None


def test_pods_that_are_refused_end_the_task_early(site: JobSite, target: str) -> None:
    account = path_to("ServiceAccount", "guardrail-rollout-restart", "guardrail-system")
    before = site.admin.get(account)
    site.admin.delete(account)
    try:
        with at_most(30):
            result = restart(site, wait_timeout=120)
    finally:
        kept = {key: before["metadata"][key] for key in ("name", "namespace", "labels")}
        site.admin.apply({**before, "metadata": kept})
    assert_failed(result, "api_error", "job.stuck")
    assert 'serviceaccount "guardrail-rollout-restart" not found' in result["msg"]
    assert untouched(site, target)


def test_a_pod_that_finds_no_node_is_told_at_the_deadline(site: JobSite, target: str) -> None:
    with settings(site, node_selector={"guardrail.test/nowhere": "true"}), at_most(6):
        result = restart(site, wait_timeout=6)
    assert_failed(result, "timeout", "job.deadline")
    assert "Unschedulable" in result["msg"]
    assert untouched(site, target)
    assert site.admin.find(f"{JOBS}/{result['execution']['job']['name']}") is None


def test_a_job_that_somebody_deletes_is_noticed(site: JobSite, target: str) -> None:
    def delete() -> None:
        (job,) = eventually(lambda: jobs(site))
        site.admin.delete(f"{JOBS}/{job['metadata']['name']}", propagationPolicy="Background")

    with settings(site, node_selector={"guardrail.test/nowhere": "true"}), at_most(30):
        result = meanwhile(delete, lambda: restart(site, wait_timeout=60))
    assert_failed(result, "api_error", "job.lost")
    assert untouched(site, target)
    assert site.record(result)["status"]["phase"] == "Failed"


def test_a_pod_that_is_ended_from_outside_is_told_of(site: JobSite, target: str) -> None:
    def end() -> None:
        pods = eventually(
            lambda: site.admin.get(f"{PODS}?labelSelector=guardrail.dev/namespace={site.namespace}")["items"]
        )
        site.admin.delete(f"{PODS}/{pods[-1]['metadata']['name']}")

    with settings(site, node_selector={"guardrail.test/nowhere": "true"}), at_most(30):
        result = meanwhile(end, lambda: restart(site, wait_timeout=60))
    assert_failed(result, "api_error", "job.failed")
    assert untouched(site, target)


def test_a_right_that_is_missing_is_said_by_kubectl(site: JobSite, target: str) -> None:
    role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/guardrail-rollout-restart"
    before = site.admin.get(role)["rules"]
    site.admin.patch(role, {"rules": [{**rule, "verbs": ["get"]} for rule in before]})
    try:
        result = restart(site)
    finally:
        site.admin.patch(role, {"rules": before})
    assert_failed(result, "api_error", "job.failed")
    assert "failed with exit code 1: Error from server (Forbidden)" in result["msg"]
    assert (result["execution"]["job"]["exit_code"], result["execution"]["phase"]) == (1, "Failed")
    assert result["execution"]["job"]["log"].startswith("Error from server (Forbidden): deployments.apps")
    assert untouched(site, target)


def test_what_changes_between_judgement_and_job_is_judged_again(site: JobSite, target: str) -> None:
    touched = threading.Event()

    def touch(lines: list[str]) -> None:
        if not touched.is_set():
            touched.set()
            site.admin.patch(target, {"spec": {"minReadySeconds": 1}})

    told = Lines(touch)
    call = replace(site.call, lines=told)
    result = call("RolloutRestart", execution="job", name="web", namespace=site.namespace, wait=False, wait_timeout=60)
    assert_succeeded(result)
    name = result["execution"]["record"]
    assert (result["execution"]["attempts"], result["execution"]["job"]["name"]) == (2, f"{name}-2")
    assert site.admin.get(f"{JOBS}/{name}")["status"]["failed"] == 1
    assert not untouched(site, target)


class Lines(list[str]):
    """Progress as it is reported; something happens with each line."""

    def __init__(self, happens: Callable[[list[str]], None]) -> None:
        super().__init__()
        self._happens = happens

    def append(self, line: str) -> None:
        super().append(line)
        self._happens(self)


def test_it_runs_on_the_real_node(site: JobSite, target: str) -> None:
    assert_succeeded(restart(site))
    pods = site.admin.get(f"{PODS}?labelSelector=guardrail.dev/namespace={site.namespace}")["items"]
    assert {pod["spec"].get("nodeName", REAL_NODE) for pod in pods} == {REAL_NODE}
