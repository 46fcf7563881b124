# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draining a node with 100 pods: ours with all its judging, ``kubectl drain``, and ``kubernetes.core.k8s_drain``.

Each drains the same node with the same pods: after every run the node is uncordoned and the pods are put back on it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

from tests.benchmarks.figures import ratio
from tests.benchmarks.playbooks import play, prepared_cluster
from tests.cluster.cluster import Cluster

PODS, ELSEWHERE, NODE = 100, 40, "general-1"


def main() -> None:
    with prepared_cluster() as cluster:
        cluster.kubectl("create", "namespace", "bench")
        startup = play(cluster, [{"ansible.builtin.meta": "noop"}])
        kubectl = _timed(cluster, lambda: _kubectl_drain(cluster))
        k8s_drain = _timed(cluster, lambda: play(cluster, [_ungated()]) - startup)
        ours = _timed(cluster, lambda: play(cluster, [_gated()]) - startup)
        ratio(f"drain of {PODS} pods against kubectl drain", ours, kubectl, "budget: 0.35 x")
        ratio(f"drain of {PODS} pods against k8s_drain", ours, k8s_drain)


def _timed(cluster: Cluster, drain: Any) -> float:
    _fill(cluster)
    taken: float = drain()
    left = cluster.kubectl("-n", "bench", "get", "pods", f"--field-selector=spec.nodeName={NODE}", "-o", "name").stdout
    if left.strip():
        raise SystemExit(f"not drained: {left}")
    return taken


def _fill(cluster: Cluster) -> None:
    """Exactly ``PODS`` running pods on the node, and ``ELSEWHERE`` so that the drain does not end the whole workload."""
    everyone_but(cluster, "cordon")
    cluster.kubectl("uncordon", NODE)
    cluster.kubectl("-n", "bench", "delete", "deployment", "web", "--ignore-not-found", "--wait=true", timeout_s=180)
    cluster.kubectl("-n", "bench", "delete", "pods", "--all", "--wait=true", timeout_s=180)
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "bench"},
        "spec": {
            "replicas": PODS,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [{"name": "web", "image": "registry.example.com/web:1"}],
                },
            },
        },
    }
    cluster.kubectl("apply", "-f", "-", input=json.dumps(deployment))
    cluster.kubectl("-n", "bench", "rollout", "status", "deployment/web", "--timeout=180s", timeout_s=200)
    everyone_but(cluster, "uncordon")
    cluster.kubectl("cordon", NODE)
    cluster.kubectl("-n", "bench", "scale", "deployment/web", f"--replicas={PODS + ELSEWHERE}")
    cluster.kubectl("-n", "bench", "rollout", "status", "deployment/web", "--timeout=180s", timeout_s=200)
    cluster.kubectl("uncordon", NODE)
    on_node = cluster.kubectl("-n", "bench", "get", "pods", f"--field-selector=spec.nodeName={NODE}", "-o", "name")
    count = len(on_node.stdout.split())
    if count != PODS:
        raise SystemExit(f"{count} pods on {NODE} instead of {PODS}")


def everyone_but(cluster: Cluster, verb: str) -> None:
    """Cordon or uncordon the other workers."""
    cluster.kubectl(
        verb, "--selector", f"type=kwok,!node-role.kubernetes.io/control-plane,kubernetes.io/hostname!={NODE}"
    )


def _kubectl_drain(cluster: Cluster) -> float:
    command = [str(cluster.kubectl_path), "drain", NODE, "--ignore-daemonsets", "--delete-emptydir-data"]
    environ = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig("admin"))}
    began = time.perf_counter()
    subprocess.run(command, env=environ, check=True, capture_output=True, timeout=300)
    return time.perf_counter() - began


def _gated() -> dict[str, Any]:
    return {
        "guardrail.kubernetes.drain_node": {"name": NODE},
        "vars": {"ansible_python_interpreter": sys.executable},
    }


def _ungated() -> dict[str, Any]:
    options = {"ignore_daemonsets": True, "delete_emptydir_data": True, "wait_timeout": 300}
    return {
        "kubernetes.core.k8s_drain": {"name": NODE, "state": "drain", "delete_options": options},
        "vars": {"ansible_python_interpreter": sys.executable},
    }
