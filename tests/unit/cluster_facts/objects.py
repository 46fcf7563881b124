# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builders of objects as an API server returns them, each with the one thing that a test cares about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Raw = dict[str, Any]


def node(
    name: str,
    *,
    ready: bool = True,
    unschedulable: bool = False,
    labels: Mapping[str, str] | None = None,
    taints: Sequence[Mapping[str, str]] = (),
    annotations: Mapping[str, str] | None = None,
    cpu: str = "4",
    memory: str = "8Gi",
    pods: str = "110",
    **extended: str,
) -> Raw:
    spec: Raw = {"taints": list(taints)} if taints else {}
    if unschedulable:
        spec["unschedulable"] = True
    return {
        "metadata": {
            "name": name,
            "uid": f"uid-{name}",
            "resourceVersion": "7",
            "labels": {"kubernetes.io/hostname": name, **(labels or {})},
            "annotations": dict(annotations or {}),
        },
        "spec": spec,
        "status": {
            "allocatable": {"cpu": cpu, "memory": memory, "pods": pods, **extended},
            "conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}],
            "images": [{"names": ["registry.example.com/a"]}],
        },
    }


def owned_by(kind: str, name: str, api_version: str = "apps/v1") -> list[Raw]:
    return [{"apiVersion": api_version, "kind": kind, "name": name, "uid": f"uid-{name}", "controller": True}]


def pod(
    name: str,
    *,
    namespace: str = "shop",
    labels: Mapping[str, str] | None = None,
    owner: list[Raw] | None = None,
    phase: str = "Running",
    ready: bool = True,
    deleting: bool = False,
    on: str = "n1",
    spec: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Raw:
    metadata: Raw = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{namespace}-{name}",
        "resourceVersion": "5",
        "labels": dict(labels or {}),
        "annotations": dict(annotations or {}),
    }
    if owner:
        metadata["ownerReferences"] = owner
    if deleting:
        metadata["deletionTimestamp"] = "2026-11-21T10:00:00Z"
    return {
        "metadata": metadata,
        "spec": {
            "nodeName": on,
            "containers": [{"name": "app", "image": "registry.example.com/app:1"}],
            **(spec or {}),
        },
        "status": {"phase": phase, "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }


def requests(**amounts: str) -> Raw:
    """A ``PodSpec`` with one container of these requests."""
    return {"containers": [{"name": "app", "resources": {"requests": dict(amounts)}}]}


def budget(
    name: str,
    *,
    namespace: str = "shop",
    selector: Mapping[str, Any] | None = None,
    allowed: int = 1,
    healthy: int = 3,
    desired: int = 2,
    expected: int = 3,
    generation: int = 1,
    observed: int = 1,
    policy: str | None = None,
) -> Raw:
    spec: Raw = {"minAvailable": desired}
    if selector is not None:
        spec["selector"] = dict(selector)
    if policy:
        spec["unhealthyPodEvictionPolicy"] = policy
    return {
        "metadata": {"name": name, "namespace": namespace, "generation": generation},
        "spec": spec,
        "status": {
            "disruptionsAllowed": allowed,
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "expectedPods": expected,
            "observedGeneration": observed,
        },
    }


def deployment(
    name: str = "web",
    *,
    namespace: str = "shop",
    replicas: int | None = 3,
    generation: int = 2,
    status: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    spec: Mapping[str, Any] | None = None,
) -> Raw:
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas or 0)
    template = {"spec": {"containers": [{"name": "app", "image": "registry.example.com/app:1"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{name}",
            "resourceVersion": "11",
            "generation": generation,
            **(metadata or {}),
        },
        "spec": {**({} if replicas is None else {"replicas": replicas}), "template": template, **(spec or {})},
        "status": {"observedGeneration": generation, **counts, **(status or {})},
    }


def replica_set(name: str, deployment_name: str | None, *, namespace: str = "shop", replicas: int = 3) -> Raw:
    metadata: Raw = {"name": name, "namespace": namespace, "uid": f"uid-{name}"}
    if deployment_name:
        metadata["ownerReferences"] = owned_by("Deployment", deployment_name)
    return {"metadata": metadata, "spec": {"replicas": replicas}, "status": {}}


def autoscaler(name: str, *, kind: str = "Deployment", target: str = "web", minimum: int | None = 2) -> Raw:
    ref = {"apiVersion": "apps/v1", "kind": kind, "name": target}
    spec: Raw = {"scaleTargetRef": ref, "maxReplicas": 9}
    if minimum is not None:
        spec["minReplicas"] = minimum
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def quota(name: str, hard: Mapping[str, str], used: Mapping[str, str], **spec: Any) -> Raw:
    return {
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"hard": dict(hard), **spec},
        "status": {"hard": dict(hard), "used": dict(used)},
    }
