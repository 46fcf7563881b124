# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ResourceQuotas of a namespace that gets more pods: what they would say afterwards.

Only resources that the added pods count against are listed. Not considered: defaults that a LimitRange would add, and a
quota's demand that every container states a request.

Source: Kubernetes ``pkg/quota/v1/evaluator/core/pods.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import collection_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.pod_requests import (
    pod_limits,
    pod_requests,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import QuotaUse
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import PodDemand
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.quantities import NANO, base_units, parse

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

_COMPUTE = frozenset({"cpu", "memory", "ephemeral-storage"})


def read_quotas(api: Api, demands: Sequence[PodDemand]) -> tuple[QuotaUse, ...]:
    """Weigh the demands that grow their namespace against its quotas, one call for each such namespace.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
        LookupError, TypeError, ValueError, AttributeError: A quota has an unexpected form, or no status yet.
    """
    growing = [demand for demand in demands if demand.grows and demand.count > 0]
    uses: list[QuotaUse] = []
    for namespace in sorted({demand.namespace for demand in growing}):
        added = [demand for demand in growing if demand.namespace == namespace]
        for raw in api.list(collection_path("v1", "resourcequotas", namespace)):
            uses.extend(quota_uses(raw, added))
    return tuple(uses)


def quota_uses(raw: Mapping[str, Any], demands: Iterable[PodDemand]) -> list[QuotaUse]:
    """What one quota would say with the demanded pods, sorted by resource."""
    hard, used = raw["status"]["hard"], raw["status"]["used"]
    added: dict[str, int] = {}
    for demand in demands:
        if all(_in_scope(scope, demand.spec) for scope in _scopes(raw["spec"])):
            for name, amount in _usage(demand.spec).items():
                added[name] = added.get(name, 0) + amount * demand.count
    return [
        QuotaUse(
            name=f"{raw['metadata']['namespace']}/{raw['metadata']['name']}",
            resource=name,
            hard=base_units(parse(hard[name])),
            used=base_units(parse(used[name])),
            after=base_units(parse(used[name]) + added[name]),
        )
        for name in sorted(hard)
        if added.get(name)
    ]


def _usage(spec: Mapping[str, Any]) -> dict[str, int]:
    """What one pod counts for, under every name that a quota may use for it."""
    usage = {"pods": NANO, "count/pods": NANO}
    for name, amount in pod_requests(spec).items():
        usage[f"requests.{name}"] = amount
        if name in _COMPUTE or name.startswith("hugepages-"):
            usage[name] = amount
    usage.update({f"limits.{name}": amount for name, amount in pod_limits(spec).items() if name in _COMPUTE})
    return usage


def _scopes(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    plain = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or ()]
    return [*plain, *((spec.get("scopeSelector") or {}).get("matchExpressions") or ())]


def _in_scope(scope: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    name = scope["scopeName"]
    if name in ("Terminating", "NotTerminating"):
        deadline = spec.get("activeDeadlineSeconds")
        is_terminating = deadline is not None and int(deadline) >= 0
        return is_terminating is (name == "Terminating")
    if name in ("BestEffort", "NotBestEffort"):
        return _is_best_effort(spec) is (name == "BestEffort")
    if name == "PriorityClass":
        return _priority_in_scope(scope, spec.get("priorityClassName") or "")
    if name == "CrossNamespacePodAffinity":
        return _has_cross_namespace_affinity(spec)
    # A scope for other objects (volumes), or one of a later Kubernetes: pods are not in it today.
    return False


def _priority_in_scope(scope: Mapping[str, Any], priority_class: str) -> bool:
    operator, values = scope["operator"], scope.get("values") or ()
    if operator == "Exists":
        return bool(priority_class)
    if operator == "DoesNotExist":
        return not priority_class
    listed = bool(priority_class) and priority_class in values
    return listed is (operator == "In")


def _is_best_effort(spec: Mapping[str, Any]) -> bool:
    amounts_of = [
        (owner.get("resources") or {}).get(field) or {}
        for owner in (spec, *(spec.get("containers") or ()), *(spec.get("initContainers") or ()))
        for field in ("requests", "limits")
    ]
    return not any(parse(value) > 0 for each in amounts_of for key, value in each.items() if key in ("cpu", "memory"))


def _has_cross_namespace_affinity(spec: Mapping[str, Any]) -> bool:
    for kind in ("podAffinity", "podAntiAffinity"):
        affinity = (spec.get("affinity") or {}).get(kind) or {}
        required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        for term in [*required, *(weighted["podAffinityTerm"] for weighted in preferred)]:
            if term.get("namespaces") or term.get("namespaceSelector") is not None:
                return True
    return False
