# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nodes as a whole, and the pool of the target node."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import NodeState
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import NAMES_SHOWN
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import ClusterInfo, ForeignLock, Nodes

# Labels that the providers put on the nodes of one pool; the first one that the target node has is its pool.
POOL_LABELS = (
    "karpenter.sh/nodepool",
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "doks.digitalocean.com/node-pool",
    "node.kubernetes.io/pool",
    "guardrail.test/pool",
)


def cluster_info(states: Sequence[NodeState]) -> ClusterInfo:
    """Count nodes. The name of the cluster is configuration, not a fact that the API server knows."""
    return ClusterInfo(total_nodes=len(states), available_nodes=sum(state.available for state in states))


def nodes_overview(states: Sequence[NodeState], target_name: str, locks: tuple[ForeignLock, ...]) -> Nodes:
    """Describe all nodes from the point of view of a target node.

    Args:
        states: All nodes.
        target_name: Name of the target node; empty for another kind of target, and then there is no pool.
        locks: Locks of other tools on the target node.
    """
    target = next((state for state in states if state.name == target_name), None)
    label, pool = _pool_of(target)
    members = [state for state in states if pool and state.labels.get(label) == pool]
    control_plane = [state for state in states if state.control_plane]
    cordoned = sorted(state.name for state in states if state.unschedulable and state.name != target_name)
    return Nodes(
        total=len(states),
        ready=sum(state.ready for state in states),
        schedulable=sum(not state.unschedulable for state in states),
        control_plane=len(control_plane),
        control_plane_ready=sum(state.ready for state in control_plane),
        pool=pool,
        pool_total=len(members),
        pool_available=sum(state.available for state in members),
        cordoned=tuple(cordoned[:NAMES_SHOWN]),
        cordoned_count=len(cordoned),
        locks=locks,
    )


def _pool_of(state: NodeState | None) -> tuple[str, str]:
    for label in POOL_LABELS if state else ():
        value = state.labels.get(label) if state else None
        if value:
            return label, value
    return "", ""
