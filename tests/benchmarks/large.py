# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One drain and one scale in a cluster of 1,000 nodes and 30,000 pods: memory of the task and what it read.

The decision's facts are to cost what the action touches, not what the cluster holds, so the same two actions are
measured in a small cluster too.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.playbooks import prepared_cluster
from tests.cluster.cluster import Cluster
from tests.conftest import ROOT

NODES, PODS, EACH = 1000, 30_000, 30


def main() -> None:
    with prepared_cluster() as cluster:
        cluster.kubectl("create", "namespace", "bench")
        cluster.kubectl("-n", "bench", "create", "deployment", "web", "--image=registry.example.com/web:1")
        _measure(cluster, "small cluster")
        _fill(cluster)
        _measure(cluster, f"{NODES} nodes, {PODS} pods")


def _measure(cluster: Cluster, title: str) -> None:
    for action, parameters in (
        ("ScaleDeployment", {"name": "web", "namespace": "bench", "replicas": 4, "wait_timeout": 300}),
        ("DrainNode", {"name": "general-1", "wait_timeout": 300}),
    ):
        code = [sys.executable, "-m", "tests.benchmarks.one_check", action, json.dumps(parameters)]
        environ = {"KUBECONFIG": str(cluster.kubeconfig("admin")), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
        done = subprocess.run(code, env=environ, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        figures: dict[str, Any] = json.loads(done.stdout)
        print(
            f"{title:<28} {action:<16} {figures['seconds']:6.2f} s   {figures['calls']:4d} API calls   "
            f"{figures['peak_mb']:5.0f} MB   (budget: 200 MB)"
        )


def _fill(cluster: Cluster) -> None:
    """Simulated nodes and pods that are already bound: the scheduler is not what is measured."""
    template = json.loads(cluster.kubectl("get", "node", "general-1", "-o", "json").stdout)
    nodes = [_node(template, index) for index in range(NODES)]
    _create(cluster, nodes)
    pods = [_pod(f"node-{index // EACH:04d}", index) for index in range(PODS)]
    for start in range(0, PODS, 2000):
        _create(cluster, pods[start : start + 2000])
        print(f"  {start + 2000} pods", flush=True)


def _node(template: dict[str, Any], index: int) -> dict[str, Any]:
    name = f"node-{index:04d}"
    labels = {**template["metadata"]["labels"], "kubernetes.io/hostname": name}
    metadata = {"name": name, "labels": labels, "annotations": template["metadata"].get("annotations", {})}
    status = {key: template["status"][key] for key in ("allocatable", "capacity")}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {}, "status": status}


def _pod(node: str, index: int) -> dict[str, Any]:
    requests = {"cpu": "100m", "memory": "128Mi"}
    container = {"name": "web", "image": "registry.example.com/web:1", "resources": {"requests": requests}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"filler-{index:05d}", "namespace": "bench", "labels": {"app": f"filler-{index % 100}"}},
        "spec": {"nodeName": node, "containers": [container]},
    }


def _create(cluster: Cluster, objects: list[dict[str, Any]]) -> None:
    listing = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    done = cluster.kubectl("create", "-f", "-", input=listing, timeout_s=580)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])


def peak_mb() -> float:
    """Peak resident memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
