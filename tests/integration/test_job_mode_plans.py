# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs in what goes further than one patch: the way back, a plan of several steps, a long body, an API server that is away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.local import LocalCluster
from tests.cluster.provider import node_lacks
from tests.integration.execution_calls import ModuleCalls
from tests.integration.gate_calls import Result, assert_failed, assert_succeeded
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import config_map, deployment
from tests.integration.job_mode_site import EXECUTIONS, JOBS, SECRETS, JobSite, eventually, job_accounts_in, meanwhile

pytest_plugins = ["tests.integration.job_mode_fixtures"]
LACKING = node_lacks()
pytestmark = [
    pytest.mark.real_node,
    pytest.mark.skipif(bool(LACKING), reason=f"A real node needs {'; '.join(LACKING)}"),
]


@pytest.fixture
def web(site: JobSite) -> Iterator[str]:
    """Path of a Deployment whose pods find no node, when it has any."""
    path = path_to("Deployment", "web", site.namespace)
    nowhere = {"nodeSelector": {"guardrail.test/nowhere": "true"}}
    site.admin.apply(*job_accounts_in(site.namespace), deployment(site.namespace, replicas=0, **nowhere))
    site.admin.until(path, lambda found: (found or {}).get("status", {}).get("observedGeneration") == 1)
    yield path
    site.admin.delete(path)
    site.admin.until(path, lambda found: found is None)


def test_the_way_back_is_a_job_too(site: JobSite, web: str) -> None:
    """The cluster refuses the pods, so the postcondition is not met."""
    options = {"name": "web", "namespace": site.namespace, "replicas": 1}
    result = site.by_job("ScaleDeployment", on_failure="rollback", wait_timeout=12, **options)
    assert_failed(result, "timeout", result["code"], changed=True)
    assert result["execution"]["phase"] == "RolledBack"
    back = site.admin.get(f"{EXECUTIONS}/{result['execution']['undone_by']}")
    assert (back["spec"]["execution"], back["status"]["phase"]) == ("job", "Succeeded")
    assert back["status"]["job"]["succeeded"] is True
    assert site.admin.get(web)["spec"]["replicas"] == 0


def test_a_plan_says_which_of_its_steps_are_jobs(site: JobSite, web: str, tmp_path: Path) -> None:
    site.admin.apply(config_map(site.namespace, "settings", level="1"))
    call = ModuleCalls({"runner": site.cluster.kubeconfig("runner")}, tmp_path)
    settings = {"name": "settings", "namespace": site.namespace, "data": {"level": "2"}}
    restart = {"name": "web", "namespace": site.namespace}
    done = call(
        "remediate",
        "runner",
        wait=False,
        wait_timeout=60,
        steps=[
            {"action": "update_configmap", "parameters": settings, "execution": "job"},
            {"action": "rollout_restart", "parameters": restart},
        ],
    )
    assert_succeeded(done)
    first, second = (step["execution"] for step in done["steps"])
    assert (first["mode"], first["job"]["succeeded"]) == ("job", True)
    assert (second["mode"], second["job"]) == ("direct", None)
    assert site.admin.get(path_to("ConfigMap", "settings", site.namespace))["data"] == {"level": "2"}


def test_what_is_too_long_for_annotations_travels_in_a_secret(site: JobSite, web: str) -> None:
    path = path_to("ConfigMap", "long", site.namespace)
    site.admin.apply(config_map(site.namespace, "long", text="short"))
    text = "x" * 150 * 1024
    result = site.by_job("UpdateConfigMap", name="long", namespace=site.namespace, data={"text": text})
    assert_succeeded(result)
    assert site.admin.get(path)["data"] == {"text": text}
    name = result["execution"]["job"]["name"]
    eventually(lambda: site.admin.find(f"{SECRETS}/{name}") is None and site.admin.find(f"{JOBS}/{name}") is None)


def test_an_api_server_that_is_away_for_a_while_does_not_end_the_following(site: JobSite, web: str) -> None:
    if os.environ.get("GUARDRAIL_CLUSTER_DIR") or not isinstance(site.cluster, LocalCluster):
        pytest.skip("The API server of a cluster that others may use is not killed.")
    cluster = site.cluster

    def begun() -> bool:
        chosen = f"{JOBS}?labelSelector=guardrail.dev/namespace={site.namespace}"
        return any("completionTime" not in job.get("status", {}) for job in site.admin.get(chosen)["items"])

    def restart() -> None:
        eventually(begun)
        cluster.kill_apiserver()
        cluster.restart_apiserver()

    def call() -> Result:
        return site.by_job("RolloutRestart", name="web", namespace=site.namespace, wait=False, wait_timeout=120)

    result = meanwhile(restart, call)
    assert_succeeded(result)
    assert (result["execution"]["job"]["succeeded"], site.record(result)["status"]["phase"]) == (True, "Succeeded")
