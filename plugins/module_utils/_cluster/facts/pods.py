# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pods that a plan ends, in groups that look alike to a policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.targets import is_ready
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.volumes import (
    Claim,
    Volume,
    claims_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.workloads import (
    Workload,
    WorkloadRef,
    owner_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.safe_text import safe_name
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import NAMES_SHOWN, PodGroup

# Annotations that forbid eviction, with the value that does; ``None``: any value.
_GUARDS = {
    "karpenter.sh/do-not-disrupt": "true",
    "karpenter.sh/do-not-evict": "true",
    "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
    "descheduler.alpha.kubernetes.io/prefer-no-eviction": None,
}


def pod_groups(
    pods: Sequence[Mapping[str, Any]],
    workloads: Mapping[WorkloadRef, Workload],
    volumes: Mapping[Claim, Volume],
    under_budget: Callable[[Mapping[str, Any]], bool],
) -> tuple[PodGroup, ...]:
    """Group pods by namespace, controller, local storage, guards and whether a budget covers them.

    Sorted, so the order of the pods is irrelevant.
    """
    groups: dict[tuple[str, WorkloadRef | None, tuple[str, ...], tuple[str, ...], bool], list[Mapping[str, Any]]] = {}
    for pod in pods:
        metadata = pod["metadata"]
        owner = owner_of(metadata)
        top = workloads[owner].ref if owner else None
        key = (metadata["namespace"], top, _local_storage(pod, volumes), _guards(metadata), under_budget(pod))
        groups.setdefault(key, []).append(pod)
    replicas = {workload.ref: workload.replicas for workload in workloads.values()}
    found = [
        PodGroup(
            namespace=namespace,
            controller={"kind": safe_name(top.kind), "name": safe_name(top.name)} if top else None,
            storage=storage,
            guards=guards,
            under_budget=covered,
            replicas=replicas[top] if top else 0,
            count=len(members),
            ready=sum(is_ready(pod) for pod in members),
            names=shown_names(members),
        )
        for (namespace, top, storage, guards, covered), members in groups.items()
    ]
    return tuple(sorted(found, key=_order))


def shown_names(pods: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The first ``NAMES_SHOWN`` names, sorted."""
    return tuple(sorted(pod["metadata"]["name"] for pod in pods)[:NAMES_SHOWN])


def _local_storage(pod: Mapping[str, Any], volumes: Mapping[Claim, Volume]) -> tuple[str, ...]:
    spec = pod["spec"]
    kinds = {kind for volume in spec.get("volumes") or () for kind in ("emptyDir", "hostPath") if kind in volume}
    bound = (volumes.get(claim) for claim in claims_of(pod["metadata"]["namespace"], spec))
    if any(volume.local for volume in bound if volume):
        kinds.add("local")
    return tuple(sorted(kinds))


def _guards(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    annotations = metadata.get("annotations") or {}
    # The text is ours, not the annotation's: any value may stand in there.
    return tuple(
        f"{key}={forbidding or 'true'}"
        for key, forbidding in sorted(_GUARDS.items())
        if key in annotations and forbidding in (None, annotations[key])
    )


def _order(group: PodGroup) -> tuple[Any, ...]:
    controller = group.controller or {"kind": "", "name": ""}
    return group.namespace, controller["kind"], controller["name"], group.storage, group.guards, group.names
