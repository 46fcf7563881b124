# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What attempts leave behind: a part of the state changed, the node's Lease held, pods that nobody has touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import PodsOutcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Facts
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.node_lease import NodeLease


def without_own_lock(facts: Facts, lease: NodeLease | None) -> Facts:
    """At a second judgement the node's Lease is held already, by this very execution."""
    if lease is None:
        return facts
    locks = tuple(lock for lock in facts.nodes.locks if lock.holder != lease.holder)
    return replace(facts, nodes=replace(facts.nodes, locks=locks))


def state_before(begun: Plan | None, plan: Plan) -> Mapping[str, Any]:
    """The state before the action, also where an earlier attempt has already changed a part of it."""
    if begun is None:
        return plan.before
    done = {key: value for key, value in begun.before.items() if begun.after.get(key) == plan.before.get(key)}
    return {**plan.before, **done}


def unevicted(plan: Plan | None) -> PodsOutcome | None:
    """Where no eviction was sent, every pod of the plan is still pending."""
    if plan is None or not (plan.evictions or plan.skipped):
        return None
    # Inside: most actions evict nothing.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.evicted_pods import pods_of

    return PodsOutcome(pending=tuple(pod.summary() for pod in pods_of(plan.evictions)), skipped=plan.skipped)
