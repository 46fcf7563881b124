# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""How an eviction of many pods is told that has not ended all of them."""

from __future__ import annotations

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.eviction import EvictionOutcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, DeadlineExceeded
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Request


def raise_for_pods(request: Request, plan: Plan, outcome: EvictionOutcome) -> None:
    """Raise where pods are left that were to be gone.

    Raises:
        DeadlineExceeded: Some are pending at the deadline.
        ApiFailure: Some were refused for good.
    """
    total = len(plan.evictions)
    left = outcome.pending or outcome.failed
    unawaited = not request.wait and outcome.accepted and not outcome.failed
    if not left or unawaited:
        return
    first = left[0]
    detail = f"{first['namespace']}/{first['name']}: {first.get('reason', '')}".rstrip(": ")
    state = (
        f"{len(outcome.evicted)} of {total} pods evicted, {len(outcome.pending)} pending, {len(outcome.failed)} failed"
    )
    if outcome.pending:
        raise DeadlineExceeded(
            "eviction.deadline",
            f"{plan.target.label}: {state} after {request.wait_timeout_s:g} s ({detail}).",
            "What was evicted stays evicted. See `pods` in the result for every pod and what holds it.",
        )
    raise ApiFailure(
        "eviction.failed",
        f"{plan.target.label}: {state} ({detail}).",
        "See `pods` in the result for every pod and the API server's answer.",
    )
