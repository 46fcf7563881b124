# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""QuarantinePod: take a pod out of its Services and off the network, and leave it where it is, for whoever has to look.

A pod without labels is selected by nobody: Services send it no traffic, its controller lets go of it and starts another,
and NetworkPolicies that allowed something to its labels no longer do. The one label that it gets is what a policy that
allows nothing selects. NetworkPolicies add up, so one that selects every pod of the namespace still allows what it allows;
policies are told.
"""

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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.pod_removal import (
    MIRROR,
    REPLACING,
    controller_of,
    is_finished,
    replacements,
    running,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import MERGE
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.patches import merge_patch
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Permission,
    Plan,
    PodDemand,
    Read,
    Request,
    Undo,
    Write,
)

MARK = "guardrail.dev/quarantined"
LABELS_BEFORE = "guardrail.dev/labels-before-quarantine"
POLICY = "guardrail-quarantine"
_GROUP_VERSION = "networking.k8s.io/v1"
_WANTED = {"podSelector": {"matchLabels": {MARK: "true"}}, "policyTypes": ["Ingress", "Egress"]}
_LISTED = 20


class QuarantinePod(Action):
    name = "QuarantinePod"
    verb = "quarantine"
    facts = frozenset(
        {"namespace_info", "cluster_info", "ownership", "disruption", "capacity", "rbac_permissions", "dry_run_result"}
    )
    waits = True
    options: ClassVar = {
        **NAMESPACED,
        "state": {"type": "str", "choices": ["quarantined", "released"], "default": "quarantined"},
    }

    def target(self, request: Request) -> ObjectRef:
        return ObjectRef(
            kind="Pod",
            name=require_subdomain(str(request.parameters["name"]), "name"),
            namespace=require_namespace(str(request.parameters["namespace"])),
        )

    def reads(self, request: Request) -> dict[str, Read]:
        ref = self.target(request)
        return {"target": Read(_path(ref)), "policies": Read(_policies_path(ref), many=True)}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref, released = reads["target"], self.target(request), _is_released(request)
        _refuse(ref, raw)
        labels = _labels(raw)
        wanted = _labels_before(ref, raw) if released else {MARK: "true"}
        settled = MARK not in labels if released else labels == wanted
        leaving = () if released or settled else running((raw,))
        policy = () if released else _policy_writes(ref, reads["policies"])
        return Plan(
            target=ref,
            writes=(*policy, *(() if settled else (_patch(ref, raw, labels, wanted),))),
            before={"labels": labels},
            after={"labels": labels if settled else wanted},
            impact=Impact(
                removes=leaving,
                adds=tuple(_additional(demand) for demand in replacements(leaving)),
                fields=(("metadata", "labels"),),
                permissions=_permissions(ref, policy),
            ),
            parameters={
                "pod_name": ref.name,
                "state": "released" if released else "quarantined",
                "controller_kind": str((controller_of(raw) or {}).get("kind", "")),
                "still_allowed_by": [] if released else _still_allowing(reads["policies"])[:_LISTED],
            },
            undo=_undo(ref, released),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and _labels(observed) == plan.after["labels"]

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        if observed is None:
            return Progress(False, "", failed="the pod was deleted meanwhile")
        controller = controller_of(observed)
        if _is_released(request) or controller is None:
            return Progress(True, "")
        if controller["kind"] not in (*REPLACING, "DaemonSet"):
            return Progress(True, f"{controller['kind']} {controller['name']} does not go by labels")
        return Progress(False, f"{controller['kind']} {controller['name']} has not let go of it yet")


def _is_released(request: Request) -> bool:
    return request.parameters.get("state") == "released"


def _path(ref: ObjectRef) -> str:
    return f"/api/v1/namespaces/{ref.namespace}/pods/{ref.name}"


def _policies_path(ref: ObjectRef) -> str:
    return f"/apis/{_GROUP_VERSION}/namespaces/{ref.namespace}/networkpolicies"


def _refuse(ref: ObjectRef, raw: Raw) -> None:
    if MIRROR in (raw["metadata"].get("annotations") or {}):
        raise InvalidRequest(
            "target.mirror-pod", f"{ref.label} is a mirror pod: only the kubelet's files can change it.", ""
        )
    if is_finished(raw) or raw["metadata"].get("deletionTimestamp"):
        raise InvalidRequest(
            "target.pod-ended", f"{ref.label} has ended or is terminating.", "Look at its logs instead."
        )
    if raw["spec"].get("hostNetwork"):
        raise InvalidRequest(
            "target.host-network",
            f"{ref.label} uses the network of its node, which no NetworkPolicy closes.",
            "Cordon or taint the node, or delete the pod.",
        )


def _labels(raw: Raw) -> dict[str, str]:
    return dict(raw["metadata"].get("labels") or {})


def _labels_before(ref: ObjectRef, raw: Raw) -> dict[str, str]:
    """What the pod was labelled before. Written by us, but whoever may change the pod may change it, too."""
    try:
        stated = json.loads((raw["metadata"].get("annotations") or {}).get(LABELS_BEFORE) or "{}")
        if isinstance(stated, dict) and all(isinstance(value, str) for value in stated.values()):
            return stated
    except ValueError:
        pass
    raise InvalidRequest(
        "target.labels-unknown",
        f"{ref.label} does not say any more how it was labelled before.",
        f"Label it by hand, and take {MARK} off.",
    )


def _patch(ref: ObjectRef, raw: Raw, labels: Mapping[str, str], wanted: Mapping[str, str]) -> Write:
    marked = MARK in labels
    kept = None if marked else json.dumps(labels, sort_keys=True, separators=(",", ":"))
    metadata = {
        "resourceVersion": raw["metadata"]["resourceVersion"],
        "labels": merge_patch(labels, wanted),
        # Of a pod that is quarantined already, and was labelled anew since, the first labels are the true ones.
        **({} if marked and MARK in wanted else {"annotations": {LABELS_BEFORE: kept}}),
    }
    return Write(verb="patch", path=_path(ref), body={"metadata": metadata}, target=ref, content_type=MERGE)


def _policy_writes(ref: ObjectRef, policies: Iterable[Raw]) -> tuple[Write, ...]:
    """The policy that allows nothing, made where it is missing and put right where somebody has changed it."""
    target = ObjectRef("NetworkPolicy", POLICY, ref.namespace)
    there = next((it for it in policies if it["metadata"]["name"] == POLICY), None)
    if there is None:
        body = {
            "apiVersion": _GROUP_VERSION,
            "kind": "NetworkPolicy",
            "metadata": {"name": POLICY, "namespace": ref.namespace},
            "spec": _WANTED,
        }
        return (Write(verb="create", path=_policies_path(ref), body=body, target=target),)
    patch = merge_patch(there.get("spec") or {}, _WANTED)
    if not patch:
        return ()
    body = {"metadata": {"resourceVersion": there["metadata"]["resourceVersion"]}, "spec": patch}
    return (Write("patch", f"{_policies_path(ref)}/{POLICY}", body, target, MERGE),)


def _still_allowing(policies: Iterable[Raw]) -> list[str]:
    """Policies that allow something to pods without any label but ours."""
    return sorted(
        it["metadata"]["name"]
        for it in policies
        if it["metadata"]["name"] != POLICY and _may_select(it["spec"].get("podSelector") or {}) and _allows(it["spec"])
    )


def _may_select(selector: Raw) -> bool:
    """Whether a pod that has only our mark can be selected. In doubt it can."""
    if any(key != MARK or value != "true" for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    expressions = selector.get("matchExpressions") or ()
    return not any(it["operator"] in ("In", "Exists") and it["key"] != MARK for it in expressions)


def _allows(spec: Raw) -> bool:
    return bool(spec.get("ingress") or spec.get("egress"))


def _additional(demand: PodDemand) -> PodDemand:
    """The pod stays, so its replacement is one more in the namespace."""
    return PodDemand(demand.spec, demand.count, demand.owner, demand.namespace, grows=True, labels=demand.labels)


def _permissions(ref: ObjectRef, policy: tuple[Write, ...]) -> tuple[Permission, ...]:
    policies = (
        Permission(verb, "networkpolicies", "networking.k8s.io", namespace=ref.namespace)
        for verb in ("list", *(write.verb for write in policy))
    )
    pods = (Permission(verb, "pods", namespace=ref.namespace, name=ref.name) for verb in ("get", "patch"))
    return (*pods, *policies)


def _undo(ref: ObjectRef, released: bool) -> Undo:
    note = "" if released else "The controller may have started another pod meanwhile, and ends one of the two."
    state = "quarantined" if released else "released"
    return Undo(QuarantinePod.name, {"name": ref.name, "namespace": ref.namespace, "state": state}, note)
