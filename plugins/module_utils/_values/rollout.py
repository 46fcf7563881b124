# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a workload has arrived at its specification: one pure predicate per kind.

Facts and postconditions use the same predicates, so what blocks an action as "rollout in progress" is what a later wait
waits for. A status whose ``observedGeneration`` is behind tells of an older specification; nothing in it counts,
conditions included: the ``ProgressDeadlineExceeded`` of the rollout before is not a failure of this one.

Source: kubectl ``pkg/polymorphichelpers/rollout_status.go``; unlike there, surplus replicas of a StatefulSet and
``minReadySeconds`` count too, and a strategy of ``OnDelete`` is complete when its pods are available.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""Kinds whose pods come and go by a rollout."""


def rollout_complete(raw: Mapping[str, Any], kind: str = "") -> tuple[bool, str]:
    """Return whether the rollout is complete, and what is missing or was reached, in a few words.

    Args:
        raw: Object as the API server returns it.
        kind: Its kind, where the object does not carry one (items of a list).

    Raises:
        ValueError: A kind without rollouts.
    """
    spec, status = raw.get("spec") or {}, raw.get("status") or {}
    kind = kind or str(raw.get("kind", ""))
    if kind not in _MISSING:
        raise ValueError(f"{kind or 'an object without kind'} has no rollouts")
    if not is_observed(raw):
        return False, "waiting for the controller to observe the new specification"
    missing = _MISSING[kind](spec, status)
    if missing and kind == "Deployment" and _deadline_exceeded(status):
        missing += "; progress deadline exceeded"
    if missing and spec.get("paused"):
        missing += "; rollout is paused"
    return not missing, missing or "complete"


def is_observed(raw: Mapping[str, Any]) -> bool:
    """Whether the status tells of the present specification."""
    generation = int((raw.get("metadata") or {}).get("generation") or 0)
    return int((raw.get("status") or {}).get("observedGeneration") or 0) >= generation


def rollout_stuck(raw: Mapping[str, Any]) -> bool:
    """Whether a Deployment gave up on its specification: ``ProgressDeadlineExceeded``, neither stale nor complete.

    Scaling does not clear the condition of a rollout that failed earlier: ask for the state before a write, too.
    """
    return (
        is_observed(raw) and _deadline_exceeded(raw.get("status") or {}) and not rollout_complete(raw, "Deployment")[0]
    )


def gave_up(raw: Mapping[str, Any], since: str) -> bool:
    """Whether a Deployment gave up on the change that was made at ``since`` (RFC 3339).

    The ``ProgressDeadlineExceeded`` of an earlier rollout stays until there is progress, also under the new generation
    when the new template has a ReplicaSet already. Of this change it is when it came so long after it as only a
    deadline can take; half of it is left to clocks that differ.

    Source: Kubernetes ``pkg/controller/deployment/progress.go``.
    """
    if not since or not rollout_stuck(raw):
        return False
    told = max(
        (
            str(condition.get("lastUpdateTime") or "")
            for condition in raw["status"]["conditions"]
            if _is_timeout(condition)
        ),
        default="",
    )
    patience = timedelta(seconds=int((raw.get("spec") or {}).get("progressDeadlineSeconds") or 600) / 2)
    return bool(told) and datetime.fromisoformat(told) >= datetime.fromisoformat(since) + patience


def desired_replicas(raw: Mapping[str, Any], kind: str = "") -> int:
    """Pods that the workload is to have. The API defaults an absent ``replicas`` to 1."""
    if (kind or raw.get("kind")) == "DaemonSet":
        return _count(raw.get("status") or {}, "desiredNumberScheduled")
    return _wanted(raw.get("spec") or {})


def _deployment(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted, updated, current = _wanted(spec), _count(status, "updatedReplicas"), _count(status, "replicas")
    if updated < wanted:
        return f"{updated} of {wanted} replicas updated"
    if current > updated:
        return f"{current - updated} old replicas still terminating"
    if current > wanted:
        return f"{current - wanted} surplus replicas still terminating"
    return _unavailable(_count(status, "availableReplicas"), wanted)


def _stateful_set(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted, updated, current = _wanted(spec), _count(status, "updatedReplicas"), _count(status, "replicas")
    strategy = spec.get("updateStrategy") or {}
    partition = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
    to_update = 0 if strategy.get("type") == "OnDelete" else wanted - partition
    if updated < to_update:
        return f"{updated} of {to_update} replicas updated"
    if current > wanted:
        return f"{current - wanted} surplus replicas still terminating"
    # Kubernetes below 1.22 does not report availability; 0 and "not reported" are told apart by the key.
    counter = "availableReplicas" if "availableReplicas" in status else "readyReplicas"
    return _unavailable(_count(status, counter), wanted)


def _daemon_set(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted, updated = _count(status, "desiredNumberScheduled"), _count(status, "updatedNumberScheduled")
    on_delete = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
    if updated < wanted and not on_delete:
        return f"{updated} of {wanted} pods updated"
    return _unavailable(_count(status, "numberAvailable"), wanted)


def _replica_set(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted, current = _wanted(spec), _count(status, "replicas")
    if current > wanted:
        return f"{current - wanted} surplus replicas still terminating"
    return _unavailable(_count(status, "availableReplicas"), wanted)


_MISSING: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "ReplicaSet": _replica_set,
}


def _unavailable(available: int, wanted: int) -> str:
    return f"{available} of {wanted} replicas available" if available < wanted else ""


def _wanted(spec: Mapping[str, Any]) -> int:
    value = spec.get("replicas")
    return 1 if value is None else int(value)


def _count(status: Mapping[str, Any], key: str) -> int:
    return int(status.get(key) or 0)


def _deadline_exceeded(status: Mapping[str, Any]) -> bool:
    return any(_is_timeout(condition) for condition in status.get("conditions") or ())


def _is_timeout(condition: Mapping[str, Any]) -> bool:
    return condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded"
