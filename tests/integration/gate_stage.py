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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import make_request
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
from tests.integration.gate_shop import CHANGES, furnished, web_pods
from tests.integration.recording import RecordedRequest

TAINT = {"key": "example.com/bad-disk", "effect": "NoSchedule"}
# The status and the notes of controllers and kubelets, which change by themselves, and move the version.
_RESTLESS = ("resourceVersion", "managedFields")
_RESTLESS_KINDS = ("Node", "HorizontalPodAutoscaler")


@dataclass(frozen=True)
class Call:
    """The options of one action, and the path of what it would change; of an action that creates, the list of these."""

    options: Mapping[str, Any]
    path: str


@dataclass(frozen=True)
class Stage:
    """A Deployment of two pods on a node of its own, and three more nodes: one with four pods under a budget, one to spare,
    one cordoned. So no pod comes to a node by chance. And the rest of a shop (``gate_shop``)."""

    admin: PlainClient
    namespace: str
    pod: str
    node: str
    cordoned: str

    def call(self, action: str) -> Call:
        """A call of the action."""
        calls = {
            "DeletePod": self._in_namespace("Pod", name=self.pod),
            "QuarantinePod": self._in_namespace("Pod", name=self.pod),
            "CordonNode": self._of_node(self.node),
            "UncordonNode": self._of_node(self.cordoned),
            "TaintNode": self._of_node(self.node, **TAINT),
            "DrainNode": self._of_node(self.node),
            **{action: self._in_namespace(kind, **options) for action, (kind, options) in CHANGES.items()},
        }
        assert calls.keys() == ACTIONS.keys(), "an action without a call here is not tested"
        return calls[action]

    def plans_by(self, action: str, request: RecordedRequest) -> bool:
        """Whether this request is one of those that the action plans by."""
        options = self.call(action).options
        reads = ACTIONS[action].reads(make_request(action, {"kubeconfig": "unused", **options}, False)).values()
        selectors = [read.query.get("fieldSelector", "") for read in reads if read.path == request.path]
        # What is created has a name that no other request finds out.
        created = ACTIONS[action].creates and request.path.startswith(f"{self.call(action).path}/")
        return created or request.query.get("fieldSelector", [""])[0] in selectors

    def _in_namespace(self, kind: str, *, name: str, **options: Any) -> Call:
        path = path_to(kind, name, self.namespace)
        if kind == "Job":  # each run makes one of its own
            path = path.removesuffix(f"/{name}")
        return Call({"name": name, "namespace": self.namespace, **options}, path)

    def _of_node(self, name: str, **options: Any) -> Call:
        return Call({"name": name, **options}, path_to("Node", name))

    def uids(self) -> dict[str, str]:
        """Name to uid of the pods."""
        pods = self.admin.get(f"/api/v1/namespaces/{self.namespace}/pods")["items"]
        return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in pods}

    def version_of(self, path: str) -> str:
        return str(self.admin.get(path)["metadata"]["resourceVersion"])

    def state(self, action: str) -> dict[str, Any]:
        """What the action would change, as it is now: for a drain also the pods of the node."""
        found = self.admin.get(self.call(action).path)
        pods = {}
        if action == "DrainNode":
            pods = self.admin.get(f"/api/v1/pods?fieldSelector=spec.nodeName={self.node}")
        return {"target": _at_rest(found), "pods": [_at_rest(pod) for pod in pods.get("items", [])]}


def _at_rest(found: Mapping[str, Any]) -> dict[str, Any]:
    if "items" in found:
        return {"names": [item["metadata"]["name"] for item in found["items"]]}
    if found.get("kind") in _RESTLESS_KINDS:
        metadata = {key: value for key, value in found["metadata"].items() if key not in _RESTLESS}
        return {"metadata": metadata, "spec": found["spec"]}
    return {"resourceVersion": found["metadata"]["resourceVersion"], "spec": found.get("spec")}


@contextmanager
def new_stage(admin: PlainClient) -> Iterator[Stage]:
    """Set it up; everything is gone afterwards."""
    with ExitStack() as stack:
        namespace = stack.enter_context(new_namespace(admin))
        pool = f"gate-{secrets.token_hex(4)}"
        node = stack.enter_context(new_node(admin, pool))
        stack.enter_context(new_node(admin, f"{pool}-web"))
        admin.apply(budget(namespace, "held", maxUnavailable=2))
        admin.apply(deployment(namespace, "held", replicas=4, **in_pool(pool)))
        settled_deployment(admin, namespace, replicas=2, **in_pool(f"{pool}-web"))
        stack.enter_context(furnished(admin, namespace, **in_pool(f"{pool}-web")))
        admin.until(path_to("Deployment", "held", namespace), is_settled)
        stack.enter_context(new_node(admin, pool))
        cordoned = stack.enter_context(new_node(admin, f"{pool}-cordoned"))
        admin.patch(path_to("Node", cordoned), {"spec": {"unschedulable": True}})
        pod = web_pods(admin, namespace)[0]
        yield Stage(admin, namespace, pod, node, cordoned)
