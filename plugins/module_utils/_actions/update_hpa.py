# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UpdateHPA: the bounds and the CPU target of a HorizontalPodAutoscaler."""

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

_PLURAL = "horizontalpodautoscalers"
_OPTIONS = ("min_replicas", "max_replicas", "target_cpu_utilization")


class UpdateHPA(Action):
    """Metrics other than the utilisation of the CPU stay as they are."""

    name = "UpdateHPA"
    verb = "update"
    facts = frozenset({"namespace_info", "ownership", "rbac_permissions", "dry_run_result"})
    waits = True
    options: ClassVar = {**NAMESPACED, **{option: {"type": "int"} for option in _OPTIONS}}

    def target(self, request: Request) -> ObjectRef:
        return ObjectRef(
            kind="HorizontalPodAutoscaler",
            name=require_subdomain(str(request.parameters["name"]), "name"),
            namespace=require_namespace(str(request.parameters["namespace"])),
        )

    def reads(self, request: Request) -> dict[str, Read]:
        return {"target": Read(_path(self.target(request)))}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref = reads["target"], self.target(request)
        current, wanted = _current(raw), _wanted(request)
        after = {**current, **wanted}
        _refuse(ref, current, after)
        changes = {option: value for option, value in wanted.items() if current[option] != value}
        before = {option: current[option] for option in wanted}
        scaled = raw["spec"]["scaleTargetRef"]
        return Plan(
            target=ref,
            writes=(_patch(ref, raw, changes),) if changes else (),
            before=before,
            after=wanted,
            impact=Impact(
                fields=tuple(("spec", _FIELDS[option]) for option in changes),
                permissions=tuple(
                    Permission(verb, _PLURAL, group="autoscaling", namespace=ref.namespace, name=ref.name)
                    for verb in ("get", "patch")
                ),
            ),
            parameters={
                "hpa_name": ref.name,
                "scales_kind": str(scaled["kind"]),
                "scales_name": str(scaled["name"]),
                **after,
                **{f"current_{option}": value for option, value in current.items()},
            },
            undo=Undo(self.name, {"name": ref.name, "namespace": ref.namespace, **before}),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and _wanted(request).items() <= _current(observed).items()

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        """Done when the autoscaler wants a number of replicas within its bounds, or scales nothing at all.

        Without metrics it wants nothing, and says 0 or a number of earlier, but keeps what there is within its bounds.
        """
        if observed is None:
            return Progress(False, "", failed="the autoscaler was deleted meanwhile")
        if not self.holds(request, plan, observed):
            return Progress(False, "", failed="something else changed the autoscaler meanwhile")
        status, bounds = observed.get("status") or {}, _current(observed)
        current = int(status.get("currentReplicas") or 0)
        replicas = current if _is_blind(status) else int(status.get("desiredReplicas") or 0)
        if replicas == 0 and current == 0:
            return Progress(True, "it scales nothing now: its target has 0 replicas or is not there")
        within = bounds["min_replicas"] <= replicas <= bounds["max_replicas"]
        standing = (
            f"it has {replicas} replicas and no metrics" if _is_blind(status) else f"it wants {replicas} replicas"
        )
        return Progress(within, f"{standing}, {bounds['min_replicas']} to {bounds['max_replicas']} allowed")


_FIELDS = {"min_replicas": "minReplicas", "max_replicas": "maxReplicas", "target_cpu_utilization": "metrics"}


def _path(ref: ObjectRef) -> str:
    return f"/apis/autoscaling/v2/namespaces/{ref.namespace}/{_PLURAL}/{ref.name}"


def _wanted(request: Request) -> dict[str, int]:
    wanted = {option: int(value) for option in _OPTIONS if (value := request.parameters.get(option)) is not None}
    if not wanted:
        raise InvalidRequest(
            "request.nothing-named", "Neither bounds nor a target are named.", f"Set one of {', '.join(_OPTIONS)}."
        )
    return wanted


def _current(raw: Raw) -> dict[str, int]:
    """The API defaults an absent minimum to 1. A target that is not there is 0, which nobody can ask for."""
    spec = raw["spec"]
    minimum = spec.get("minReplicas")
    return {
        "min_replicas": 1 if minimum is None else int(minimum),
        "max_replicas": int(spec["maxReplicas"]),
        "target_cpu_utilization": next((_target(it) for it in spec.get("metrics") or () if _is_cpu(it)), 0),
    }


def _is_cpu(metric: Raw) -> bool:
    resource = metric.get("resource") or {}
    is_share = (resource.get("target") or {}).get("type") == "Utilization"
    return metric.get("type") == "Resource" and resource.get("name") == "cpu" and is_share


def _is_blind(status: Raw) -> bool:
    """Whether it can read no metrics."""
    conditions = status.get("conditions") or ()
    return any(it.get("type") == "ScalingActive" and it.get("status") == "False" for it in conditions)


def _target(metric: Raw) -> int:
    return int(metric["resource"]["target"].get("averageUtilization") or 0)


def _refuse(ref: ObjectRef, current: Mapping[str, int], after: Mapping[str, int]) -> None:
    least, most, target = (after[option] for option in _OPTIONS)
    if least < 0 or most < 1 or least > most:
        raise InvalidRequest(
            "request.bounds-invalid",
            f"{ref.label} would scale from {least} to {most} replicas.",
            "The minimum is 0 or more and at most the maximum, the maximum is 1 or more.",
        )
    if target != current["target_cpu_utilization"] and (target < 1 or not current["target_cpu_utilization"]):
        raise InvalidRequest(
            "request.target-invalid",
            f"{ref.label}: target_cpu_utilization cannot be set to {target}"
            f"{'' if current['target_cpu_utilization'] else ', since it does not scale by the utilisation of the CPU'}.",
            "Give 1 or more, for an autoscaler that has such a target.",
        )


def _patch(ref: ObjectRef, raw: Raw, changes: Mapping[str, int]) -> Write:
    spec: dict[str, Any] = {
        _FIELDS[option]: value for option, value in changes.items() if option != "target_cpu_utilization"
    }
    if "target_cpu_utilization" in changes:
        # A merge patch replaces the list, so all of it is written.
        share = changes["target_cpu_utilization"]
        spec["metrics"] = [_with_target(it, share) if _is_cpu(it) else it for it in raw["spec"]["metrics"]]
    body = {"metadata": {"resourceVersion": raw["metadata"]["resourceVersion"]}, "spec": spec}
    return Write(verb="patch", path=_path(ref), body=body, target=ref, content_type=MERGE)


def _with_target(metric: Raw, share: int) -> dict[str, Any]:
    resource = metric["resource"]
    return {**metric, "resource": {**resource, "target": {**resource["target"], "averageUtilization": share}}}
