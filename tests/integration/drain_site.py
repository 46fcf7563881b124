# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node with pods to drain, and room for them elsewhere when a test wants it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.integration.faults import request_to
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import budget, new_namespace, new_node

EVICTION = request_to("/eviction$", "POST", dry_run=False)
CORDON = request_to("/nodes/", "PATCH", dry_run=False)


@dataclass(frozen=True)
class Site:
    """A node in a pool of its own and a namespace. What is placed goes to this node as long as there is no spare one.

    Attributes:
        node: The node to drain.
        pool: Its pool; workloads ask for it with ``in_pool``.
    """

    admin: PlainClient
    namespace: str
    pool: str
    node: str
    stack: ExitStack

    def place(self, *manifests: Mapping[str, Any], pods: int) -> None:
        """Create workloads and wait until so many ready pods of this namespace are on the node."""
        self.admin.apply(*manifests)
        self.admin.until(self._on_node, lambda found: len(_ready(found)) >= pods, 30.0)

    def guard(self, allowed: int, app: str = "web", **spec: Any) -> None:
        """Put a PodDisruptionBudget over the pods of ``app``, and wait until it allows so many disruptions."""
        self.admin.apply(budget(self.namespace, app, **spec))
        self.await_allowance(allowed, app)

    def await_allowance(self, allowed: int, name: str = "web") -> None:
        """Wait until the controller has looked at a budget and allows so many disruptions."""

        def settled(found: Mapping[str, Any] | None) -> bool:
            status = (found or {}).get("status", {})
            seen = status.get("observedGeneration") == (found or {}).get("metadata", {}).get("generation")
            return bool(seen and status.get("disruptionsAllowed") == allowed and status.get("expectedPods", 0) > 0)

        self.admin.until(path_to("PodDisruptionBudget", name, self.namespace), settled)

    def spare(self) -> str:
        """Add another node to the pool."""
        return self.stack.enter_context(new_node(self.admin, self.pool))

    def pods(self) -> dict[str, str]:
        """Name -> uid of this namespace's pods on the node, those included that are terminating."""
        found = self.admin.get(self._on_node)["items"]
        return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in found}

    def ready_elsewhere(self) -> list[str]:
        """Names of this namespace's ready pods on other nodes."""
        pods = _ready(self.admin.get(self._in_namespace))
        return sorted(pod["metadata"]["name"] for pod in pods if pod["spec"]["nodeName"] != self.node)

    def await_elsewhere(self, pods: int) -> None:
        """Wait until so many ready pods are on other nodes."""
        self.admin.until(self._in_namespace, lambda found: len(_elsewhere(found, self.node)) >= pods)

    @property
    def is_cordoned(self) -> bool:
        return bool(self.admin.get(self.node_path)["spec"].get("unschedulable"))

    @property
    def node_path(self) -> str:
        return path_to("Node", self.node)

    @property
    def _in_namespace(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"

    @property
    def _on_node(self) -> str:
        return f"{self._in_namespace}?fieldSelector=spec.nodeName={self.node}"


@contextmanager
def new_site(admin: PlainClient) -> Iterator[Site]:
    """Set it up; everything is gone afterwards."""
    with ExitStack() as stack:
        namespace = stack.enter_context(new_namespace(admin))
        pool = f"drain-{secrets.token_hex(4)}"
        yield Site(admin, namespace, pool, stack.enter_context(new_node(admin, pool)), stack)


def _ready(found: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    return [pod for pod in (found or {}).get("items", []) if _is_ready(pod)]


def _elsewhere(found: Mapping[str, Any] | None, node: str) -> list[Mapping[str, Any]]:
    return [pod for pod in _ready(found) if pod["spec"]["nodeName"] != node]


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    return "deletionTimestamp" not in pod["metadata"] and any(
        it["type"] == "Ready" and it["status"] == "True" for it in conditions
    )
