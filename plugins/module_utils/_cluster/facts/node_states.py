# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes, reduced to what scheduling and policies need.

A raw node carries the list of all images on it, some 20 KB; a thousand of them would not fit the memory of a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.pages import reduced_list
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import collection_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.quantities import NANO, amounts

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

KURED_REBOOT = "weave.works/kured-reboot-in-progress"
_ROLE_PREFIX = "node-role.kubernetes.io/"
_CONTROL_PLANE_ROLES = frozenset({"control-plane", "master"})


@dataclass(frozen=True)
class NodeState:
    """One node.

    Attributes:
        taints: Raw taints (``key``, ``value``, ``effect``).
        allocatable: Resource name to billionths of its base unit.
        rebooting: kured says that it is rebooting the node.
    """

    name: str
    labels: Mapping[str, str]
    taints: tuple[Mapping[str, str], ...]
    allocatable: Mapping[str, int]
    ready: bool
    unschedulable: bool
    rebooting: bool

    @property
    def available(self) -> bool:
        """Ready and schedulable."""
        return self.ready and not self.unschedulable

    @property
    def control_plane(self) -> bool:
        return not _CONTROL_PLANE_ROLES.isdisjoint(node_roles(self.labels))

    @property
    def pod_slots(self) -> int:
        return self.allocatable.get("pods", 0) // NANO


def read_nodes(api: Api) -> tuple[NodeState, ...]:
    """Read all nodes, sorted by name: one call for 500 of them.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
        LookupError, TypeError, ValueError, AttributeError: A node has an unexpected form.
    """
    states = reduced_list(api, collection_path("v1", "nodes"), node_state)
    return tuple(sorted(states, key=lambda state: state.name))


def node_state(raw: Mapping[str, Any]) -> NodeState:
    """Reduce a raw node."""
    metadata, spec, status = raw["metadata"], raw.get("spec") or {}, raw["status"]
    conditions = status.get("conditions") or ()
    return NodeState(
        name=metadata["name"],
        labels=metadata.get("labels") or {},
        taints=tuple(spec.get("taints") or ()),
        allocatable=amounts(status.get("allocatable")),
        ready=any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions),
        unschedulable=bool(spec.get("unschedulable")),
        rebooting=KURED_REBOOT in (metadata.get("annotations") or {}),
    )


def node_roles(labels: Mapping[str, str]) -> tuple[str, ...]:
    """Roles as ``kubectl get nodes`` shows them: from ``node-role.kubernetes.io/<role>``."""
    roles = {key.removeprefix(_ROLE_PREFIX) for key in labels if key.startswith(_ROLE_PREFIX)}
    return tuple(sorted(roles - {""}))
