# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One eviction request, and what its answer says about the pod.

| answer | meaning |
|---|---|
| 2xx | accepted; the pod ends after its grace period |
| 404 | the pod is gone |
| 409 | the pod of that name is another one (gone), or it changed meanwhile (ask again) |
| 429 with a budget's cause | held by that budget |
| 429 without | the API server is busy |
| 500 | two budgets for one pod, for ever, or a passing failure: three times in a row is for ever |
| 403 | forbidden, unless the API server has only just started |

Source: Kubernetes ``pkg/registry/core/pod/storage/eviction.go``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.status import TooManyRequests
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.evicted_pods import Pod
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Conflict, GateError

_BUDGET = re.compile(r"^The disruption budget (\S+) (.*)$")


class Verdict(Enum):
    ACCEPTED = "accepted"
    GONE = "gone"
    HELD = "held"
    TROUBLE = "trouble"


@dataclass(frozen=True)
class EvictionAnswer:
    """What became of one request.

    Attributes:
        budget: ``namespace/name`` when held.
        reason: For people; empty for an accepted one.
        retry_after_s: What the API server asks for.
        error: The failure, with ``TROUBLE``.
    """

    verdict: Verdict
    budget: str = ""
    reason: str = ""
    retry_after_s: float | None = None
    error: GateError | None = None


def ask(api: Api, pod: Pod) -> EvictionAnswer:
    """Ask for one eviction. Runs in a worker thread; never raises for what the API server or the network does."""
    try:
        api.send(pod.write, dry_run=False)
    except TooManyRequests as error:
        return _refused(pod, error)
    except Conflict as error:
        return _changed(api, pod, error)
    except GateError as error:
        if isinstance(error, ApiFailure) and error.status == 404:
            return EvictionAnswer(Verdict.GONE)
        return EvictionAnswer(Verdict.TROUBLE, reason=error.message, retry_after_s=error.retry_after_s, error=error)
    return EvictionAnswer(Verdict.ACCEPTED)


def _refused(pod: Pod, error: TooManyRequests) -> EvictionAnswer:
    if not error.budget_cause:
        return EvictionAnswer(
            Verdict.TROUBLE, reason=error.message, retry_after_s=error.retry_after_s or 1.0, error=error
        )
    match = _BUDGET.match(error.budget_cause)
    budget = f"{pod.namespace}/{match[1]}" if match else f"{pod.namespace}/(unnamed)"
    why = match[2] if match else error.budget_cause
    reason = f"held by PodDisruptionBudget {budget}: {why.rstrip('.')}"
    return EvictionAnswer(Verdict.HELD, budget, reason, error.retry_after_s)


def _changed(api: Api, pod: Pod, conflict: Conflict) -> EvictionAnswer:
    """Whether the conflict means that our pod is gone: only its uid tells."""
    try:
        metadata = api.get_metadata(pod.path).get("metadata") or {}
    except GateError as error:
        if isinstance(error, ApiFailure) and error.status == 404:
            return EvictionAnswer(Verdict.GONE)
        return EvictionAnswer(Verdict.TROUBLE, reason=conflict.message, error=error)
    if pod.uid and metadata.get("uid") != pod.uid:
        return EvictionAnswer(Verdict.GONE)
    return EvictionAnswer(Verdict.TROUBLE, reason=conflict.message, error=conflict)
