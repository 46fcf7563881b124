# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The object the action is about, reduced to what a policy may look at.

Nothing of a pod's environment, arguments or volumes gets in: a specification may hold secret values in plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import node_roles
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.safe_text import safe_annotations, safe_name
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Replicas, Target
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.rollout import (
    desired_replicas,
    rollout_complete,
)

_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})

# Names of the counters in the status, in the order of ``Replicas`` after ``spec``.
_COUNTERS = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")
_DAEMON_SET_COUNTERS = ("currentNumberScheduled", "numberReady", "numberAvailable", "updatedNumberScheduled")


def target_of(ref: ObjectRef, raw: Mapping[str, Any]) -> Target:
    """Reduce a raw object. An empty one is an object that does not exist yet.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: Not the form of a Kubernetes object.
    """
    if not raw:
        return Target(kind=ref.kind, name=ref.name, namespace=ref.namespace, exists=False)
    metadata, spec, status = raw["metadata"], raw.get("spec") or {}, raw.get("status") or {}
    annotations, omitted = safe_annotations(metadata.get("annotations"))
    is_workload = ref.kind in _WORKLOADS
    return Target(
        kind=ref.kind,
        name=metadata["name"],
        namespace=metadata.get("namespace", ""),
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        generation=int(metadata.get("generation") or 0),
        observed_generation=int(status.get("observedGeneration") or 0),
        labels=dict(metadata.get("labels") or {}),
        annotations=annotations,
        omitted_annotations=omitted,
        replicas=_replicas(ref.kind, raw) if is_workload else None,
        paused=bool(spec.get("paused")),
        rollout_in_progress=is_workload and not rollout_complete(raw, ref.kind)[0],
        images=_images(ref.kind, spec),
        controller=controlling_owner(metadata),
        deletion_timestamp=metadata.get("deletionTimestamp"),
        unschedulable=ref.kind == "Node" and bool(spec.get("unschedulable")),
        ready=ref.kind in ("Node", "Pod") and is_ready(raw),
        roles=node_roles(metadata.get("labels") or {}) if ref.kind == "Node" else (),
    )


def controlling_owner(metadata: Mapping[str, Any]) -> dict[str, str] | None:
    """The owner reference with ``controller: true`` as ``{kind, name}``; ``None`` when nothing controls the object."""
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller"):
            return {"kind": safe_name(owner["kind"]), "name": safe_name(owner["name"])}
    return None


def is_ready(raw: Mapping[str, Any]) -> bool:
    """Whether the condition ``Ready`` of a pod or node is ``True``."""
    conditions = (raw.get("status") or {}).get("conditions") or ()
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def _replicas(kind: str, raw: Mapping[str, Any]) -> Replicas:
    status = raw.get("status") or {}
    counters = _DAEMON_SET_COUNTERS if kind == "DaemonSet" else _COUNTERS
    current, ready, available, updated = (int(status.get(counter) or 0) for counter in counters)
    return Replicas(
        spec=desired_replicas(raw, kind), current=current, ready=ready, available=available, updated=updated
    )


def _images(kind: str, spec: Mapping[str, Any]) -> dict[str, str]:
    pod_spec = spec if kind == "Pod" else spec["template"]["spec"] if kind in _WORKLOADS else {}
    containers = [*(pod_spec.get("initContainers") or ()), *(pod_spec.get("containers") or ())]
    return {container["name"]: container.get("image", "") for container in containers}
