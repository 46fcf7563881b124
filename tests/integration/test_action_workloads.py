# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""ScaleStatefulSet, UpdateResources, UpdateHPA and ExpandPVC on real objects."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.action_site import ActionSite
from tests.integration.execution_calls import ModuleCalls
from tests.integration.faults import request_to
from tests.integration.gate_calls import assert_clear, assert_denied, assert_failed, assert_succeeded
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import autoscaler, claim, growing_class, settled_deployment, stateful_set, volume

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.action_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")


def members(site: ActionSite) -> list[str]:
    return sorted(pod["metadata"]["name"] for pod in site.all("pods", selector="app=db"))


def test_a_stateful_set_grows_and_shrinks_from_its_end(site: ActionSite) -> None:
    site.admin.apply(stateful_set(site.namespace, replicas=1))
    assert_succeeded(site("ScaleStatefulSet", "db", replicas=3))
    assert members(site) == ["db-0", "db-1", "db-2"]
    assert site.read("StatefulSet", "db")["status"]["readyReplicas"] == 3
    # Two of three at once would end the majority.
    assert_denied(site("ScaleStatefulSet", "db", replicas=1), "quorum.scale-down")
    assert_succeeded(site("ScaleStatefulSet", "db", replicas=2))
    assert members(site) == ["db-0", "db-1"]
    assert_succeeded(site("ScaleStatefulSet", "db", replicas=2), changed=False)


def test_a_stateful_set_that_was_scaled_meanwhile_is_judged_again(
    site: ActionSite, judgements: list[Judgement]
) -> None:
    site.admin.apply(stateful_set(site.namespace, replicas=1))
    path = site.path("StatefulSet", "db")
    write = request_to("/statefulsets/db/scale$", "PATCH", dry_run=False)
    site.meanwhile(write, lambda: site.admin.patch(path, {"spec": {"replicas": 2}}))
    assert_succeeded(site("ScaleStatefulSet", "db", replicas=4))
    assert [it.input["parameters"]["current_replicas"] for it in judgements] == [1, 2]
    assert len(members(site)) == 4


def resources(site: ActionSite) -> dict[str, Any]:
    template = site.read("Deployment")["spec"]["template"]["spec"]
    return {it["name"]: it.get("resources", {}) for it in template["containers"]}


def two_containers() -> dict[str, Any]:
    image = "registry.example.com/web:1"
    web = {"name": "web", "image": image, "resources": {"requests": {"cpu": "10m"}, "limits": {"memory": "64Mi"}}}
    return {"containers": [web, {"name": "proxy", "image": image}]}


def test_resources_of_one_container(site: ActionSite, modules: ModuleCalls) -> None:
    site.settled(replicas=1, **two_containers())
    wanted = {"web": {"requests": {"cpu": "20m", "memory": "32Mi"}, "limits": {"memory": None}}}
    result = site("UpdateResources", containers=wanted)
    assert_succeeded(result)
    assert resources(site) == {"web": {"requests": {"cpu": "20m", "memory": "32Mi"}}, "proxy": {}}
    assert_succeeded(site("UpdateResources", containers=wanted), changed=False)
    # What was not there before is taken away again.
    undone = modules("execution_undo", "runner", execution=result["execution"]["record"])
    assert_succeeded(undone)
    before = {"requests": {"cpu": "10m"}, "limits": {"memory": "64Mi"}}
    assert resources(site) == {"web": before, "proxy": {}}


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown container": ({"wob": {"requests": {"cpu": "1"}}}, "request.container-unknown", "are proxy, web"),
    "more than its limit": (
        {"web": {"requests": {"memory": "1Gi"}}},
        "request.resources-contradict",
        "limited to 64Mi",
    ),
    "no quantity": ({"web": {"requests": {"cpu": "much"}}}, "request.quantity-invalid", "Write 250m"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_resources_that_cannot_be(case: str, site: ActionSite) -> None:
    site.deployed(replicas=0, **two_containers())
    containers, code, says = REFUSED[case]
    result = site("UpdateResources", containers=containers)
    assert_failed(result, "invalid_parameters", code)
    assert_clear(result, says)


LIMITS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a quota": (
        "resourcequotas",
        {"hard": {"limits.memory": "96Mi"}},
        "is forbidden: failed quota: small",
    ),
    "a limit range": (
        "limitranges",
        {"limits": [{"type": "Container", "max": {"memory": "128Mi"}}]},
        "maximum memory usage per Container is 128Mi",
    ),
}


@pytest.mark.parametrize("case", LIMITS)
def test_why_no_pod_of_the_new_size_is_let_in_is_told(case: str, site: ActionSite) -> None:
    plural, spec, says = LIMITS[case]
    site.settled(replicas=1, **two_containers())
    site.admin.done(
        "POST", f"/api/v1/namespaces/{site.namespace}/{plural}", {"metadata": {"name": "small"}, "spec": spec}
    )
    result = site("UpdateResources", containers={"web": {"limits": {"memory": "1Gi"}}}, wait_timeout=4)
    assert_failed(result, "timeout", "verify.deadline", changed=True)
    assert_clear(result, says)


