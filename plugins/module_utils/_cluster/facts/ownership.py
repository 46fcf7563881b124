# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else claims the target: autoscalers, GitOps, Helm, an operator, the managers of the fields to be written.

Marks on an object are claims by whoever may edit it. They are used to warn and to refuse, never to permit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import collection_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.targets import controlling_owner
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.safe_text import safe_name
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Autoscaler, Ownership
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

Raw = Mapping[str, Any]

_SCALABLE = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})
_GROUPS = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), "apps"),
    "HorizontalPodAutoscaler": "autoscaling",
}
_KEDA_LABEL = "scaledobject.keda.sh/name"
_ARGOCD = "argocd.argoproj.io/"
_TRACKING_ID = "argocd.argoproj.io/tracking-id"
_ARGOCD_INSTANCE = "argocd.argoproj.io/instance"
_INSTANCE = "app.kubernetes.io/instance"
_FLUX = ("kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io")


def read_ownership(api: Api, target: ObjectRef, raw: Raw, fields: Iterable[tuple[str, ...]]) -> Ownership:
    """Find the owners of a target; one call (HorizontalPodAutoscalers) for a kind that can be scaled, none for others.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
        LookupError, TypeError, ValueError, AttributeError: Not the form of a Kubernetes object.
    """
    autoscaler = None
    if target.kind in _SCALABLE:
        path = collection_path("autoscaling/v2", "horizontalpodautoscalers", target.namespace)
        autoscaler = autoscaler_of(target, api.list(path))
    metadata = raw.get("metadata") or {}
    gitops, gitops_name = gitops_owner(target, metadata)
    owner = controlling_owner(metadata)
    return Ownership(
        autoscaler=autoscaler,
        gitops=gitops,
        gitops_name=gitops_name,
        helm_release=helm_release(metadata),
        controller=f"{owner['kind']}/{owner['name']}" if owner else "",
        field_managers={".".join(path): field_managers(metadata, path) for path in sorted(fields)},
    )


def autoscaler_of(target: ObjectRef, autoscalers: Iterable[Raw]) -> Autoscaler | None:
    """The autoscaler whose ``scaleTargetRef`` is the target; the first by name where several fight over it."""
    matching = [raw for raw in autoscalers if _scales(raw["spec"]["scaleTargetRef"], target)]
    if not matching:
        return None
    raw = min(matching, key=lambda it: str(it["metadata"]["name"]))
    minimum = raw["spec"].get("minReplicas")
    return Autoscaler(
        name=raw["metadata"]["name"],
        # The API defaults an absent minimum to 1; 0 is a value of its own.
        min_replicas=1 if minimum is None else int(minimum),
        max_replicas=int(raw["spec"]["maxReplicas"]),
        managed_by=_scaled_object(raw["metadata"]),
    )


def gitops_owner(target: ObjectRef, metadata: Raw) -> tuple[str, str]:
    """``("argocd"|"flux", application)``, or two empty strings.

    Argo CD's tracking id has to name the object itself; a copy of another object carries the original's. The label
    ``app.kubernetes.io/instance`` is Helm's too, so it counts only beside another mark of Argo CD.
    """
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    tracking = annotations.get(_TRACKING_ID, "")
    if tracking:
        name, _colon, tracked = tracking.partition(":")
        if tracked == f"{_GROUPS.get(target.kind, '')}/{target.kind}:{target.namespace}/{target.name}":
            return "argocd", safe_name(name)
    if labels.get(_ARGOCD_INSTANCE):
        return "argocd", safe_name(labels[_ARGOCD_INSTANCE])
    if labels.get(_INSTANCE) and _has_argocd_marks(metadata):
        return "argocd", safe_name(labels[_INSTANCE])
    for prefix in _FLUX:
        if labels.get(f"{prefix}/name"):
            return "flux", safe_name(f"{labels.get(f'{prefix}/namespace', '')}/{labels[f'{prefix}/name']}".lstrip("/"))
    return "", ""


def helm_release(metadata: Raw) -> str:
    """``namespace/name`` of the Helm release that installed the object, or empty."""
    annotations = metadata.get("annotations") or {}
    name = annotations.get("meta.helm.sh/release-name", "")
    namespace = annotations.get("meta.helm.sh/release-namespace") or metadata.get("namespace", "")
    return safe_name(f"{namespace}/{name}") if name else ""


def field_managers(metadata: Raw, path: Sequence[str]) -> tuple[str, ...]:
    """Names of the managers that own a field, sorted.

    Args:
        path: Keys from the root; an entry of a list is named by its ``name``, as in
            ``("spec", "template", "spec", "containers", "web", "image")``.
    """
    owners = {
        safe_name(entry["manager"])
        for entry in metadata.get("managedFields") or ()
        if entry.get("manager") and _owns(entry.get("fieldsV1") or {}, path)
    }
    return tuple(sorted(owners))


def _owns(fields: Raw, path: Sequence[str]) -> bool:
    node = fields
    for depth, segment in enumerate(path):
        child = node.get(f"f:{segment}")
        if child is None:
            child = next((value for key, value in node.items() if _names_entry(key, segment)), None)
        if child is None:
            # A leaf above the field: the manager owns the whole of it.
            return depth > 0 and not node
        node = child
    return True


def _names_entry(key: str, segment: str) -> bool:
    if not key.startswith("k:"):
        return False
    identity = json.loads(key[2:])
    return isinstance(identity, dict) and identity.get("name") == segment


def _scales(ref: Raw, target: ObjectRef) -> bool:
    group = (ref.get("apiVersion") or "").rpartition("/")[0]
    return ref["kind"] == target.kind and ref["name"] == target.name and group in ("", "apps", "extensions")


def _scaled_object(metadata: Raw) -> str:
    label = (metadata.get("labels") or {}).get(_KEDA_LABEL)
    if label:
        return safe_name(label)
    owner = controlling_owner(metadata)
    return owner["name"] if owner and owner["kind"] == "ScaledObject" else ""


def _has_argocd_marks(metadata: Raw) -> bool:
    keys = [*(metadata.get("annotations") or {}), *(metadata.get("labels") or {})]
    marked = any(key.startswith(_ARGOCD) and key != _TRACKING_ID for key in keys)
    managers = [entry.get("manager") or "" for entry in metadata.get("managedFields") or ()]
    return marked or any(manager.startswith("argocd") for manager in managers)
