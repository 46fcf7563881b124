# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as the API server sends them, with the one interesting argument each."""

from __future__ import annotations

from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request


def request(action: str, **parameters: Any) -> Request:
    return Request(action=action, parameters=parameters, time="2026-11-21T03:12:45Z", id="r1")


def deployment(replicas: int = 3, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u1", "resourceVersion": "41", "generation": 2},
        "spec": {
            "replicas": replicas,
            "template": {
                "metadata": {},
                "spec": {
                    "containers": [
                        {"name": "web", "image": "registry.example.com/web:1"},
                        {"name": "proxy", "image": "registry.example.com/proxy:1"},
                    ],
                    "initContainers": [{"name": "setup", "image": "registry.example.com/setup:1"}],
                },
            },
            **spec,
        },
        "status": {
            "observedGeneration": 2,
            "replicas": replicas,
            "updatedReplicas": replicas,
            "readyReplicas": replicas,
            "availableReplicas": replicas,
        },
    }


def stateful_set(replicas: int = 3, **spec: Any) -> dict[str, Any]:
    raw = deployment(replicas, **spec)
    raw["kind"] = "StatefulSet"
    raw["metadata"] = {**raw["metadata"], "name": "db"}
    return raw


def node(unschedulable: bool | None = None) -> dict[str, Any]:
    spec = {} if unschedulable is None else {"unschedulable": unschedulable}
    return {"kind": "Node", "metadata": {"name": "node-1", "uid": "n1", "resourceVersion": "7"}, "spec": spec}


def pod(
    name: str = "web-1",
    owner: str | None = "ReplicaSet",
    *,
    volumes: tuple[dict[str, Any], ...] = (),
    phase: str = "Running",
    annotations: dict[str, str] | None = None,
    **metadata: Any,
) -> dict[str, Any]:
    owners = [{"kind": owner, "name": f"{owner.lower()}-1", "controller": True}] if owner else []
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{name}",
            "ownerReferences": owners,
            "annotations": annotations or {},
            **metadata,
        },
        "spec": {"nodeName": "node-1", "volumes": list(volumes), "containers": []},
        "status": {"phase": phase},
    }
