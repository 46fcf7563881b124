# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What keeps the pods of a workload from serving, as their own status tells: the workload only counts them.

Source: Kubernetes ``pkg/kubelet/kuberuntime/kuberuntime_manager.go`` (the back-off of containers that end) and
``pkg/kubelet/images/types.go`` (reasons for which one does not start).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

PATIENCE = 2
"""So often a container may be started again before it counts as one that will not run. The first start may have come too
early for what it needs."""

# On the way, not stuck.
_STARTING = frozenset({"ContainerCreating", "PodInitializing", ""})
_NEVER = frozenset({"InvalidImageName"})
_CRASH_LOOP = "CrashLoopBackOff"
_LONGEST = 200


def pod_selector(workload: Mapping[str, Any]) -> str:
    """The selector of a workload in the form that the API takes in a query."""
    selector = workload["spec"].get("selector") or {}
    exact = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    return ",".join(exact + [_expression(rule) for rule in selector.get("matchExpressions") or ()])


def why_stuck(workload: Mapping[str, Any], pods: Iterable[Mapping[str, Any]], since: str) -> tuple[str, bool]:
    """Say what holds up the pods that a workload has started since a moment.

    Args:
        pods: Those that its selector selects; those that it does not own do not count.
        since: When it was changed, RFC 3339. Pods from before are what the change may be there to replace.

    Returns:
        A few words about one of them, empty when nothing is wrong; and whether waiting on is pointless, because a container
        has ended again after more starts than ``PATIENCE``.
    """
    began = datetime.fromisoformat(since)
    found = [
        trouble
        for pod in pods
        if _is_of(pod, workload) and datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) >= began
        for trouble in _troubles(pod)
    ]
    found += [(refused, False) for refused in _refusals(workload)]
    return min(found, key=lambda it: not it[1], default=("", False))


def _refusals(workload: Mapping[str, Any]) -> Iterator[str]:
    """Why the API server lets no new pod in: a quota, a limit range, an admission webhook."""
    for condition in (workload.get("status") or {}).get("conditions") or ():
        if (condition.get("type"), condition.get("status")) == ("ReplicaFailure", "True"):
            text = " ".join(str(condition.get("message") or condition.get("reason") or "").split())
            yield text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _troubles(pod: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    for condition in status.get("conditions") or ():
        if (condition.get("type"), condition.get("reason")) == ("PodScheduled", "Unschedulable"):
            yield f"pod {name} fits on no node", False
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        reason = str(((container.get("state") or {}).get("waiting") or {}).get("reason") or "")
        restarts = int(container.get("restartCount") or 0)
        if reason == _CRASH_LOOP:
            ended = ((container.get("lastState") or {}).get("terminated") or {}).get("exitCode")
            code = "" if ended is None else f" with exit code {ended}"
            words = (
                f"container {container['name']} of pod {name} ends again and again{code}, started {restarts + 1} times"
            )
            yield words, restarts >= PATIENCE
        elif reason not in _STARTING:
            yield f"container {container['name']} of pod {name} does not start: {reason[:63]}", reason in _NEVER


def _is_of(pod: Mapping[str, Any], workload: Mapping[str, Any]) -> bool:
    """Whether the workload owns the pod. A Deployment does so by a ReplicaSet, whose name ends in the hash of its pods."""
    owner = next((it for it in pod["metadata"].get("ownerReferences") or () if it.get("controller")), None)
    if owner is None:
        return False
    if workload["kind"] == "Deployment":
        template_hash = (pod["metadata"].get("labels") or {}).get("pod-template-hash")
        return bool(owner["name"] == f"{workload['metadata']['name']}-{template_hash}")
    return bool(owner["uid"] == workload["metadata"]["uid"])


def _expression(rule: Mapping[str, Any]) -> str:
    key, values = rule["key"], ",".join(rule.get("values") or ())
    forms: dict[str, str] = {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": key,
        "DoesNotExist": f"!{key}",
    }
    return forms[str(rule["operator"])]
