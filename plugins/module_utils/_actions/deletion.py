# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DeleteDeployment, DeleteStatefulSet and DeleteService: delete exactly the object that was judged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    NAMESPACED,
    Action,
    Progress,
    Raw,
    require_namespace,
    require_subdomain,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import (
    PLURALS,
    deletes_volumes,
    legacy_names,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import mask
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

_LONGEST_MANIFEST = 65536
_LISTED = 20
_OF_THE_SERVER = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generation",
        "managedFields",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
_ANNOTATIONS_OF_TOOLS = frozenset(
    {"deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"}
)
_ALLOCATED = frozenset({"clusterIP", "clusterIPs", "healthCheckNodePort"})


class Deletion(Action):
    """Deletes one object of one kind, and waits until that very one is gone; a successor of its name does not count."""

    kind: ClassVar[str]
    verb = "delete"
    facts = frozenset({"namespace_info", "ownership", "rbac_permissions", "dry_run_result"})
    absent_is_done = True
    waits = True
    options: ClassVar = {
        **NAMESPACED,
        "propagation": {"type": "str", "choices": ["Foreground", "Background", "Orphan"], "default": "Foreground"},
    }

    def target(self, request: Request) -> ObjectRef:
        return ObjectRef(
            kind=self.kind,
            name=require_subdomain(str(request.parameters["name"]), "name"),
            namespace=require_namespace(str(request.parameters["namespace"])),
        )

    def reads(self, request: Request) -> dict[str, Read]:
        ref = self.target(request)
        return {"target": Read(_path(ref)), "users": Read(_users_path(ref), many=True)}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref = reads["target"], self.target(request)
        propagation = str(request.parameters.get("propagation") or "Foreground")
        orphans = propagation == "Orphan"
        identity = {"uid": raw["metadata"]["uid"]}
        terminating = raw["metadata"].get("deletionTimestamp") is not None
        users = _users(ref, raw, reads["users"]) if not orphans or ref.kind == "Service" else []
        return Plan(
            target=ref,
            writes=() if terminating else (_deletion(ref, raw, propagation),),
            before={**identity, "present": True},
            after={**identity, "present": False},
            impact=Impact(permissions=_permissions(ref)),
            parameters={
                **_names(ref),
                "propagation": propagation,
                "replicas": _replicas(raw) if ref.kind in PLURALS else 0,
                "used_by": users[:_LISTED],
                "deletes_volumes": not orphans and ref.kind == "StatefulSet" and deletes_volumes(raw, "whenDeleted"),
            },
            undo=_undo(raw),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        """A successor of its name that somebody made meanwhile is not what was asked for: nothing of that name."""
        if observed is None:
            return True
        return not _is_gone(plan, observed) and observed["metadata"].get("deletionTimestamp") is not None

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        if _is_gone(plan, observed):
            return Progress(True, "")
        held = ", ".join((observed or {})["metadata"].get("finalizers") or ())
        return Progress(False, f"it is terminating{f', held by {held}' if held else ''}")


class DeleteDeployment(Deletion):
    name = "DeleteDeployment"
    kind = "Deployment"


class DeleteStatefulSet(Deletion):
    name = "DeleteStatefulSet"
    kind = "StatefulSet"


class DeleteService(Deletion):
    name = "DeleteService"
    kind = "Service"


def _path(ref: ObjectRef) -> str:
    if ref.kind == "Service":
        return f"/api/v1/namespaces/{ref.namespace}/services/{ref.name}"
    return f"/apis/apps/v1/namespaces/{ref.namespace}/{PLURALS[ref.kind]}/{ref.name}"


def _users_path(ref: ObjectRef) -> str:
    """What may lead traffic to the object: Services to pods, Ingresses to Services."""
    if ref.kind == "Service":
        return f"/apis/networking.k8s.io/v1/namespaces/{ref.namespace}/ingresses"
    return f"/api/v1/namespaces/{ref.namespace}/services"


def _users(ref: ObjectRef, raw: Raw, candidates: Iterable[Raw]) -> list[str]:
    if ref.kind == "Service":
        found = [it for it in candidates if ref.name in _backends(it.get("spec") or {})]
        return sorted(f"Ingress {ref.namespace}/{it['metadata']['name']}" for it in found)
    if _replicas(raw) == 0:
        return []
    labels = (raw["spec"]["template"].get("metadata") or {}).get("labels") or {}
    selecting = [it for it in candidates if (chosen := it["spec"].get("selector")) and chosen.items() <= labels.items()]
    return sorted(f"Service {ref.namespace}/{it['metadata']['name']}" for it in selecting)


def _replicas(raw: Raw) -> int:
    return int(raw["spec"].get("replicas", 1))


def _backends(spec: Raw) -> set[str]:
    """Names of the Services that an Ingress leads to."""
    backends = [spec.get("defaultBackend") or {}]
    for rule in spec.get("rules") or ():
        backends += [path["backend"] for path in (rule.get("http") or {}).get("paths") or ()]
    return {str((backend.get("service") or {}).get("name", "")) for backend in backends}


def _deletion(ref: ObjectRef, raw: Raw, propagation: str) -> Write:
    """A deletion of this object in this version: another of the same name, or a later version, has not been judged."""
    metadata = raw["metadata"]
    body = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": propagation,
        "preconditions": {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]},
    }
    return Write(verb="delete", path=_path(ref), body=body, target=ref)


def _permissions(ref: ObjectRef) -> tuple[Permission, ...]:
    if ref.kind == "Service":
        group, resource, users = (
            "",
            "services",
            Permission("list", "ingresses", "networking.k8s.io", namespace=ref.namespace),
        )
    else:
        group, resource, users = "apps", PLURALS[ref.kind], Permission("list", "services", namespace=ref.namespace)
    own = (Permission(verb, resource, group, namespace=ref.namespace, name=ref.name) for verb in ("get", "delete"))
    return (*own, users)


def _names(ref: ObjectRef) -> dict[str, Any]:
    return (
        {"kind": ref.kind, "name": ref.name, "service_name": ref.name} if ref.kind == "Service" else legacy_names(ref)
    )


def _undo(raw: Raw) -> Undo:
    manifest = _manifest(raw)
    if len(json.dumps(manifest)) > _LONGEST_MANIFEST:
        return Undo(note="It has to be created again from where it is kept; its manifest is too long for a record.")
    note = "It has to be created again, by hand: undo.parameters.manifest is what it was, without what looks like a secret."
    return Undo(parameters={"manifest": manifest}, note=note)


def _manifest(raw: Raw) -> Any:
    """The object as somebody could apply it: without what the API server and controllers have set."""
    metadata = {key: value for key, value in raw["metadata"].items() if key not in _OF_THE_SERVER}
    annotations = {
        key: value
        for key, value in (metadata.pop("annotations", None) or {}).items()
        if key not in _ANNOTATIONS_OF_TOOLS
    }
    allocated = _ALLOCATED if raw["spec"].get("clusterIP") not in (None, "None") else frozenset()
    return mask(
        {
            **{key: raw[key] for key in ("apiVersion", "kind") if key in raw},
            "metadata": {**metadata, **({"annotations": annotations} if annotations else {})},
            "spec": {key: value for key, value in raw["spec"].items() if key not in allocated},
        }
    )


def _is_gone(plan: Plan, observed: Raw | None) -> bool:
    return observed is None or observed["metadata"]["uid"] != plan.before["uid"]
