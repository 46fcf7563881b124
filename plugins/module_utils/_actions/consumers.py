# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads that use a ConfigMap or Secret, and are restarted when it changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    Progress,
    Raw,
    require_subdomain,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.rollout_restart import RESTARTED_AT, restart
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import (
    PLURALS,
    rollout_progress,
    surge,
    workload_path,
    workload_permissions,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    ObjectRef,
    Permission,
    PodDemand,
    Read,
    Request,
    Write,
)

# What a module offers to name them by.
RESTART: Mapping[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "kind": {"type": "str", "choices": ["Deployment", "StatefulSet", "DaemonSet"], "default": "Deployment"},
        "name": {"type": "str", "required": True},
    },
}
CHANGED_AT = "guardrail.dev/changed-for-restart-at"
"""Annotation of a ConfigMap or Secret that was changed, and whose consumers were to be restarted."""
_FORM = "%Y-%m-%dT%H:%M:%SZ"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FIELDS = {
    "ConfigMap": ("configMap", "name", "configMapRef", "configMapKeyRef"),
    "Secret": ("secret", "secretName", "secretRef", "secretKeyRef"),
}


def consumers(request: Request, namespace: str) -> tuple[ObjectRef, ...]:
    """The workloads that the option ``restart`` names."""
    refs = []
    for entry in request.parameters.get("restart") or ():
        kind = str(entry.get("kind") or "Deployment")
        if kind not in PLURALS:
            raise InvalidRequest("request.kind-invalid", f"restart: {kind[:63]!r} has no rollouts.", "")
        refs.append(ObjectRef(kind, require_subdomain(str(entry["name"]), "restart.name"), namespace))
    return tuple(dict.fromkeys(refs))


def consumer_reads(refs: Sequence[ObjectRef]) -> dict[str, Read]:
    return {str(ref): Read(workload_path(ref)) for ref in refs}


def due(refs: Sequence[ObjectRef], reads: Mapping[str, Any], changed_at: str) -> tuple[ObjectRef, ...]:
    """The workloads whose pods may be older than the object's last change.

    Args:
        changed_at: When it was changed for workloads to take it (``CHANGED_AT``); empty when nobody has said so. A
            restart that was interrupted is found by it: the object is as asked for, and the workload is not restarted.
    """
    return tuple(
        # Both moments are whole seconds. Our own restart has that of the change; who was created in it may be older.
        ref
        for ref in refs
        if _restarted_at(reads[str(ref)]) < changed_at and _created_at(reads[str(ref)]) <= changed_at
    )


def restarts(refs: Sequence[ObjectRef], reads: Mapping[str, Any], time: str) -> tuple[Write, ...]:
    """One write for each workload.

    Raises:
        InvalidRequest: One would not replace its pods.
    """
    return tuple(restart(ref, reads[str(ref)], time) for ref in refs)


def require_users(refs: Sequence[ObjectRef], reads: Mapping[str, Any], used: ObjectRef) -> None:
    """Raise ``InvalidRequest`` where a workload does not use the object."""
    for ref in refs:
        if not uses(reads[str(ref)]["spec"]["template"]["spec"], used):
            raise InvalidRequest(
                "request.not-a-consumer",
                f"restart: {ref.label} does not use {used.label}.",
                "Name workloads whose pods mount it or take their environment from it.",
            )


def changed_at(raw: Raw) -> str:
    """What ``CHANGED_AT`` says, empty where it is no moment: whoever may change the object may write anything there."""
    stated = str((raw["metadata"].get("annotations") or {}).get(CHANGED_AT) or "")
    return stated if _MOMENT.fullmatch(stated) else ""


def _restarted_at(workload: Raw) -> str:
    annotations = workload["spec"]["template"].get("metadata", {}).get("annotations") or {}
    stated = str(annotations.get(RESTARTED_AT) or "")
    # kubectl writes the offset of its own time zone.
    try:
        return datetime.fromisoformat(stated).astimezone(UTC).strftime(_FORM)
    except (ValueError, OverflowError):
        return ""


def _created_at(workload: Raw) -> str:
    return str(workload["metadata"].get("creationTimestamp") or "")


def surges(refs: Sequence[ObjectRef], reads: Mapping[str, Any]) -> tuple[PodDemand, ...]:
    return tuple(demand for ref in refs for demand in surge(ref, reads[str(ref)]))


def consumer_permissions(refs: Sequence[ObjectRef]) -> tuple[Permission, ...]:
    return tuple(permission for ref in refs for permission in workload_permissions(ref))


def rollouts_progress(refs: Sequence[ObjectRef], others: Mapping[str, Any], since: str) -> Progress:
    """Done when all of them are; the first that is not says where it stands."""
    for ref in refs:
        one = rollout_progress(others.get(str(ref)), since)
        if not one.done:
            failed = f"{ref.label}: {one.failed}" if one.failed else ""
            return Progress(False, f"{ref.label}: {one.message}", failed)
    return Progress(True, "")


def uses(pod: Raw, used: ObjectRef) -> bool:
    """Whether a pod mounts the object or takes its environment from it."""
    return any(name == used.name for name in _names(pod, used.kind))


def _names(pod: Raw, kind: str) -> Iterator[Any]:
    volume_field, volume_key, source_field, key_field = _FIELDS[kind]
    for volume in pod.get("volumes") or ():
        yield (volume.get(volume_field) or {}).get(volume_key)
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield (source.get(volume_field) or {}).get("name")
    for container in (*(pod.get("initContainers") or ()), *(pod.get("containers") or ())):
        for source in container.get("envFrom") or ():
            yield (source.get(source_field) or {}).get("name")
        for variable in container.get("env") or ():
            yield ((variable.get("valueFrom") or {}).get(key_field) or {}).get("name")
