# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a shop has besides pods on nodes of their own: an object for each action on something else, and how it is asked for."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import (
    IMAGE,
    autoscaler,
    claim,
    config_map,
    deployment,
    growing_class,
    is_settled,
    secret,
    service,
    stateful_set,
    volume,
)

NEW_IMAGE = "registry.example.com/web:2"
OLD_PASSWORD, NEW_PASSWORD = (f"canary-{secrets.token_hex(8)}" for _ in range(2))
JOB_TEMPLATE = "db-backup"

# The container of ``web``, once it takes its environment from what there is for it.
WEB = {
    "name": "web",
    "image": IMAGE,
    "envFrom": [{"configMapRef": {"name": "web-settings"}}, {"secretRef": {"name": "web-database"}}],
}
# Kind of the target, and the options besides its namespace. Each is allowed by the checkout's library, and changes something.
CHANGES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "ScaleDeployment": ("Deployment", {"name": "web", "replicas": 3}),
    "ScaleStatefulSet": ("StatefulSet", {"name": "db", "replicas": 2}),
    "RollbackDeployment": ("Deployment", {"name": "web", "to_revision": 1}),
    "UpdateImage": ("Deployment", {"name": "web", "containers": {"web": NEW_IMAGE}}),
    "UpdateResources": ("Deployment", {"name": "web", "containers": {"web": {"requests": {"cpu": "10m"}}}}),
    "UpdateHPA": ("HorizontalPodAutoscaler", {"name": "held", "max_replicas": 8}),
    "ExpandPVC": ("PersistentVolumeClaim", {"name": "data-db-0", "size": "2Gi"}),
    "UpdateConfigMap": (
        "ConfigMap",
        {"name": "web-settings", "data": {"log_level": "debug", "retired": None}, "restart": [{"name": "web"}]},
    ),
    "UpdateSecret": (
        "Secret",
        {"name": "web-database", "string_data": {"password": NEW_PASSWORD}, "restart": [{"name": "web"}]},
    ),
    "RolloutRestart": ("Deployment", {"name": "web"}),
    "DeleteDeployment": ("Deployment", {"name": "old-web"}),
    "DeleteStatefulSet": ("StatefulSet", {"name": "old-db"}),
    "DeleteService": ("Service", {"name": "old-web"}),
    "RunJob": ("Job", {"name": JOB_TEMPLATE, "env": {"TABLE": "orders"}}),
}


@contextmanager
def furnished(admin: PlainClient, namespace: str, **pod: Any) -> Iterator[None]:
    """Everything of ``CHANGES``, where there are Deployments ``web`` and ``held`` already; its pods are as ``pod`` says.

    ``web`` gets a second revision, which takes its environment from ConfigMap and Secret. The volume and its class belong to
    no namespace: they are gone afterwards.
    """
    own = f"gate-{secrets.token_hex(4)}"
    admin.apply(
        growing_class(own),
        volume(own, own, namespace, "data-db-0"),
        claim(namespace, "data-db-0", own),
        autoscaler(namespace, "held", maximum=6),
        config_map(namespace, "web-settings", log_level="info", retired="yes"),
        secret(namespace, "web-database", password=OLD_PASSWORD),
        service(namespace, "old-web", app="nobody"),
        deployment(namespace, "old-web", **pod),
        stateful_set(namespace, "old-db", **pod),
        stateful_set(namespace, "db", **pod),
    )
    try:
        admin.patch(path_to("Deployment", "web", namespace), {"spec": {"template": {"spec": {"containers": [WEB]}}}})
        _await_furniture(admin, namespace)
        yield
    finally:
        admin.delete(path_to("PersistentVolumeClaim", "data-db-0", namespace))
        admin.delete(path_to("PersistentVolume", own))
        admin.delete(path_to("StorageClass", own))


def _await_furniture(admin: PlainClient, namespace: str) -> None:
    """Until the controllers have no more to write."""
    admin.until(path_to("PersistentVolumeClaim", "data-db-0", namespace), is_bound)
    for name in ("web", "old-web"):
        admin.until(path_to("Deployment", name, namespace), is_settled)
    for name in ("db", "old-db"):
        admin.until(path_to("StatefulSet", name, namespace), is_complete)


def web_pods(admin: PlainClient, namespace: str) -> list[str]:
    """Names of the pods of ``web`` that stay: those of the revision before may take a moment to go."""
    found = admin.get(f"/api/v1/namespaces/{namespace}/pods?labelSelector=app=web")["items"]
    return sorted(pod["metadata"]["name"] for pod in found if "deletionTimestamp" not in pod["metadata"])


def is_bound(found: Mapping[str, Any] | None) -> bool:
    return bool((found or {}).get("status", {}).get("phase") == "Bound")


def is_complete(found: Mapping[str, Any] | None) -> bool:
    """Every member of the StatefulSet is available."""
    status, wanted = (found or {}).get("status", {}), (found or {}).get("spec", {}).get("replicas", 1)
    return [status.get(key) for key in ("replicas", "updatedReplicas", "availableReplicas")] == [wanted] * 3
