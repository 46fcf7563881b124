# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Placing pods on nodes: first fit, the most constrained and largest pods first.

Greedy: it may call a set of pods too large that a perfect packing would fit, never the other way round. Pure; the rooms
are handed in one by one, so that a caller reads no more nodes than it takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import Shortage

NO_NODE, SLOTS, ANTI_AFFINITY = "no schedulable node", "pods", "pod anti-affinity"


@dataclass
class Room:
    """What is free on one node: billionths per resource, pod slots; ``conflicts``: demands that a pod there repels."""

    node: str
    free: dict[str, int]
    slots: int
    conflicts: frozenset[int] = frozenset()


@dataclass
class Demand:
    """Pods still to be placed.

    Attributes:
        number: Identifies the demand (conflicts of a ``Room``).
        requests: Of one pod, billionths, without zeros: the scheduler looks only at what is asked for.
        nodes: Names of the nodes that may take it.
        objections: Why the other nodes may not, with how many.
        alone: Its pods repel each other: one a node.
        blockers: What was missing on nodes that were tried, with how many.
    """

    number: int
    owner: str
    namespace: str
    left: int
    requests: Mapping[str, int]
    nodes: frozenset[str]
    objections: Counter[str]
    alone: bool = False
    blockers: Counter[str] = field(default_factory=Counter)


def by_difficulty(demands: Iterable[Demand]) -> list[Demand]:
    """Few eligible nodes first, then large requests; names break ties, so the order of the input is irrelevant."""
    return sorted(
        demands,
        key=lambda it: (
            len(it.nodes),
            -it.requests.get("cpu", 0),
            -it.requests.get("memory", 0),
            sorted(it.requests.items()),
            it.namespace,
            it.owner,
        ),
    )


def fill(room: Room, demands: Sequence[Demand]) -> int:
    """Place what fits on one node and return how many pods that were. Changes the room and the demands."""
    placed = 0
    for demand in demands:
        if demand.left and room.node in demand.nodes:
            placed += _take(room, demand)
    return placed


def shortages(demands: Iterable[Demand]) -> tuple[Shortage, ...]:
    """What is left over, and what it lacked most often. Sorted by namespace and owner."""
    left = [Shortage(it.owner, it.namespace, it.left, _why(it)) for it in demands if it.left]
    return tuple(sorted(left, key=lambda it: (it.namespace, it.owner, it.why, it.count)))


def _take(room: Room, demand: Demand) -> int:
    limits = {name: room.free.get(name, 0) // amount for name, amount in demand.requests.items()}
    limits[SLOTS] = room.slots
    if demand.number in room.conflicts:
        limits[ANTI_AFFINITY] = 0
    count = max(0, min(demand.left, *limits.values()))
    if demand.alone:
        count = min(count, 1)
    for name, amount in demand.requests.items():
        room.free[name] = room.free.get(name, 0) - count * amount
    room.slots -= count
    demand.left -= count
    if demand.left:
        missing = [name for name, limit in limits.items() if limit <= count]
        demand.blockers.update(missing or [ANTI_AFFINITY])
    return count


def _why(demand: Demand) -> str:
    """The most frequent blocker on nodes that may take the pod; where there are none, the most frequent objection."""
    reasons = demand.blockers or demand.objections
    return min(reasons, key=lambda reason: (-reasons[reason], reason)) if reasons else NO_NODE
