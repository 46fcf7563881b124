# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every action that a Job can carry out, carried out by one: a real pod on the real node, where the restricted profile is
enforced, with the rights of its own service account and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from tests.cluster.provider import node_lacks
from tests.cluster.realnode.settings import NAME as REAL_NODE
from tests.integration.gate_calls import assert_failed, assert_succeeded
from tests.integration.gate_client import path_to
from tests.integration.gate_stage import Stage, new_stage
from tests.integration.job_mode_site import JOBS, SYSTEM, JobSite, job_accounts_in

pytest_plugins = ["tests.integration.job_mode_fixtures"]
LACKING = node_lacks()
pytestmark = [
    pytest.mark.real_node,
    pytest.mark.skipif(bool(LACKING), reason=f"A real node needs {'; '.join(LACKING)}"),
]

# A drain comes last: the others need its node. What takes the environment from web comes after what restarts web for it.
LAST = ["RollbackDeployment", "CordonNode", "TaintNode", "DrainNode"]
CAPABLE = [name for name in ACTIONS if not ACTIONS[name].not_in_job and name not in LAST] + LAST


@pytest.fixture(scope="module")
def stage(site: JobSite) -> Iterator[Stage]:
    with new_stage(site.admin) as ready:
        site.admin.apply(*job_accounts_in(ready.namespace))
        site.restrict(ready.namespace)
        yield ready


def options_of(stage: Stage, action: str) -> dict[str, Any]:
    options = dict(stage.call(action).options)
    if action in ("DeletePod", "QuarantinePod"):  # the others replace the pods of web
        pods = stage.admin.get(f"/api/v1/namespaces/{stage.namespace}/pods?labelSelector=app=web")["items"]
        options["name"] = next(it["metadata"]["name"] for it in pods if "deletionTimestamp" not in it["metadata"])
    return options


@pytest.mark.parametrize("action", CAPABLE)
def test_a_job_carries_the_action_out(site: JobSite, stage: Stage, action: str) -> None:
    result = site.by_job(action, wait=False, **options_of(stage, action))
    assert_succeeded(result)
    execution = result["execution"]
    assert (execution["mode"], execution["followed"]) == ("job", "")
    name = execution["record"]
    assert {key: execution["job"][key] for key in ("name", "namespace", "succeeded", "exit_code", "reason")} == {
        "name": name,
        "namespace": SYSTEM,
        "succeeded": True,
        "exit_code": 0,
        "reason": "",
    }
    record = site.record(result)
    assert (record["spec"]["execution"], record["status"]["phase"]) == ("job", "Succeeded")
    assert {key: value for key, value in record["status"]["job"].items() if key != "uid"} == {
        "name": name,
        "succeeded": True,
        "exitCode": 0,
    }


def test_all_that_is_under_the_restricted_profile(site: JobSite, stage: Stage) -> None:
    for namespace in (SYSTEM, site.namespace, stage.namespace):
        labels = site.admin.get(path_to("Namespace", namespace))["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_pod_has_what_the_action_needs_and_nothing_else(site: JobSite, stage: Stage) -> None:
    result = site.by_job("ScaleDeployment", name="held", namespace=stage.namespace, replicas=5, wait=False)
    assert_succeeded(result)
    job = site.job(result)
    pods = site.admin.get(f"/api/v1/namespaces/{SYSTEM}/pods?labelSelector=job-name={job['metadata']['name']}")
    (pod,) = pods["items"]
    spec, (container,) = pod["spec"], pod["spec"]["containers"]
    assert spec["nodeName"] == REAL_NODE
    assert (spec["serviceAccountName"], spec["restartPolicy"]) == ("guardrail-scale-deployment", "Never")
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }
    assert container["image"] == site.cluster.images["kubectl"]
    assert "command" not in container
    assert container["args"][:4] == ["patch", "deployments.v1.apps", "held", f"--namespace={stage.namespace}"]
    assert container["resources"].keys() == {"requests", "limits"}
    assert [next(iter(volume.keys() - {"name"})) for volume in spec["volumes"]] == ["downwardAPI", "projected"]
    assert (spec["enableServiceLinks"], job["spec"]["backoffLimit"]) == (False, 0)
    assert job["spec"]["ttlSecondsAfterFinished"] == 600
    assert job["metadata"]["labels"]["guardrail.dev/execution"] == result["execution"]["record"]


def test_check_mode_creates_no_job(site: JobSite, stage: Stage) -> None:
    before = site.admin.names(JOBS)
    options = {**stage.call("ScaleDeployment").options, "replicas": 7}
    result = site.call("ScaleDeployment", execution="job", check_mode=True, **options)
    assert_succeeded(result)
    assert (result["execution"]["mode"], result["execution"]["job"]) == ("job", None)
    assert site.admin.names(JOBS) == before


def test_nothing_to_do_needs_no_job(site: JobSite, stage: Stage) -> None:
    stage.admin.patch(path_to("Node", stage.cordoned), {"spec": {"unschedulable": True}})
    result = site.by_job("CordonNode", name=stage.cordoned)
    assert_succeeded(result, changed=False)
    assert result["execution"]["job"] is None


def test_what_runs_a_job_itself_is_not_carried_out_by_another(site: JobSite, stage: Stage) -> None:
    result = site.by_job("RunJob", **stage.call("RunJob").options)
    assert_failed(result, "invalid_parameters", "request.job-not-possible")


@pytest.mark.parametrize(
    ("image", "code"),
    [("", "job-mode.no-image"), ("registry.example.com/kubectl:1.36", "job-mode.image-unpinned")],
    ids=["no-image", "a-tag"],
)
def test_without_a_pinned_image_there_is_no_job_mode(site: JobSite, stage: Stage, image: str, code: str) -> None:
    site.publish(image=image)
    try:
        result = site.by_job("ScaleDeployment", name="held", namespace=stage.namespace, replicas=2)
    finally:
        site.publish()
    assert_failed(result, "denied", code)
    assert result["decision"]["allowed"] is False
    assert "config/job_mode.yaml" in result["msg"]
