# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of a node its pods take.

Only sums leave this file: requests, number of pods, and which of the pods to be placed would be repelled (required
anti-affinity by host name; other topologies and namespace selectors are not considered).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.pages import reduced_list
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import collection_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import NodeState
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.placement import Room
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.pod_requests import pod_requests
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.selectors import (
    SelectorError,
    label_selector_matches,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import PodDemand

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

_HOST = "kubernetes.io/hostname"
_RUNNING = "status.phase!=Succeeded,status.phase!=Failed"


@dataclass(frozen=True)
class Repulsion:
    """One required anti-affinity term of a demand."""

    namespaces: frozenset[str]
    selector: Mapping[str, Any] | None

    def covers(self, namespace: str, labels: Mapping[str, str]) -> bool:
        try:
            return namespace in self.namespaces and label_selector_matches(self.selector, labels)
        except SelectorError:
            return False


@dataclass
class Occupancy:
    """Sums over the pods of one node."""

    requested: dict[str, int] = field(default_factory=dict)
    pods: int = 0
    conflicts: set[int] = field(default_factory=set)


def repulsions(demand: PodDemand) -> tuple[Repulsion, ...]:
    """The required anti-affinity terms of a demand that hold per node."""
    affinity = (demand.spec.get("affinity") or {}).get("podAntiAffinity") or {}
    return tuple(
        Repulsion(frozenset(term.get("namespaces") or (demand.namespace,)), term.get("labelSelector"))
        for term in affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        if term["topologyKey"] == _HOST and not term.get("namespaceSelector")
    )


class Reader:
    """Reads rooms.

    Args:
        leaving: UIDs of pods that the plan ends: their room is free.
        repelled: Anti-affinity terms of each demand, by its number.
    """

    def __init__(self, api: Api, leaving: Collection[str], repelled: Sequence[Sequence[Repulsion]]) -> None:
        self._api = api
        self._leaving = frozenset(leaving)
        self._repelled = [(number, terms) for number, terms in enumerate(repelled) if terms]

    def room(self, node: NodeState) -> Room:
        """Read the pods of one node, one call for 500 of them."""
        found = Occupancy()
        query = {"fieldSelector": f"spec.nodeName={node.name},{_RUNNING}"}
        reduced_list(self._api, collection_path("v1", "pods"), lambda pod: self._count(pod, found), query)
        return _room(node, found)

    def rooms(self, nodes: Sequence[NodeState]) -> list[Room]:
        """Read the pods of the whole cluster, one call for 500 of them, and keep sums of the given nodes."""
        found = {node.name: Occupancy() for node in nodes}

        def count(pod: Mapping[str, Any]) -> None:
            occupancy = found.get(pod["spec"].get("nodeName", ""))
            if occupancy is not None:
                self._count(pod, occupancy)

        query = {"fieldSelector": f"spec.nodeName!=,{_RUNNING}"}
        reduced_list(self._api, collection_path("v1", "pods"), count, query)
        return [_room(node, found[node.name]) for node in nodes]

    def _count(self, pod: Mapping[str, Any], found: Occupancy) -> None:
        metadata = pod["metadata"]
        if metadata["uid"] in self._leaving:
            return
        found.pods += 1
        for name, amount in pod_requests(pod["spec"]).items():
            found.requested[name] = found.requested.get(name, 0) + amount
        labels = metadata.get("labels") or {}
        for number, terms in self._repelled:
            if number not in found.conflicts and any(term.covers(metadata["namespace"], labels) for term in terms):
                found.conflicts.add(number)


def _room(node: NodeState, found: Occupancy) -> Room:
    free = {name: amount - found.requested.get(name, 0) for name, amount in node.allocatable.items()}
    return Room(node.name, free, node.pod_slots - found.pods, frozenset(found.conflicts))
