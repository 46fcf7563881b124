# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Targets for one call of every action: allowed by the checkout's library, and none of them fulfilled yet."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import (
    budget,
    deployment,
    in_pool,
    is_settled,
    new_namespace,
    new_node,
    settled_deployment,
)

NEW_IMAGE = "registry.example.com/web:2"
# The status and the notes of controllers and kubelets, which change by themselves.
_RESTLESS = ("resourceVersion", "managedFields")


@dataclass(frozen=True)
class Call:
    """The options of one action, and the path of what it would change."""

    options: Mapping[str, Any]
    path: str


@dataclass(frozen=True)
class Stage:
    """A Deployment of two pods on a node of its own, and three more nodes: one with four pods under a budget, one to spare,
    one cordoned. So no pod comes to a node by chance."""

    admin: PlainClient
    namespace: str
    pod: str
    node: str
    cordoned: str

    def call(self, action: str) -> Call:
        """A call of the action."""
        web = {"name": "web", "namespace": self.namespace}
        at = path_to("Deployment", "web", self.namespace)
        node = Call({"name": self.node}, path_to("Node", self.node))
        calls = {
            "ScaleDeployment": Call({**web, "replicas": 3}, at),
            "UpdateImage": Call({**web, "containers": {"web": NEW_IMAGE}}, at),
            "RolloutRestart": Call(web, at),
            "DeletePod": Call({**web, "name": self.pod}, path_to("Pod", self.pod, self.namespace)),
            "CordonNode": node,
            "UncordonNode": Call({"name": self.cordoned}, path_to("Node", self.cordoned)),
            "DrainNode": node,
        }
        assert calls.keys() == ACTIONS.keys(), "an action without a call here is not tested"
        return calls[action]

    def uids(self) -> dict[str, str]:
        """Name to uid of the pods."""
        pods = self.admin.get(f"/api/v1/namespaces/{self.namespace}/pods")["items"]
        return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in pods}

    def state(self, action: str) -> dict[str, Any]:
        """What the action would change, as it is now: for a drain also the pods of the node."""
        found = self.admin.get(self.call(action).path)
        pods = {}
        if action == "DrainNode":
            pods = self.admin.get(f"/api/v1/pods?fieldSelector=spec.nodeName={self.node}")
        return {"target": _at_rest(found), "pods": [_at_rest(pod) for pod in pods.get("items", [])]}


def _at_rest(found: Mapping[str, Any]) -> dict[str, Any]:
    if found.get("kind") == "Node":  # its heartbeat moves its resourceVersion
        metadata = {key: value for key, value in found["metadata"].items() if key not in _RESTLESS}
        return {"metadata": metadata, "spec": found["spec"]}
    return {"resourceVersion": found["metadata"]["resourceVersion"], "spec": found["spec"]}


@contextmanager
def new_stage(admin: PlainClient) -> Iterator[Stage]:
    """Set it up; everything is gone afterwards."""
    with ExitStack() as stack:
        namespace = stack.enter_context(new_namespace(admin))
        pool = f"gate-{secrets.token_hex(4)}"
        node = stack.enter_context(new_node(admin, pool))
        admin.apply(budget(namespace, "held", maxUnavailable=2))
        admin.apply(deployment(namespace, "held", replicas=4, **in_pool(pool)))
        stack.enter_context(new_node(admin, f"{pool}-web"))
        settled_deployment(admin, namespace, replicas=2, **in_pool(f"{pool}-web"))
        admin.until(path_to("Deployment", "held", namespace), is_settled)
        stack.enter_context(new_node(admin, pool))
        cordoned = stack.enter_context(new_node(admin, f"{pool}-cordoned"))
        admin.patch(path_to("Node", cordoned), {"spec": {"unschedulable": True}})
        pod = admin.names(f"/api/v1/namespaces/{namespace}/pods?labelSelector=app=web")[0]
        yield Stage(admin, namespace, pod, node, cordoned)
