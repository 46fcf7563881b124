# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads of the ``apps`` group: where they are, and a patch that holds only for the object that was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    NAMESPACED,
    Action,
    Progress,
    Raw,
    require_namespace,
    require_subdomain,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    MERGE_PATCH,
    ObjectRef,
    Permission,
    PodDemand,
    Read,
    Request,
    Write,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.rollout import gave_up, rollout_complete

# An argument spec wants plain dicts and lists.
WORKLOAD: Mapping[str, Mapping[str, Any]] = {
    **NAMESPACED,
    "kind": {"type": "str", "choices": ["Deployment", "StatefulSet", "DaemonSet"], "default": "Deployment"},
}
PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
MERGE = MERGE_PATCH


class WorkloadAction(Action):
    """An action on one workload, which is all that it reads, and whose rollout it waits for."""

    facts = frozenset({"namespace_info", "cluster_info", "ownership", "capacity", "rbac_permissions", "dry_run_result"})
    waits = True
    rolls_out = True

    def target(self, request: Request) -> ObjectRef:
        return workload_ref(request)

    def reads(self, request: Request) -> dict[str, Read]:
        return {"target": Read(workload_path(self.target(request)))}


def workload_ref(request: Request, kind: str = "") -> ObjectRef:
    """The workload that the options ``kind``, ``name`` and ``namespace`` name. ``kind`` defaults to Deployment.

    Args:
        kind: Of an action on workloads of one kind, which has no such option.
    """
    return ObjectRef(
        kind=kind or str(request.parameters.get("kind") or "Deployment"),
        name=require_subdomain(str(request.parameters["name"]), "name"),
        namespace=require_namespace(str(request.parameters["namespace"])),
    )


def workload_path(ref: ObjectRef) -> str:
    return f"/apis/apps/v1/namespaces/{ref.namespace}/{PLURALS[ref.kind]}/{ref.name}"


def workload_permissions(ref: ObjectRef, subresource: str = "") -> tuple[Permission, ...]:
    """What reading and patching the workload needs."""
    plural = PLURALS[ref.kind]
    return (
        Permission("get", plural, group="apps", namespace=ref.namespace, name=ref.name),
        Permission("patch", plural, group="apps", subresource=subresource, namespace=ref.namespace, name=ref.name),
    )


def patch_workload(ref: ObjectRef, raw: Raw, body: Mapping[str, Any]) -> Write:
    """A strategic merge patch that the API server refuses with 409 when the object has changed since ``raw``.

    Lists of containers merge by name, so a patch names only what it changes.
    """
    return Write(
        verb="patch",
        path=workload_path(ref),
        body={"metadata": {"resourceVersion": raw["metadata"]["resourceVersion"]}, **body},
        target=ref,
        content_type=STRATEGIC_MERGE,
    )


def legacy_names(ref: ObjectRef) -> dict[str, Any]:
    """Parameters under the names that policies written for the ancestor read."""
    names: dict[str, Any] = {"kind": ref.kind, "name": ref.name}
    if ref.kind == "Deployment":
        names["deployment_name"] = ref.name
    return names


def deletes_volumes(raw: Raw, occasion: str) -> bool:
    """Whether a StatefulSet deletes the volume claims of members that go.

    Args:
        occasion: ``whenScaled`` or ``whenDeleted``.
    """
    policy = raw["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return bool(raw["spec"].get("volumeClaimTemplates")) and policy.get(occasion) == "Delete"


def surge(ref: ObjectRef, raw: Raw) -> tuple[PodDemand, ...]:
    """Pods that a rolling update of a Deployment starts before it stops old ones.

    ``maxSurge`` is a number or a percentage of the replicas, rounded up; the API's default is 25 %.
    """
    spec = raw["spec"]
    if ref.kind != "Deployment" or spec.get("strategy", {}).get("type") == "Recreate":
        return ()
    replicas = int(spec.get("replicas", 1))
    value = (spec.get("strategy", {}).get("rollingUpdate") or {}).get("maxSurge", "25%")
    stated = -(-replicas * int(value.rstrip("%")) // 100) if isinstance(value, str) else int(value)
    count = min(stated, replicas)
    if count <= 0:
        return ()
    return (new_pods(ref, raw, count, surge=True),)


def new_pods(ref: ObjectRef, raw: Raw, count: int, *, surge: bool = False, grows: bool = False) -> PodDemand:
    """``count`` more pods of the workload's template."""
    template = raw["spec"]["template"]
    labels = template.get("metadata", {}).get("labels") or {}
    return PodDemand(template["spec"], count, ref.label, ref.namespace, surge=surge, grows=grows, labels=labels)


def rollout_progress(observed: Raw | None, since: str = "") -> Progress:
    """Judge a rollout: done when every replica runs the new template and is available.

    Args:
        since: When the template was changed, RFC 3339: a Deployment that gives up on the change is not waited for.
    """
    if observed is None:
        return Progress(False, "", failed="the object was deleted meanwhile")
    if is_on_delete(observed):
        return Progress(True, "the update strategy is OnDelete: pods take the change when they are deleted")
    done, message = rollout_complete(observed)
    if gave_up(observed, since):
        return Progress(False, message, failed=f"the rollout made no progress within its own deadline ({message})")
    return Progress(done, message)


def is_on_delete(raw: Raw) -> bool:
    return bool(raw["spec"].get("updateStrategy", {}).get("type") == "OnDelete")
