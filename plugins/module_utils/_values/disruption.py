# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts about the pods that a plan ends and the room for those that it starts. Sections of the input document too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMES_SHOWN = 5


@dataclass(frozen=True)
class PodGroup:
    """Pods that the plan ends and that look alike to a policy: same controller, storage and guards.

    Attributes:
        controller: ``{kind, name}`` of the workload as people know it (the Deployment, not its ReplicaSet); ``None`` for
            a bare pod.
        storage: Sorted kinds of local storage: ``emptyDir``, ``hostPath``, ``local``.
        guards: Annotations that forbid eviction, as ``key=value``: Karpenter's ``karpenter.sh/do-not-disrupt``,
            cluster-autoscaler's ``cluster-autoscaler.kubernetes.io/safe-to-evict=false``, the descheduler's.
        under_budget: A disruption budget covers them, so that they do not all go at once.
        replicas: Desired replicas of the controller, 0 when unknown.
        ready: Ready pods among ``count``.
        names: Up to ``NAMES_SHOWN`` names.
    """

    namespace: str
    controller: Mapping[str, str] | None
    storage: tuple[str, ...]
    guards: tuple[str, ...]
    under_budget: bool
    replicas: int
    count: int
    ready: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Budget:
    """A PodDisruptionBudget that covers pods of the plan.

    Attributes:
        pods: How many pods of this plan it covers and would have to allow.
        stale: ``observedGeneration`` is behind ``generation``: the API server refuses every eviction.
        rounds: Rounds of evictions needed when each round may take ``disruptions_allowed`` pods and waits for their
            replacements; 0 when it can never finish.
        names: Up to ``NAMES_SHOWN`` names of the covered pods, when it does not allow all of them now; else empty.
    """

    namespace: str
    name: str
    disruptions_allowed: int
    current_healthy: int
    desired_healthy: int
    expected_pods: int
    stale: bool
    pods: int
    rounds: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class SharedPod:
    """A pod that more than one budget covers: the eviction API answers 500 for it, always."""

    namespace: str
    name: str
    budgets: tuple[str, ...]


@dataclass(frozen=True)
class Disruption:
    total: int = 0
    pods: tuple[PodGroup, ...] = ()
    budgets: tuple[Budget, ...] = ()
    shared: tuple[SharedPod, ...] = ()


@dataclass(frozen=True)
class Shortage:
    """Pods that fit on no remaining node. ``why``: ``cpu``, ``memory``, ``pods``, ``node selector``, ``taints``, ..."""

    owner: str
    namespace: str
    count: int
    why: str


@dataclass(frozen=True)
class QuotaUse:
    """One resource of one ResourceQuota. Numbers in base units: cores, bytes, objects."""

    name: str
    resource: str
    hard: float
    used: float
    after: float


@dataclass(frozen=True)
class Capacity:
    """Whether the added or moved pods fit on the nodes that remain.

    Attributes:
        pods: How many pods have to be placed.
        placed: How many of them fit.
        cluster_pods: Sum of the nodes' ``allocatable.pods`` over the remaining nodes.
        nodes_examined: Nodes whose free room was read before the answer was clear. 0 together with placed pods: they
            request nothing and no node is lost, so only selectors and taints were compared.
        shortages: What did not fit.
        quotas: Quotas that the added pods count against.
    """

    pods: int = 0
    placed: int = 0
    cluster_pods: int = 0
    nodes_examined: int = 0
    shortages: tuple[Shortage, ...] = ()
    quotas: tuple[QuotaUse, ...] = ()
