# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CordonNode and UncordonNode: keep new pods off a node, or let them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    CLUSTER_SCOPED,
    Action,
    Raw,
    node_permissions,
    require_subdomain,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import MERGE
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Plan,
    Read,
    Request,
    Undo,
    Write,
)


class _Schedulability(Action):
    """Sets ``spec.unschedulable`` of a node to ``wanted``."""

    wanted: ClassVar[bool]
    options = CLUSTER_SCOPED
    facts = frozenset({"cluster_info", "nodes", "rbac_permissions", "dry_run_result"})

    def target(self, request: Request) -> ObjectRef:
        return node_ref(request)

    def reads(self, request: Request) -> dict[str, Read]:
        return {"target": node_read(self.target(request))}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref = reads["target"], self.target(request)
        return Plan(
            target=ref,
            writes=() if is_cordoned(raw) == self.wanted else (set_unschedulable(ref, raw, self.wanted),),
            before={"unschedulable": is_cordoned(raw)},
            after={"unschedulable": self.wanted},
            impact=Impact(
                unavailable_nodes=(ref.name,) if self.wanted else (),
                fields=(("spec", "unschedulable"),),
                permissions=node_permissions(ref.name),
            ),
            parameters={"node_name": ref.name},
            undo=Undo(UncordonNode.name if self.wanted else CordonNode.name, {"name": ref.name}),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and is_cordoned(observed) == self.wanted


class CordonNode(_Schedulability):
    name = "CordonNode"
    verb = "cordon"
    wanted = True


class UncordonNode(_Schedulability):
    name = "UncordonNode"
    verb = "uncordon"
    wanted = False


def node_ref(request: Request) -> ObjectRef:
    return ObjectRef("Node", require_subdomain(str(request.parameters["name"]), "name"))


def node_read(ref: ObjectRef) -> Read:
    return Read(f"/api/v1/nodes/{ref.name}")


def is_cordoned(raw: Raw) -> bool:
    return bool(raw["spec"].get("unschedulable"))


def set_unschedulable(ref: ObjectRef, raw: Raw, wanted: bool) -> Write:
    """A patch for exactly the node that was read. ``null`` removes the field, as ``kubectl uncordon`` does."""
    return Write(
        verb="patch",
        path=f"/api/v1/nodes/{ref.name}",
        body={
            "metadata": {"resourceVersion": raw["metadata"]["resourceVersion"]},
            "spec": {"unschedulable": True if wanted else None},
        },
        target=ref,
        content_type=MERGE,
    )
