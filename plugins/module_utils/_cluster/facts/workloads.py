# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workloads behind pods as people know them (the Deployment, not its ReplicaSet), and how many pods each wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.pages import reduced_list
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    is_object_name,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.rollout import desired_replicas

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

# Kinds whose replicas can be read. Another controller (a Job, an operator's kind) has an unknown number.
_COLLECTIONS = {
    ("apps", "Deployment"): ("apps/v1", "deployments"),
    ("apps", "StatefulSet"): ("apps/v1", "statefulsets"),
    ("apps", "DaemonSet"): ("apps/v1", "daemonsets"),
    ("apps", "ReplicaSet"): ("apps/v1", "replicasets"),
    ("", "ReplicationController"): ("v1", "replicationcontrollers"),
}

# One call a workload up to here, one list of the namespace above.
_SINGLE_READS = 2
_NOT_FOUND = 404


@dataclass(frozen=True, order=True)
class WorkloadRef:
    """One workload. ``group``: API group, without version."""

    namespace: str
    group: str
    kind: str
    name: str


@dataclass(frozen=True)
class Workload:
    """A workload and its desired replicas, 0 when unknown."""

    ref: WorkloadRef
    replicas: int


def owner_of(metadata: Mapping[str, Any]) -> WorkloadRef | None:
    """The controlling owner of an object, as its owner reference states it."""
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller"):
            group = owner["apiVersion"].rpartition("/")[0]
            return WorkloadRef(metadata.get("namespace", ""), group, owner["kind"], owner["name"])
    return None


def read_workloads(api: Api, owners: Iterable[WorkloadRef]) -> Mapping[WorkloadRef, Workload]:
    """Resolve direct owners of pods to workloads.

    A ReplicaSet that is gone, or that no Deployment owns, stands for itself.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
    """
    direct = frozenset(owners)
    parents = _read_parents(api, {owner for owner in direct if (owner.group, owner.kind) == ("apps", "ReplicaSet")})
    tops = {owner: parents.get(owner) or owner for owner in direct}
    replicas = _read_replicas(api, frozenset(tops.values()))
    return {owner: Workload(top, replicas.get(top, 0)) for owner, top in tops.items()}


def _read_parents(api: Api, replica_sets: Iterable[WorkloadRef]) -> dict[WorkloadRef, WorkloadRef]:
    parents: dict[WorkloadRef, WorkloadRef] = {}
    for group in _by_collection(replica_sets):
        wanted = {ref.name: ref for ref in group}
        version, plural = _COLLECTIONS[("apps", "ReplicaSet")]
        if len(group) <= _SINGLE_READS:
            found = [raw for ref in group if (raw := _get(api, ref)) is not None]
        else:
            found = list(api.list_metadata(collection_path(version, plural, group[0].namespace)))
        for raw in found:
            ref, parent = wanted.get(raw["metadata"]["name"]), owner_of(raw["metadata"])
            if ref is not None and parent is not None:
                parents[ref] = parent
    return parents


def _read_replicas(api: Api, workloads: Iterable[WorkloadRef]) -> dict[WorkloadRef, int]:
    replicas: dict[WorkloadRef, int] = {}
    for group in _by_collection(workloads):
        if len(group) <= _SINGLE_READS:
            single = ((ref, _get(api, ref)) for ref in group)
            replicas.update({ref: desired_replicas(raw, ref.kind) for ref, raw in single if raw is not None})
        else:
            replicas.update(_list_replicas(api, group))
    return replicas


def _list_replicas(api: Api, group: list[WorkloadRef]) -> dict[WorkloadRef, int]:
    wanted = {ref.name: ref for ref in group}
    version, plural = _COLLECTIONS[(group[0].group, group[0].kind)]

    def keep(raw: Mapping[str, Any]) -> tuple[WorkloadRef, int] | None:
        ref = wanted.get(raw["metadata"]["name"])
        return None if ref is None else (ref, desired_replicas(raw, ref.kind))

    return dict(reduced_list(api, collection_path(version, plural, group[0].namespace), keep))


def _by_collection(workloads: Iterable[WorkloadRef]) -> list[list[WorkloadRef]]:
    """Group by namespace and kind, leaving out kinds and names that cannot be read."""
    groups: dict[tuple[str, str, str], list[WorkloadRef]] = {}
    for ref in sorted(set(workloads)):
        if (ref.group, ref.kind) in _COLLECTIONS and is_object_name(ref.name):
            groups.setdefault((ref.namespace, ref.group, ref.kind), []).append(ref)
    return list(groups.values())


def _get(api: Api, ref: WorkloadRef) -> Mapping[str, Any] | None:
    version, plural = _COLLECTIONS[(ref.group, ref.kind)]
    try:
        raw: Mapping[str, Any] = api.get(object_path(version, plural, ref.name, ref.namespace))
    except ApiFailure as failure:
        if failure.status == _NOT_FOUND:
            return None
        raise
    return raw
