# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DeletePod: end one pod, by eviction unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    NAMESPACED,
    Action,
    Progress,
    Raw,
    require_namespace,
    require_subdomain,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.pod_removal import (
    controller_of,
    eviction,
    is_finished,
    running,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Permission,
    Plan,
    Read,
    Request,
    Undo,
    Write,
)


class DeletePod(Action):
    name = "DeletePod"
    verb = "delete"
    facts = frozenset(
        {"namespace_info", "cluster_info", "ownership", "disruption", "rbac_permissions", "dry_run_result"}
    )
    absent_is_done = True
    waits = True
    options: ClassVar = {
        **NAMESPACED,
        "grace_period": {"type": "int"},
        "force": {"type": "bool", "default": False},
        "disable_eviction": {"type": "bool", "default": False},
    }

    def target(self, request: Request) -> ObjectRef:
        return ObjectRef(
            kind="Pod",
            name=require_subdomain(str(request.parameters["name"]), "name"),
            namespace=require_namespace(str(request.parameters["namespace"])),
        )

    def reads(self, request: Request) -> dict[str, Read]:
        ref = self.target(request)
        return {"target": Read(_path(ref))}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref = reads["target"], self.target(request)
        grace, force = request.parameters.get("grace_period"), bool(request.parameters.get("force"))
        by_deletion = bool(request.parameters.get("disable_eviction"))
        if controller_of(raw) is None and not is_finished(raw) and not force:
            raise InvalidRequest(
                "request.pod-bare",
                f"{ref.label} has no controller, so nothing would start it again.",
                "Set force: true if it may be lost.",
            )
        write = _deletion(ref, raw, grace) if by_deletion else eviction(raw, grace)
        terminating = raw["metadata"].get("deletionTimestamp") is not None
        return Plan(
            target=ref,
            writes=() if terminating else (write,),
            before={"uid": raw["metadata"]["uid"], "present": True},
            after={"uid": raw["metadata"]["uid"], "present": False},
            impact=Impact(removes=running((raw,)), permissions=_permissions(ref, by_deletion)),
            parameters={
                "pod_name": ref.name,
                "mode": "delete" if by_deletion else "evict",
                "grace_period_seconds": grace,
                "force": force,
            },
            undo=Undo(note="A pod that has ended does not come back; its controller starts another."),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return _is_gone(plan, observed) or (observed or {})["metadata"].get("deletionTimestamp") is not None

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        return Progress(_is_gone(plan, observed), "the pod is terminating")


def _is_gone(plan: Plan, observed: Raw | None) -> bool:
    """A pod of the same name with another uid is a successor: a StatefulSet starts one at once."""
    return observed is None or observed["metadata"]["uid"] != plan.before["uid"]


def _path(ref: ObjectRef) -> str:
    return f"/api/v1/namespaces/{ref.namespace}/pods/{ref.name}"


def _deletion(ref: ObjectRef, raw: Mapping[str, Any], grace: int | None) -> Write:
    """A deletion of exactly this pod: a successor of the same name has another uid."""
    options: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": raw["metadata"]["uid"]},
    }
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    return Write(verb="delete", path=_path(ref), body=options, target=ref)


def _permissions(ref: ObjectRef, by_deletion: bool) -> tuple[Permission, ...]:
    read = Permission("get", "pods", namespace=ref.namespace, name=ref.name)
    if by_deletion:
        return (read, Permission("delete", "pods", namespace=ref.namespace, name=ref.name))
    return (read, Permission("create", "pods", subresource="eviction", namespace=ref.namespace, name=ref.name))
