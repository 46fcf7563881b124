# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The pods that a Job is to end, as they are found: kubectl's word for it is not needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.evicted_pods import Pod, pods_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import PodsOutcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.performing import Performance
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan

Raw = Mapping[str, Any]

# Not what it says at its deadline: why it had to wait until then, it has said before.
_REFUSED = re.compile(
    r'^error when evicting pods/"(?P<name>[^"]+)" -n "(?P<namespace>[^"]+)"(?: \(will retry after [^)]*\))?: '
    r"(?P<why>(?!global timeout).*)$",
    re.MULTILINE,
)
_LONGEST_REASON = 300
TERMINATING = "it is terminating"


def pods_outcome(run: Performance, plan: Plan, log: str) -> PodsOutcome:
    """What became of the pods of the plan.

    Args:
        log: Of the Job: for a pod that is left, the last that was said of it is the reason.

    Raises:
        GateError: They cannot be read.
    """
    left = _left(run, plan)
    said = {(it["namespace"], it["name"]): it["why"] for it in _REFUSED.finditer(log)}
    evicted, pending = [], []
    for pod in pods_of(plan.evictions):
        found = left.get(pod.uid)
        if found is None:
            evicted.append(pod.summary())
        else:
            pending.append({**pod.summary(), "reason": _reason(pod, found, said)})
    return PodsOutcome(evicted=tuple(evicted), pending=tuple(pending), skipped=plan.skipped)


def evicted_so_far(run: Performance, plan: Plan) -> str:
    """``37/100 evicted``; empty where a plan is about no node, or they cannot be read."""
    if plan.target.kind != "Node":
        return ""
    try:
        left = _left(run, plan)
    except GateError:
        return ""
    wanted = [pod.uid for pod in pods_of(plan.evictions)]
    return f"{sum(uid not in left for uid in wanted)}/{len(wanted)} evicted"


def _left(run: Performance, plan: Plan) -> Mapping[str, Raw]:
    """Uid to pod, of the pods that are still there."""
    if plan.target.kind == "Node":
        found = run.api.list("/api/v1/pods", {"fieldSelector": f"spec.nodeName={plan.target.name}"})
        return {pod["metadata"]["uid"]: pod for pod in found}
    present: dict[str, Raw] = {}
    for pod in pods_of(plan.evictions):
        try:
            raw = run.api.get(pod.path)
        except ApiFailure as failure:
            if failure.status != 404:
                raise
            continue
        present[raw["metadata"]["uid"]] = raw
    return present


def _reason(pod: Pod, found: Raw, said: Mapping[tuple[str, str], str]) -> str:
    if found["metadata"].get("deletionTimestamp"):
        return TERMINATING
    return said.get((pod.namespace, pod.name), "it was not evicted")[:_LONGEST_REASON]
