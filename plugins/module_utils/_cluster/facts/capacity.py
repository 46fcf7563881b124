# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the pods that a plan adds or moves fit on the nodes that remain.

Nodes are read one by one, roomiest first, until everything is placed; as long as that gets somewhere the cost follows
the number of pods to place. Only when it does not, the pods of the whole cluster are read once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import NodeState
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.occupancy import Reader, repulsions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.placement import (
    Demand,
    Room,
    by_difficulty,
    fill,
    shortages,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.pod_requests import pod_requests
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.quotas import read_quotas
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.scheduling import NodeTerms, objection
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.volumes import (
    Claim,
    Volume,
    claims_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import Capacity
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Impact, PodDemand

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

# Nodes read one by one in any case; up to MANY_NODES of them while not IDLE_NODES in a row took no pod.
FEW_NODES = 16
MANY_NODES = 64
IDLE_NODES = 4


def read_capacity(api: Api, states: Sequence[NodeState], impact: Impact, volumes: Mapping[Claim, Volume]) -> Capacity:
    """Place the demanded pods on the Ready, schedulable nodes that the plan leaves.

    Args:
        states: All nodes.
        impact: ``adds`` are placed; ``removes`` and ``unavailable_nodes`` are out of the way.
        volumes: Volumes of the claims that the demanded pods mount, as far as they are bound.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
        LookupError, TypeError, ValueError, AttributeError: A pod or quota has an unexpected form.
    """
    remaining = [state for state in states if state.available and state.name not in impact.unavailable_nodes]
    wanted = [demand for demand in impact.adds if demand.count > 0]
    demands = by_difficulty(_demands(wanted, remaining, volumes))
    reader = Reader(api, [pod["metadata"]["uid"] for pod in impact.removes], [repulsions(demand) for demand in wanted])
    examined = _place(reader, remaining, demands, needs_room=_needs_room(demands, impact))
    total = sum(demand.count for demand in wanted)
    return Capacity(
        pods=total,
        placed=total - sum(demand.left for demand in demands),
        cluster_pods=sum(state.pod_slots for state in remaining),
        nodes_examined=examined,
        shortages=shortages(demands),
        quotas=read_quotas(api, wanted),
    )


def _needs_room(demands: Sequence[Demand], impact: Impact) -> bool:
    """Pods that request nothing take a slot only. That is worth reading nodes for when a node is lost."""
    return bool(impact.unavailable_nodes) or any(demand.requests or demand.alone for demand in demands)


def _demands(wanted: Sequence[PodDemand], nodes: Sequence[NodeState], volumes: Mapping[Claim, Volume]) -> list[Demand]:
    known: dict[str, tuple[frozenset[str], Counter[str]]] = {}
    demands = []
    for number, demand in enumerate(wanted):
        bound = [volumes[claim] for claim in claims_of(demand.namespace, demand.spec) if claim in volumes]
        terms = [volume.node_terms for volume in bound if volume.node_terms is not None]
        key = _constraints(demand.spec, terms)
        if key not in known:
            known[key] = _eligible(demand.spec, terms, nodes)
        eligible, objections = known[key]
        demands.append(
            Demand(
                number=number,
                owner=demand.owner,
                namespace=demand.namespace,
                left=demand.count,
                requests={name: amount for name, amount in pod_requests(demand.spec).items() if amount > 0},
                nodes=eligible,
                objections=objections,
                alone=any(term.covers(demand.namespace, demand.labels) for term in repulsions(demand)),
            )
        )
    return demands


def _constraints(spec: Mapping[str, Any], terms: Sequence[NodeTerms]) -> str:
    """Pods with equal constraints share one pass over the nodes."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity")
    return json.dumps([spec.get("nodeSelector"), affinity, spec.get("tolerations"), terms], sort_keys=True)


def _eligible(
    spec: Mapping[str, Any], terms: Sequence[NodeTerms], nodes: Sequence[NodeState]
) -> tuple[frozenset[str], Counter[str]]:
    objections = {node.name: objection(spec, terms, node) for node in nodes}
    eligible = frozenset(name for name, reason in objections.items() if not reason)
    return eligible, Counter(reason for reason in objections.values() if reason)


def _place(reader: Reader, nodes: Sequence[NodeState], demands: Sequence[Demand], *, needs_room: bool) -> int:
    """Place the demands and return how many nodes were read."""
    unread = sorted(nodes, key=_roomiest_first)
    if not needs_room:
        for each in unread:
            fill(Room(each.name, {}, each.pod_slots), demands)
        return 0
    examined, idle = 0, 0
    while (node := _next(unread, demands)) is not None:
        if examined >= FEW_NODES and len(unread) > FEW_NODES and (idle >= IDLE_NODES or examined >= MANY_NODES):
            return examined + _place_on_all(reader, unread, demands)
        unread.remove(node)
        idle = 0 if fill(reader.room(node), demands) else idle + 1
        examined += 1
    return examined


def _place_on_all(reader: Reader, unread: Sequence[NodeState], demands: Sequence[Demand]) -> int:
    for room in reader.rooms(unread):
        fill(room, demands)
    return len(unread)


def _next(unread: Sequence[NodeState], demands: Sequence[Demand]) -> NodeState | None:
    """The roomiest unread node that may take a pod which is left."""
    eligible = {demand.nodes for demand in demands if demand.left}
    return next((node for node in unread if any(node.name in names for names in eligible)), None)


def _roomiest_first(node: NodeState) -> tuple[int, int, str]:
    return -node.allocatable.get("cpu", 0), -node.allocatable.get("memory", 0), node.name
