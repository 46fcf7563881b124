# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A namespace in which the runner may do everything, and what the tests of single actions do with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Call, Fault, Match
from tests.integration.gate_calls import GateCalls, Result
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import deployment, settled_deployment

Object = dict[str, Any]


class ActionSite:
    """One namespace; the options ``name`` and ``namespace`` are added to every task."""

    def __init__(self, admin: PlainClient, namespace: str, gate: GateCalls, proxy: ApiProxy) -> None:
        self.admin, self.namespace, self.gate, self.proxy = admin, namespace, gate, proxy

    def __call__(self, action: str, name: str = "web", **options: Any) -> Result:
        """One task; its waits end after 20 seconds."""
        return self.gate(action, name=name, namespace=self.namespace, **{"wait_timeout": 20, **options})

    def path(self, kind: str, name: str = "web") -> str:
        return path_to(kind, name, self.namespace)

    def read(self, kind: str, name: str = "web") -> Object:
        return self.admin.get(self.path(kind, name))

    def all(self, plural: str, group: str = "", selector: str = "") -> list[Object]:
        """The objects of a collection in the namespace."""
        root = f"/apis/{group}" if group else "/api/v1"
        query = f"?labelSelector={selector}" if selector else ""
        found: list[Object] = self.admin.get(f"{root}/namespaces/{self.namespace}/{plural}{query}")["items"]
        return found

    def meanwhile(self, match: Match, change: Callable[[], object], times: int = 1, skip: int = 0) -> Fault:
        """Let something happen right before a request, such as between the judgement and a write."""
        return self.proxy.fault(match, Call(lambda request: change()), times=times, skip=skip)

    def settled(self, name: str = "web", **spec: Any) -> Object:
        return settled_deployment(self.admin, self.namespace, name, **spec)

    def deployed(self, name: str = "web", **spec: Any) -> None:
        self.admin.apply(deployment(self.namespace, name, **spec))


def images(raw: Mapping[str, Any]) -> list[str]:
    """Of a workload's pod template."""
    return [container["image"] for container in raw["spec"]["template"]["spec"]["containers"]]
