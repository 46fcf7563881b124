# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster itself: what every other integration test takes for granted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import state
from tests.cluster.cluster import Cluster
from tests.cluster.nodes import POOL_LABEL
from tests.cluster.process import ProcessRecord
from tests.cluster.provider import own_control_plane
from tests.integration.conftest import Apply, Kubectl, NewNamespace


def deployment(namespace: str, *, name: str = "web", replicas: int = 3) -> dict[str, Any]:
    labels = {"app": name}
    pod = {"containers": [{"name": "web", "image": "registry.k8s.io/pause:3.10"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def budget(namespace: str, *, name: str = "web", min_available: int) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"minAvailable": min_available, "selector": {"matchLabels": {"app": name}}},
    }


def eventually(satisfied: Callable[[], bool], timeout_s: float = 30.0) -> bool:
    limit = time.monotonic() + timeout_s
    while not (met := satisfied()) and time.monotonic() < limit:
        time.sleep(0.1)
    return met


def test_five_workers_in_two_pools_and_a_control_plane_node_are_ready(kubectl: Kubectl) -> None:
    nodes = json.loads(kubectl("get", "nodes", "--output=json", check=True).stdout)["items"]
    ready = {
        node["metadata"]["name"]: node["metadata"]["labels"].get(POOL_LABEL)
        for node in nodes
        if {"type": "Ready", "status": "True"}.items()
        <= next(one for one in node["status"]["conditions"] if one["type"] == "Ready").items()
    }
    pools = sorted(pool for pool in ready.values() if pool)
    assert pools == ["batch", "batch", "general", "general", "general"]
    assert len(ready) == len(nodes) == 6


def test_pods_of_a_deployment_run(kubectl: Kubectl, apply: Apply, namespace: NewNamespace) -> None:
    where = namespace()
    apply(deployment(where))
    kubectl("rollout", "status", "deployment/web", f"--namespace={where}", "--timeout=30s", check=True)
    pods = json.loads(kubectl("get", "pods", f"--namespace={where}", "--output=json", check=True).stdout)["items"]
    assert [pod["status"]["phase"] for pod in pods] == ["Running"] * 3


def test_a_pod_can_take_its_time_to_become_ready_and_to_end(
    kubectl: Kubectl, apply: Apply, namespace: NewNamespace
) -> None:
    where = namespace()
    slow = deployment(where, replicas=1)
    times = {"guardrail.test/ready-after": "1s", "guardrail.test/terminates-after": "2s"}
    slow["spec"]["template"]["metadata"]["annotations"] = times
    apply(slow)

    def pods() -> list[str]:
        template = "--output=jsonpath={range .items[*]}{.status.phase}{.metadata.deletionTimestamp}{' '}{end}"
        return kubectl("get", "pods", f"--namespace={where}", template, check=True).stdout.split()

    assert eventually(lambda: pods() == ["Pending"])
    assert eventually(lambda: pods() == ["Running"])
    kubectl("scale", "deployment/web", "--replicas=0", f"--namespace={where}", check=True)
    assert eventually(lambda: len("".join(pods())) > len("Running"))  # with the time of its deletion
    assert eventually(lambda: pods() == [])


def test_a_budget_refuses_an_eviction_and_allows_one_when_it_is_wider(
    kubectl: Kubectl, apply: Apply, namespace: NewNamespace
) -> None:
    where = namespace()
    apply(deployment(where), budget(where, min_available=3))
    kubectl("rollout", "status", "deployment/web", f"--namespace={where}", "--timeout=30s", check=True)
    pod = kubectl("get", "pods", f"--namespace={where}", "--output=name", check=True).stdout.split()[0].split("/")[1]

    def evict() -> str:
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": where}}
        path = f"/api/v1/namespaces/{where}/pods/{pod}/eviction"
        return kubectl("create", "--raw", path, "--filename=-", identity="runner", input=json.dumps(eviction)).stderr

    assert "Cannot evict pod" in evict()
    apply(budget(where, min_available=2))
    assert eventually(lambda: evict() == "")
    gone = ("get", "pod", pod, f"--namespace={where}", "--ignore-not-found", "--output=name")
    assert eventually(lambda: kubectl(*gone, check=True).stdout == "")


def test_data_survives_a_killed_api_server(killable_cluster: Cluster) -> None:
    kept = killable_cluster.kubectl("create", "configmap", f"kept-{time.time_ns()}", "--output=name").stdout.strip()
    before = killable_cluster.kubeconfig("runner").read_bytes()
    killable_cluster.kill_apiserver()
    assert killable_cluster.kubectl("get", kept, "--request-timeout=2s").returncode != 0
    killable_cluster.restart_apiserver()
    assert killable_cluster.kubectl("get", kept, "--output=name").stdout.strip() == kept
    assert killable_cluster.kubectl("auth", "whoami", identity="runner").returncode == 0
    assert killable_cluster.kubeconfig("runner").read_bytes() == before
    killable_cluster.kubectl("delete", kept)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_a_start_that_is_interrupted_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    environ = {**os.environ, "GUARDRAIL_CLUSTER_DIR": str(tmp_path), "CLUSTER": own_control_plane().provider}
    command = [sys.executable, "-m", "tests.cluster", "up"]
    seen: set[ProcessRecord] = set()
    # Whoever runs the tests in the background may have had this one ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL, start_new_session=True) as up:

        def api_server_started() -> bool:
            record = state.read(tmp_path)
            seen.update(record.processes if record else ())
            return len(seen) >= 2

        assert eventually(api_server_started)
        up.send_signal(number)
        assert up.wait(timeout=30) == 128 + number
    assert not [process for process in seen if process.is_alive()]


@pytest.mark.parametrize(
    ("identity", "verb", "resource", "namespace", "allowed"),
    [
        ("admin", "*", "*", "", True),
        ("runner", "create", "pods/eviction", "default", True),
        ("runner", "patch", "nodes", "", True),
        ("runner", "patch", "deployments.apps/scale", "default", True),
        ("runner", "list", "poddisruptionbudgets.policy", "", True),
        ("runner", "get", "configmaps", "guardrail-system", True),
        ("runner", "get", "configmaps", "default", False),
        ("runner", "update", "configmaps", "guardrail-system", False),
        ("runner", "delete", "deployments.apps", "default", True),
        ("runner", "get", "secrets", "default", False),
        ("runner", "create", "pods", "default", False),
        ("approver", "get", "deployments.apps", "default", True),
        ("approver", "patch", "deployments.apps", "default", False),
        ("approver", "get", "secrets", "default", False),
        ("tenant", "patch", "deployments.apps", "tenant", True),
        ("tenant", "get", "deployments.apps", "default", False),
        ("tenant", "get", "configmaps", "guardrail-system", False),
        ("tenant", "patch", "nodes", "", False),
    ],
)
def test_an_identity_may_do_what_it_needs_and_no_more(
    kubectl: Kubectl, identity: str, verb: str, resource: str, namespace: str, allowed: bool
) -> None:
    name, _, subresource = resource.partition("/")
    how = [f"--subresource={subresource}"] if subresource else []
    where = [f"--namespace={namespace}"] if namespace else ["--all-namespaces"]
    answer = kubectl("auth", "can-i", verb, name, *how, *where, identity=identity)
    assert answer.stdout.strip() == ("yes" if allowed else "no"), answer.stderr
