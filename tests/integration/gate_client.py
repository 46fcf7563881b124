# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests past the proxy, as one identity of the cluster. Shares no code with what is tested."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.integration.upstream import ConnectionPool, upstream_of

_APPLY = "application/apply-patch+yaml"
_PATHS = {
    "Namespace": "/api/v1/namespaces",
    "Node": "/api/v1/nodes",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Pod": "/api/v1/namespaces/{}/pods",
    "Service": "/api/v1/namespaces/{}/services",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "StorageClass": "/apis/storage.k8s.io/v1/storageclasses",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "ResourceQuota": "/api/v1/namespaces/{}/resourcequotas",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
}


def path_to(kind: str, name: str, namespace: str = "") -> str:
    """Path of one object."""
    return f"{_PATHS[kind].format(namespace)}/{name}"


class PlainClient:
    """Raw JSON to and from the API server. Thread-safe."""

    def __init__(self, kubeconfig: Path) -> None:
        self._upstream = upstream_of(kubeconfig)
        self._pool = ConnectionPool(self._upstream)

    def ask(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> tuple[int, dict[str, Any]]:
        """One request; the status is the caller's business."""
        headers = {"Content-Type": content_type}
        if self._upstream.token:
            headers["Authorization"] = f"Bearer {self._upstream.token}"
        connection = self._pool.take()
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        self._pool.give_back(connection)
        return answer.status, found

    def get(self, path: str) -> dict[str, Any]:
        return self.done("GET", path)

    def find(self, path: str) -> dict[str, Any] | None:
        """The object, or ``None`` when it does not exist."""
        status, found = self.ask("GET", path)
        assert status in (200, 404), found
        return found if status == 200 else None

    def names(self, path: str) -> list[str]:
        """Names of the objects of a list."""
        return sorted(item["metadata"]["name"] for item in self.get(path)["items"])

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Merge patch."""
        return self.done("PATCH", path, body, "application/merge-patch+json")

    def delete(self, path: str, **options: Any) -> None:
        status, found = self.ask("DELETE", path, {"kind": "DeleteOptions", "apiVersion": "v1", **options})
        assert status in (200, 202, 404), found

    def apply(self, *manifests: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Create or change objects, in this order."""
        return [self._applied(manifest) for manifest in manifests]

    def until(
        self, path: str, satisfied: Callable[[dict[str, Any] | None], bool], seconds: float = 20.0
    ) -> dict[str, Any]:
        """Read until the object is as wanted; ``None`` stands for one that does not exist."""
        end = time.monotonic() + seconds
        while True:
            found = self.find(path)
            if satisfied(found):
                return found or {}
            assert time.monotonic() < end, f"{path} is not as wanted after {seconds:g} s: {json.dumps(found)[:2000]}"
            time.sleep(0.03)

    def close(self) -> None:
        self._pool.close()

    def _applied(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        metadata = manifest["metadata"]
        path = path_to(manifest["kind"], metadata["name"], metadata.get("namespace", ""))
        return self.done("PATCH", f"{path}?fieldManager=tests&force=true", manifest, _APPLY)

    def done(self, method: str, path: str, *rest: Any) -> dict[str, Any]:
        status, found = self.ask(method, path, *rest)
        assert status in (200, 201), f"{method} {path}: {found}"
        return found
