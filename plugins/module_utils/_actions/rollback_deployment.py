# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RollbackDeployment: give a Deployment the pod template of an earlier revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    NAMESPACED,
    Progress,
    Raw,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import (
    MERGE,
    WorkloadAction,
    legacy_names,
    rollout_progress,
    surge,
    workload_path,
    workload_permissions,
    workload_ref,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.patches import merge_patch, says
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

REVISION = "deployment.kubernetes.io/revision"
# Revisions that the same template had before, separated by commas.
_EARLIER = "deployment.kubernetes.io/revision-history"
_HASH = "pod-template-hash"
_NONE = 0


class RollbackDeployment(WorkloadAction):
    """Only the pod template is written: annotations, replicas and strategy of the Deployment stay as they are.

    The history are the ReplicaSets that the Deployment owns by its uid; labels may overlap with those of another one.
    Source: kubectl ``pkg/polymorphichelpers/rollback.go``, which compares labels and replaces annotations, too.
    """

    name = "RollbackDeployment"
    verb = "roll back"
    options: ClassVar = {**NAMESPACED, "to_revision": {"type": "int"}}

    def target(self, request: Request) -> ObjectRef:
        return workload_ref(request, "Deployment")

    def reads(self, request: Request) -> dict[str, Read]:
        ref = self.target(request)
        history = Read(f"/apis/apps/v1/namespaces/{ref.namespace}/replicasets", many=True)
        return {"target": Read(workload_path(ref)), "replica_sets": history}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref = reads["target"], self.target(request)
        _refuse_paused(ref, raw)
        history = _history(raw, reads["replica_sets"])
        now = next((it for it in history if _template(it) == _template(raw)), None)
        wanted = _wanted(ref, history, now, request.parameters.get("to_revision"))
        patch = merge_patch(_template(raw), _template(wanted))
        current = _revision(now if now is not None else raw)
        images, to_run = _images(_template(raw)), _images(_template(wanted))
        return Plan(
            target=ref,
            writes=(_patch(ref, raw, patch),) if patch else (),
            before={"replica_set": now["metadata"]["name"] if now is not None else "", "images": images},
            after={"replica_set": wanted["metadata"]["name"], "images": to_run},
            impact=Impact(
                adds=surge(ref, {**raw, "spec": {**raw["spec"], "template": _template(wanted)}}),
                fields=(("spec", "template"),),
                permissions=(*workload_permissions(ref), _listing(ref)),
                images={name: image for name, image in to_run.items() if images.get(name) != image},
            ),
            parameters={**legacy_names(ref), "to_revision": _revision(wanted), "current_revision": current},
            undo=_undo(ref, now, current),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        wanted = [write.body["spec"]["template"] for write in plan.writes]
        return observed is not None and all(says(observed["spec"]["template"], patch) for patch in wanted)

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        return rollout_progress(observed, request.time)


def _refuse_paused(ref: ObjectRef, raw: Raw) -> None:
    if raw["spec"].get("paused"):
        raise InvalidRequest(
            "target.paused",
            f"{ref.label} is paused, so a rollback would not begin.",
            f"Resume it first: kubectl rollout resume deployment/{ref.name} -n {ref.namespace}",
        )


def _history(raw: Raw, replica_sets: Iterable[Raw]) -> list[Raw]:
    """The ReplicaSets that this very Deployment controls and that have a revision, the newest first."""
    owned = [it for it in replica_sets if _is_controlled_by(it, raw["metadata"]["uid"]) and _revision(it) != _NONE]
    return sorted(owned, key=_revision, reverse=True)


def _is_controlled_by(raw: Raw, uid: str) -> bool:
    owners = raw["metadata"].get("ownerReferences") or ()
    return any(owner.get("controller") and owner["uid"] == uid for owner in owners)


def _wanted(ref: ObjectRef, history: list[Raw], now: Raw | None, revision: int | None) -> Raw:
    if revision is None:
        earlier = [it for it in history if it is not now]
        if not earlier:
            raise InvalidRequest(
                "request.no-earlier-revision",
                f"{ref.label} has no earlier revision to go back to.",
                "Its revisionHistoryLimit says how many are kept.",
            )
        return earlier[0]
    found = next((it for it in history if revision == _revision(it) or str(revision) in _earlier_names(it)), None)
    if found is None:
        known = ", ".join(str(_revision(it)) for it in reversed(history))
        raise InvalidRequest(
            "request.revision-unknown",
            f"{ref.label} has no revision {revision}.",
            f"Its revisions are {known}." if known else "It has no history at all.",
        )
    return found


def _revision(raw: Raw) -> int:
    stated = str((raw["metadata"].get("annotations") or {}).get(REVISION) or "")
    return int(stated) if stated.isascii() and stated.isdigit() else _NONE


def _earlier_names(raw: Raw) -> list[str]:
    return str((raw["metadata"].get("annotations") or {}).get(_EARLIER) or "").split(",")


def _template(raw: Raw) -> dict[str, Any]:
    """The pod template without the label by which a ReplicaSet tells its pods, and without nulls."""
    template = raw["spec"]["template"]
    metadata = {key: value for key, value in (template.get("metadata") or {}).items() if value is not None}
    labels = {key: value for key, value in (metadata.pop("labels", None) or {}).items() if key != _HASH}
    return {**template, "metadata": {**metadata, **({"labels": labels} if labels else {})}}


def _images(template: Raw) -> dict[str, str]:
    pod = template["spec"]
    return {it["name"]: str(it.get("image", "")) for it in (*(pod.get("initContainers") or ()), *pod["containers"])}


def _patch(ref: ObjectRef, raw: Raw, patch: Raw) -> Write:
    body = {"metadata": {"resourceVersion": raw["metadata"]["resourceVersion"]}, "spec": {"template": patch}}
    return Write(verb="patch", path=workload_path(ref), body=body, target=ref, content_type=MERGE)


def _listing(ref: ObjectRef) -> Permission:
    return Permission("list", "replicasets", group="apps", namespace=ref.namespace)


def _undo(ref: ObjectRef, now: Raw | None, revision: int) -> Undo:
    if now is None:
        return Undo(note="The template that it had was of no revision yet.")
    return Undo(RollbackDeployment.name, {"name": ref.name, "namespace": ref.namespace, "to_revision": revision})
