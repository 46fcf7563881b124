# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gated scale beside an ungated one: ``kubernetes.core.k8s_scale`` without any policy.

Twice: with the library as it comes, and with 200 user rules more, signed, by a controller that pins the key.

Start-up is subtracted: a playbook with ``FEW`` tasks is timed against one with ``MANY``, in turn, and the difference is
what the tasks cost.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import ratio
from tests.benchmarks.playbooks import WIDE, play, prepared_cluster
from tests.benchmarks.published import pin, signed_archive
from tests.cluster.cluster import Cluster
from tests.integration.api_proxy import ApiProxy

FEW, MANY, ROUNDS = 2, 12, 3


def main() -> None:
    with prepared_cluster() as cluster:
        cluster.kubectl("create", "namespace", "bench")
        cluster.kubectl("-n", "bench", "create", "deployment", "web", "--image=registry.example.com/web:1")
        _beside_ungated(cluster)
        _count_calls(cluster)
        print("\nwith 200 user rules, signed, the key pinned")
        pinned = _publish_signed(cluster)
        _beside_ungated(cluster, pinned)
        _count_calls(cluster, pinned)


def _beside_ungated(cluster: Cluster, pinned: Path | None = None) -> None:
    # Another name for the same interpreter makes the tasks go through the module door.
    other_door = {"ansible_python_interpreter": str(_other_name())}
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "in process": (_gated, {"ansible_python_interpreter": sys.executable}),
        "through AnsiballZ": (_gated, other_door),
        "kubernetes.core.k8s_scale": (_ungated, {"ansible_python_interpreter": sys.executable}),
    }
    costs: dict[str, list[float]] = {name: [] for name in kinds}
    for _round in range(ROUNDS):
        for name, (task, variables) in kinds.items():
            few = play(cluster, [task(index) for index in range(FEW)], variables, pinned)
            many = play(cluster, [task(index) for index in range(MANY)], variables, pinned)
            costs[name].append((many - few) / (MANY - FEW))
    per_task = {name: statistics.median(values) for name, values in costs.items()}
    theirs = per_task["kubernetes.core.k8s_scale"]
    ratio("scale, in process", per_task["in process"], theirs, "budget: 0.25 x")
    ratio("scale, through AnsiballZ", per_task["through AnsiballZ"], theirs, "budget: 0.80 x")


def _publish_signed(cluster: Cluster) -> Path:
    folder = cluster.state_dir / "signing"
    folder.mkdir()
    key = folder / "library-key.pem"
    key.write_bytes(pin().content)
    archive = signed_archive(folder, WIDE)
    task = {"guardrail.kubernetes.policy_library": {"path": str(archive), "require_tests": False}}
    play(cluster, [task], {"ansible_python_interpreter": sys.executable}, key)
    return key


def _gated(index: int) -> dict[str, Any]:
    return {
        "guardrail.kubernetes.scale_deployment": {
            "name": "web",
            "namespace": "bench",
            "replicas": 1 + index % 2,
            "wait": False,
        }
    }


def _ungated(index: int) -> dict[str, Any]:
    return {
        "kubernetes.core.k8s_scale": {
            "kind": "Deployment",
            "name": "web",
            "namespace": "bench",
            "replicas": 1 + index % 2,
            "wait": False,
        }
    }


def _count_calls(cluster: Cluster, pinned: Path | None = None) -> None:
    with ApiProxy(cluster.kubeconfig("admin"), cluster.state_dir) as proxy:
        for replicas, what in ((3, "up"), (1, "down")):
            before = len(proxy.requests())
            task = _gated(0)
            next(iter(task.values())).update(replicas=replicas, kubeconfig=str(proxy.kubeconfig()))
            play(cluster, [task], pinned=pinned)
            print(f"API calls of a scale {what:<22} {len(proxy.requests()) - before}   (budget: 10)")


def _other_name() -> Path:
    own = Path(sys.executable)
    return next(name for name in own.parent.glob("python3*") if name.name != own.name)
