# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated nodes: two pools of workers and a control-plane node."""

from __future__ import annotations

from typing import Any

POOL_LABEL = "guardrail.test/pool"
# name -> (pool, instance type, zone)
WORKERS = {
    "general-1": ("general", "standard-8", "zone-a"),
    "general-2": ("general", "standard-8", "zone-b"),
    "general-3": ("general", "standard-8", "zone-c"),
    "batch-1": ("batch", "compute-8", "zone-a"),
    "batch-2": ("batch", "compute-8", "zone-b"),
}
CONTROL_PLANE = "control-plane-1"
_RESOURCES = {"cpu": "8", "memory": "16Gi", "ephemeral-storage": "100Gi", "pods": "110"}


def node_list(version: str, *, control_plane: bool = True) -> dict[str, Any]:
    """All nodes as one ``List``.

    Args:
        version: The kubelet's version that they claim, for example ``v1.36.3``.
        control_plane: Leave it out where a real one is.
    """
    items = [worker(name, version, pool=pool, kind=kind, zone=zone) for name, (pool, kind, zone) in WORKERS.items()]
    if control_plane:
        items.append(_control_plane(version))
    return {"apiVersion": "v1", "kind": "List", "items": items}


def worker(
    name: str, version: str, *, pool: str = "general", kind: str = "standard-8", zone: str = "zone-a"
) -> dict[str, Any]:
    """A worker of 8 CPUs, 16 GiB and 110 pods that kwok keeps ready. Tests may create more of them."""
    labels = {POOL_LABEL: pool, "node-role.kubernetes.io/worker": ""}
    return _node(name, version, labels, kind=kind, zone=zone)


def _control_plane(version: str) -> dict[str, Any]:
    role = "node-role.kubernetes.io/control-plane"
    node = _node(CONTROL_PLANE, version, {role: ""}, kind="standard-8", zone="zone-a")
    node["spec"] = {"taints": [{"key": role, "effect": "NoSchedule"}]}
    return node


def _node(name: str, version: str, labels: dict[str, str], *, kind: str, zone: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "type": "kwok",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "node.kubernetes.io/instance-type": kind,
                "topology.kubernetes.io/region": "region-1",
                "topology.kubernetes.io/zone": zone,
                **labels,
            },
        },
        "status": {
            "allocatable": dict(_RESOURCES),
            "capacity": dict(_RESOURCES),
            "nodeInfo": {"kubeletVersion": version, "osImage": "simulated", "architecture": "amd64"},
        },
    }
