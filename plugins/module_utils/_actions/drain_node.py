# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DrainNode: cordon a node and evict its pods, all of them judged before the first write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    CLUSTER_SCOPED,
    Action,
    Raw,
    node_permissions,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.cordon_node import (
    is_cordoned,
    node_read,
    node_ref,
    set_unschedulable,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.pod_removal import (
    Selection,
    eviction,
    pod_label,
    replacements,
    running,
    select,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.kubectl_steps import Drain
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Permission,
    Plan,
    Read,
    Request,
    Undo,
)

_NAMES_IN_MESSAGE = 5
_WHY = {
    "force": "no controller would start them again",
    "delete_emptydir_data": "their emptyDir data would be lost",
    "ignore_daemonsets": "their DaemonSet would start them again on this node",
}


class DrainNode(Action):
    name = "DrainNode"
    verb = "drain"
    facts = frozenset({"cluster_info", "nodes", "disruption", "capacity", "rbac_permissions", "dry_run_result"})
    gathers = True
    leases = True
    options: ClassVar = {
        **CLUSTER_SCOPED,
        "grace_period": {"type": "int"},
        "force": {"type": "bool", "default": False},
        "delete_emptydir_data": {"type": "bool", "default": False},
        "ignore_daemonsets": {"type": "bool", "default": True},
        "pod_selector": {"type": "str", "default": ""},
    }

    def target(self, request: Request) -> ObjectRef:
        return node_ref(request)

    def reads(self, request: Request) -> dict[str, Read]:
        ref = self.target(request)
        query = {"fieldSelector": f"spec.nodeName={ref.name}"}
        if request.parameters.get("pod_selector"):
            query["labelSelector"] = str(request.parameters["pod_selector"])
        return {"target": node_read(ref), "pods": Read("/api/v1/pods", query, many=True)}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref, options = reads["target"], self.target(request), request.parameters
        selection = select(
            reads["pods"],
            force=bool(options.get("force")),
            delete_emptydir_data=bool(options.get("delete_emptydir_data")),
            ignore_daemonsets=bool(options.get("ignore_daemonsets", True)),
        )
        _refuse(ref, selection)
        grace = options.get("grace_period")
        cordon = () if is_cordoned(raw) else (set_unschedulable(ref, raw, True),)
        return Plan(
            target=ref,
            writes=(*cordon, *(eviction(pod, grace) for pod in selection.evict)),
            before={"unschedulable": is_cordoned(raw), "pods": [pod_label(pod) for pod in selection.evict]},
            after={"unschedulable": True, "pods": []},
            impact=Impact(
                removes=running(selection.evict),
                adds=replacements(selection.evict),
                unavailable_nodes=(ref.name,),
                fields=(("spec", "unschedulable"),),
                permissions=(*node_permissions(ref.name), *_POD_PERMISSIONS),
            ),
            parameters=_parameters(request, ref, selection),
            skipped=selection.skipped,
            undo=_undo(ref, was_cordoned=is_cordoned(raw)),
        )

    def drain_in_job(self, request: Request) -> Drain:
        options, grace = request.parameters, request.parameters.get("grace_period")
        return Drain(
            node=self.target(request).name,
            grace_period_s=None if grace is None else int(grace),
            force=bool(options.get("force")),
            delete_emptydir_data=bool(options.get("delete_emptydir_data")),
            ignore_daemonsets=bool(options.get("ignore_daemonsets", True)),
            pod_selector=str(options.get("pod_selector") or ""),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and is_cordoned(observed)


_POD_PERMISSIONS = (Permission("list", "pods"), Permission("create", "pods", subresource="eviction"))


def _undo(ref: ObjectRef, *, was_cordoned: bool) -> Undo:
    moved = "The pods stay where they have gone."
    if was_cordoned:
        return Undo(note=f"The node was cordoned before. {moved}")
    return Undo("UncordonNode", {"name": ref.name}, moved)


def _parameters(request: Request, ref: ObjectRef, selection: Selection) -> dict[str, Any]:
    options = request.parameters
    return {
        "node_name": ref.name,
        "grace_period_seconds": options.get("grace_period"),
        "force": bool(options.get("force")),
        "delete_emptydir_data": bool(options.get("delete_emptydir_data")),
        "ignore_daemonsets": bool(options.get("ignore_daemonsets", True)),
        "pod_selector": str(options.get("pod_selector") or ""),
        "pods": len(selection.evict),
    }


def _refuse(ref: ObjectRef, selection: Selection) -> None:
    """Raise for pods that the options do not cover, all reasons at once."""
    if not selection.refused:
        return
    reasons = []
    for option, names in sorted(selection.refused.items()):
        shown = ", ".join(names[:_NAMES_IN_MESSAGE])
        more = len(names) - _NAMES_IN_MESSAGE
        reasons.append(f"{shown}{f' and {more} more' if more > 0 else ''} ({_WHY[option]}; {option}: true allows it)")
    raise InvalidRequest(
        "request.pods-protected",
        f"{ref.label} cannot be drained as asked: {'; '.join(reasons)}.",
        "Set the named options, or move these pods first.",
    )
