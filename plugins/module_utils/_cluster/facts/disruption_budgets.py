# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the PodDisruptionBudgets say to all pods of a plan together.

A dry-run eviction is checked against the budget but does not use it up, so a hundred of them pass where only one real
one would: the sum is made here, by the eviction API's own rules for which pods need the budget at all.

Source: Kubernetes ``pkg/registry/core/pod/storage/eviction.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import collection_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.pods import shown_names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.selectors import (
    SelectorError,
    label_selector_matches,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.targets import is_ready
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import Budget, SharedPod

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

Raw = Mapping[str, Any]

_NO_BUDGET_NEEDED = frozenset({"Pending", "Succeeded", "Failed"})


def read_budgets(api: Api, pods: Sequence[Raw]) -> tuple[Raw, ...]:
    """Read the budgets of the namespaces whose pods need one, one call each.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
    """
    namespaces = sorted({pod["metadata"]["namespace"] for pod in pods if needs_budget(pod)})
    path = "poddisruptionbudgets"
    return tuple(raw for name in namespaces for raw in api.list(collection_path("policy/v1", path, name)))


def weigh(pods: Sequence[Raw], budgets: Sequence[Raw]) -> tuple[tuple[Budget, ...], tuple[SharedPod, ...]]:
    """Sum up the plan's pods per budget, and find pods under several.

    Returns:
        Budgets that have to allow at least one pod, and pods that no eviction will ever end. A pod of the second kind
        counts for each of its budgets. Both sorted.
    """
    claims: dict[int, list[Raw]] = {}
    shared: list[SharedPod] = []
    for pod in pods:
        covering = [number for number, budget in enumerate(budgets) if needs_budget(pod) and covers(budget, pod)]
        if len(covering) > 1:
            names = tuple(sorted(budgets[number]["metadata"]["name"] for number in covering))
            shared.append(SharedPod(pod["metadata"]["namespace"], pod["metadata"]["name"], names))
        for number in covering:
            if len(covering) > 1 or not passes_freely(budgets[number], pod):
                claims.setdefault(number, []).append(pod)
    found = [_budget(budgets[number], members) for number, members in claims.items()]
    return (
        tuple(sorted(found, key=lambda it: (it.namespace, it.name))),
        tuple(sorted(shared, key=lambda it: (it.namespace, it.name))),
    )


def needs_budget(pod: Raw) -> bool:
    """Whether the eviction API looks at budgets: not for pods that are pending, finished or already terminating."""
    terminating = pod["metadata"].get("deletionTimestamp") is not None
    return not terminating and pod.get("status", {}).get("phase") not in _NO_BUDGET_NEEDED


def covers(budget: Raw, pod: Raw) -> bool:
    """Whether the budget selects the pod. An empty selector selects every pod of the namespace, an absent one none."""
    if budget["metadata"]["namespace"] != pod["metadata"]["namespace"]:
        return False
    try:
        return label_selector_matches(budget["spec"].get("selector"), pod["metadata"].get("labels") or {})
    except SelectorError:
        return False


def any_covers(budgets: Iterable[Raw], pod: Raw) -> bool:
    """Whether some budget selects the pod."""
    return any(covers(budget, pod) for budget in budgets)


def passes_freely(budget: Raw, pod: Raw) -> bool:
    """Whether the pod uses nothing of the budget: an unready one, if the policy or the healthy rest permits it."""
    if is_ready(pod):
        return False
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget["status"]
    return bool(status["currentHealthy"] >= status["desiredHealthy"] > 0)


def rounds_needed(pods: int, allowed: int) -> int:
    """Rounds of at most ``allowed`` evictions for ``pods`` pods; 0 when there will never be a first one."""
    return -(-pods // allowed) if allowed > 0 else 0


def _budget(raw: Raw, pods: Iterable[Raw]) -> Budget:
    metadata, status, members = raw["metadata"], raw["status"], list(pods)
    allowed = int(status["disruptionsAllowed"])
    stale = int(status.get("observedGeneration") or 0) < int(metadata["generation"])
    return Budget(
        namespace=metadata["namespace"],
        name=metadata["name"],
        disruptions_allowed=allowed,
        current_healthy=int(status["currentHealthy"]),
        desired_healthy=int(status["desiredHealthy"]),
        expected_pods=int(status["expectedPods"]),
        stale=stale,
        pods=len(members),
        rounds=rounds_needed(len(members), allowed),
        names=shown_names(members) if stale or len(members) > allowed else (),
    )