def test_bounds_of_an_autoscaler(site: ActionSite) -> None:
    settled_deployment(site.admin, site.namespace, replicas=0)
    site.admin.apply(autoscaler(site.namespace, minimum=1, maximum=5))
    result = site("UpdateHPA", min_replicas=2, max_replicas=8)
    assert_succeeded(result)
    spec = site.read("HorizontalPodAutoscaler")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 8)
    assert_succeeded(site("UpdateHPA", min_replicas=2), changed=False)
    # It has restarted nothing.
    assert site.read("Deployment")["metadata"]["generation"] == 1


def test_bounds_that_cross_are_refused(site: ActionSite) -> None:
    site.admin.apply(autoscaler(site.namespace, minimum=1, maximum=5))
    result = site("UpdateHPA", min_replicas=6)
    assert_failed(result, "invalid_parameters", "request.bounds-invalid")
    assert_clear(result, "would scale from 6 to 5 replicas")


def test_the_cpu_target_leaves_other_metrics_alone(site: ActionSite, modules: ModuleCalls) -> None:
    raw = autoscaler(site.namespace)
    memory = {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 70}}
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    raw["spec"]["metrics"] = [{"type": "Resource", "resource": it} for it in (memory, cpu)]
    site.admin.apply(raw)
    result = site("UpdateHPA", target_cpu_utilization=80, wait=False)
    assert_succeeded(result)
    assert targets(site) == {"memory": 70, "cpu": 80}
    undone = modules("execution_undo", "runner", execution=result["execution"]["record"], wait=False)
    assert_succeeded(undone)
    assert targets(site) == {"memory": 70, "cpu": 50}


def targets(site: ActionSite) -> dict[str, int]:
    metrics = site.read("HorizontalPodAutoscaler")["spec"]["metrics"]
    return {it["resource"]["name"]: it["resource"]["target"]["averageUtilization"] for it in metrics}


@pytest.fixture
def data(site: ActionSite) -> Iterator[str]:
    """The path of a bound claim of 1Gi, whose class lets it grow. No driver makes it grow."""
    name = site.namespace
    kept = {**claim(name, "data", name), "metadata": {"name": "data", "namespace": name}}
    site.admin.apply(growing_class(name), volume(name, name, name, "data"), kept)
    path = site.path("PersistentVolumeClaim", "data")
    site.admin.until(path, lambda found: (found or {}).get("status", {}).get("phase") == "Bound")
    yield path
    site.admin.delete(path_to("StorageClass", name))
    site.admin.delete(path_to("PersistentVolume", name))


@contextmanager
def driver(site: ActionSite, path: str, **status: Any) -> Iterator[None]:
    """What the resizer of a volume's driver writes, once the claim asks for more."""

    def resize() -> None:
        wanted = {"storage": "2Gi"}
        site.admin.until(path, lambda found: (found or {})["spec"]["resources"]["requests"] == wanted)
        site.admin.patch(f"{path}/status", {"status": status})

    thread = threading.Thread(target=resize)
    thread.start()
    yield
    thread.join()


def test_a_claim_that_grows(site: ActionSite, data: str) -> None:
    with driver(site, data, capacity={"storage": "2Gi"}):
        result = site("ExpandPVC", "data", size="2Gi")
    assert_succeeded(result)
    assert_succeeded(site("ExpandPVC", "data", size="2048Mi"), changed=False)
    shrunk = site("ExpandPVC", "data", size="1Gi")
    assert_failed(shrunk, "invalid_parameters", "request.volume-shrinks")


def test_a_claim_whose_file_system_grows_when_a_pod_mounts_it_is_done(site: ActionSite, data: str) -> None:
    pending = {"type": "FileSystemResizePending", "status": "True"}
    with driver(site, data, conditions=[pending]):
        result = site("ExpandPVC", "data", size="2Gi")
    assert_succeeded(result)


def test_a_claim_whose_driver_refuses_is_told_at_once(site: ActionSite, data: str) -> None:
    with driver(site, data, allocatedResourceStatuses={"storage": "ControllerResizeInfeasible"}):
        result = site("ExpandPVC", "data", size="2Gi", wait_timeout=60)
    assert_failed(result, "api_error", "verify.impossible", changed=True)
    assert_clear(result, "the volume cannot become so large")


def test_a_claim_that_nobody_makes_grow_is_told(site: ActionSite, data: str) -> None:
    """As on a cluster whose driver has no resizer: the claim asks for more, and nothing comes of it."""
    result = site("ExpandPVC", "data", size="2Gi", wait_timeout=2)
    assert_failed(result, "timeout", "verify.deadline", changed=True)
    assert_clear(result, "it has 1Gi, and nothing has begun to resize it")
    again = site("ExpandPVC", "data", size="2Gi", wait_timeout=1)
    assert_failed(again, "timeout", "verify.deadline")


def test_a_claim_of_a_class_that_does_not_grow_is_denied(site: ActionSite, data: str) -> None:
    site.admin.patch(path_to("StorageClass", site.namespace), {"allowVolumeExpansion": False})
    result = site("ExpandPVC", "data", size="2Gi")
    assert_denied(result, "volume-expansion.not-expandable")
    assert site.admin.get(data)["spec"]["resources"]["requests"] == {"storage": "1Gi"}
