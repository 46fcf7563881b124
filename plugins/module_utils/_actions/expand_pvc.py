# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ExpandPVC: ask for a larger volume. Volumes do not shrink."""

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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import MERGE
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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.quantities import base_units, parse

_PLURAL = "persistentvolumeclaims"
# The volume's driver says that it will never be so large (``status.allocatedResourceStatuses``).
_INFEASIBLE = frozenset({"ControllerResizeInfeasible", "NodeResizeInfeasible"})
_RESIZING = ("Resizing", "ControllerResizeError", "NodeResizeError")


class ExpandPVC(Action):
    name = "ExpandPVC"
    verb = "expand"
    facts = frozenset({"namespace_info", "ownership", "rbac_permissions", "dry_run_result"})
    waits = True
    options: ClassVar = {**NAMESPACED, "size": {"type": "str", "required": True}}

    def target(self, request: Request) -> ObjectRef:
        return ObjectRef(
            kind="PersistentVolumeClaim",
            name=require_subdomain(str(request.parameters["name"]), "name"),
            namespace=require_namespace(str(request.parameters["namespace"])),
        )

    def reads(self, request: Request) -> dict[str, Read]:
        # Which class it is says the claim, which is read at the same time; there are few of them.
        classes = Read("/apis/storage.k8s.io/v1/storageclasses", many=True)
        return {"target": Read(_path(self.target(request))), "classes": classes}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref, size = reads["target"], self.target(request), str(request.parameters["size"])
        wanted, current = _amount(size), str(raw["spec"]["resources"]["requests"]["storage"])
        if parse(current) > wanted:
            raise InvalidRequest(
                "request.volume-shrinks",
                f"{ref.label} asks for {current}, which is more than {size}; a volume does not shrink.",
                "Ask for more, or move the data to a new claim.",
            )
        if (raw.get("status") or {}).get("phase") != "Bound":
            raise InvalidRequest(
                "target.not-bound", f"{ref.label} has no volume yet.", "Wait until a pod uses it, or create it larger."
            )
        class_name = str(raw["spec"].get("storageClassName") or "")
        found: Raw = next((it for it in reads["classes"] if it["metadata"]["name"] == class_name), {})
        return Plan(
            target=ref,
            writes=() if parse(current) == wanted else (_write(ref, raw, size),),
            before={"size": current},
            after={"size": size},
            impact=Impact(
                fields=(("spec", "resources", "requests", "storage"),),
                permissions=(
                    *(Permission(verb, _PLURAL, namespace=ref.namespace, name=ref.name) for verb in ("get", "patch")),
                    Permission("list", "storageclasses", group="storage.k8s.io"),
                ),
            ),
            parameters={
                "pvc_name": ref.name,
                "size": size,
                "size_bytes": base_units(wanted),
                "current_size": current,
                "current_bytes": base_units(parse(current)),
                "storage_class": class_name,
                "expandable": found.get("allowVolumeExpansion") is True,
            },
            undo=Undo(note="A volume does not shrink."),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        wanted = _amount(str(request.parameters["size"]))
        return observed is not None and parse(observed["spec"]["resources"]["requests"]["storage"]) >= wanted

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        """Done when the claim has the capacity, or lacks only the file system, which grows when a pod mounts it."""
        if observed is None:
            return Progress(False, "", failed="the claim was deleted meanwhile")
        status = observed.get("status") or {}
        resizing = str((status.get("allocatedResourceStatuses") or {}).get("storage") or "")
        capacity = str((status.get("capacity") or {}).get("storage") or "0")
        if parse(capacity) >= _amount(str(request.parameters["size"])):
            return Progress(True, f"it has {capacity}")
        if resizing in _INFEASIBLE:
            return Progress(False, f"it has {capacity}", failed=f"the volume cannot become so large ({resizing})")
        pending = _has_condition(status, "FileSystemResizePending") or resizing == "NodeResizePending"
        if pending and not resizing.startswith("Controller"):
            return Progress(True, "the volume is large enough; its file system grows when a pod mounts it")
        begun = resizing or next((it for it in _RESIZING if _has_condition(status, it)), "")
        # Asking for more is all that an API server does; the rest is the work of the volume's driver.
        told = f" ({begun})" if begun else ", and nothing has begun to resize it: does the driver of its class?"
        return Progress(False, f"it has {capacity}{told}")


def _path(ref: ObjectRef) -> str:
    return f"/api/v1/namespaces/{ref.namespace}/{_PLURAL}/{ref.name}"


def _amount(size: str) -> int:
    try:
        amount = parse(size)
    except ValueError:
        amount = 0
    if amount <= 0:
        raise InvalidRequest("request.size-invalid", f"size: {size[:40]!r} is not a size.", "Write 20Gi or 1Ti.")
    return amount


def _write(ref: ObjectRef, raw: Raw, size: str) -> Write:
    body = {
        "metadata": {"resourceVersion": raw["metadata"]["resourceVersion"]},
        "spec": {"resources": {"requests": {"storage": size}}},
    }
    return Write(verb="patch", path=_path(ref), body=body, target=ref, content_type=MERGE)


def _has_condition(status: Raw, kind: str) -> bool:
    return any(it.get("type") == kind and it.get("status") == "True" for it in status.get("conditions") or ())
