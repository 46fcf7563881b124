# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests for the tests of the gate, with the one interesting argument each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.cluster.modules import module_of
from tests.cluster.nodes import POOL_LABEL, worker
from tests.integration.gate_client import PlainClient, path_to

IMAGE = "registry.example.com/web:1"


def deployment(namespace: str, name: str = "web", replicas: int = 1, **pod: Any) -> dict[str, Any]:
    """A Deployment; ``pod`` is added to the spec of its pods."""
    return _workload("Deployment", namespace, name, pod, replicas=replicas)


def stateful_set(namespace: str, name: str = "db", replicas: int = 1, **pod: Any) -> dict[str, Any]:
    return _workload("StatefulSet", namespace, name, pod, replicas=replicas, serviceName=name)


def daemon_set(namespace: str, name: str = "agent", **pod: Any) -> dict[str, Any]:
    return _workload("DaemonSet", namespace, name, pod)


def in_pool(pool: str) -> dict[str, Any]:
    """Part of a pod's spec: only nodes of the pool."""
    return {"nodeSelector": {POOL_LABEL: pool}}


def budget(namespace: str, app: str = "web", **spec: Any) -> dict[str, Any]:
    """A PodDisruptionBudget over the pods of ``app``: give ``minAvailable`` or ``maxUnavailable``."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": app, "namespace": namespace},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }


def autoscaler(namespace: str, name: str = "web", minimum: int = 1, maximum: int = 5) -> dict[str, Any]:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": minimum,
            "maxReplicas": maximum,
        },
    }


def secret(namespace: str, name: str, **values: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": values,
    }


def config_map(namespace: str, name: str, **values: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": values}


def service(namespace: str, name: str, **selector: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": selector, "ports": [{"port": 80}]},
    }


def growing_class(name: str) -> dict[str, Any]:
    """A storage class whose volumes may grow."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": "guardrail.test/none",
        "allowVolumeExpansion": True,
    }


def volume(name: str, class_name: str, namespace: str, claimed_as: str, size: str = "1Gi") -> dict[str, Any]:
    """A volume for one claim."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": size},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": class_name,
            "csi": {"driver": "guardrail.test", "volumeHandle": name},
            "claimRef": {"namespace": namespace, "name": claimed_as},
        },
    }


def claim(namespace: str, name: str, class_name: str, size: str = "1Gi") -> dict[str, Any]:
    """A claim that grows when it is asked to (tests/cluster/stages)."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": namespace, "annotations": {"guardrail.test/grows": "true"}},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": class_name,
            "resources": {"requests": {"storage": size}},
        },
    }


def runner_in(namespace: str) -> dict[str, Any]:
    """What the runner of the tests is given in single namespaces: ConfigMaps, Secrets and Jobs."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "guardrail-runner-in-namespaces", "namespace": namespace},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "guardrail-runner-in-namespaces"},
        "subjects": [{"kind": "ServiceAccount", "name": "runner", "namespace": "guardrail-identities"}],
    }


@contextmanager
def new_namespace(admin: PlainClient, environment: str | None = "development") -> Iterator[str]:
    """A namespace with a random name in which the runner may do everything, deleted afterwards without waiting for it."""
    name = f"gate-{secrets.token_hex(4)}"
    labels = {} if environment is None else {"environment": environment}
    admin.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}},
        # The controller makes this account too, a moment later; without it pods are refused.
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}},
        runner_in(name),
    )
    try:
        yield name
    finally:
        admin.delete(path_to("Namespace", name))


@contextmanager
def new_node(admin: PlainClient, pool: str) -> Iterator[str]:
    """A ready node; gone afterwards."""
    name = f"gate-{secrets.token_hex(4)}"
    admin.done("POST", "/api/v1/nodes", worker(name, module_of("kube-apiserver").version, pool=pool))
    try:
        admin.until(path_to("Node", name), is_ready_node)
        yield name
    finally:
        admin.delete(path_to("Node", name))


def is_ready_node(found: Mapping[str, Any] | None) -> bool:
    conditions = (found or {}).get("status", {}).get("conditions", [])
    taints = (found or {}).get("spec", {}).get("taints", [])
    return any(it["type"] == "Ready" and it["status"] == "True" for it in conditions) and not taints


def is_settled(found: Mapping[str, Any] | None) -> bool:
    """Every replica is there and available, and the controllers have no more to write."""
    spec, status = (found or {}).get("spec", {}), (found or {}).get("status", {})
    done = status.get("observedGeneration") == (found or {}).get("metadata", {}).get("generation")
    wanted = spec.get("replicas", 1)
    counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")]
    reasons = {it["type"]: it.get("reason") for it in status.get("conditions", [])}
    return done and counts == [wanted] * 3 and reasons.get("Progressing") == "NewReplicaSetAvailable"


def settled_deployment(admin: PlainClient, namespace: str, name: str = "web", **spec: Any) -> dict[str, Any]:
    """Create a Deployment and wait until nothing changes it any more."""
    admin.apply(deployment(namespace, name, **spec))
    return admin.until(path_to("Deployment", name, namespace), is_settled)


def _workload(kind: str, namespace: str, name: str, pod: Mapping[str, Any], **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    template: dict[str, Any] = {"containers": [{"name": "web", "image": IMAGE}], **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": template},
            **spec,
        },
    }
