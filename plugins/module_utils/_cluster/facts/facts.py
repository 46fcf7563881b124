# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gathers the facts of one decision.

Each section of the input document has one reader. A reader that fails, because the API server refuses or does not
answer or an object has an unexpected form, leaves its section empty and names it in ``unavailable`` with the reason;
nothing is guessed. Sections that the action does not need cost nothing, nor do their readers: they are imported where
they are used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.concurrency import run_all
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.namespaces import read_namespace
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import (
    NodeState,
    read_nodes,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.nodes import (
    cluster_info,
    nodes_overview,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.ownership import read_ownership
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.permissions import granted_permissions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.targets import target_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import Capacity, Disruption
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import (
    Facts,
    Nodes,
    Subject,
    UnavailableFact,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Impact, ObjectRef

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.volumes import Claim, Volume

Shared = TypeVar("Shared")

# What an object of an unexpected form makes a reader raise.
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError)

# Readers of one group share a read and run in a row. The first group is a single read, the second the slowest.
_GROUPS = (
    ("rbac_permissions",),
    ("cluster_info", "nodes", "capacity"),
    ("disruption",),
    ("ownership",),
    ("namespace_info",),
    ("target",),
)
_WITHOUT_READER = frozenset({"subject", "dry_run_result"})


def gather(
    api: Api,
    *,
    action_facts: frozenset[str],
    subject: Subject | None,
    target_ref: ObjectRef,
    raw: Mapping[str, Any],
    impact: Impact,
    now: datetime,
) -> Facts:
    """Read the sections that an action needs.

    Args:
        api: Connection; used by up to four threads at once, none of which outlives the call.
        action_facts: Names of the sections, besides ``subject`` and ``target``, which are always there.
            ``dry_run_result`` is allowed and left to the gate.
        subject: Who asks; ``None`` when that could not be read.
        target_ref: The target.
        raw: The target as it was read for the plan; empty when it does not exist yet.
        impact: What the plan touches.
        now: Aware time, for leases.

    Returns:
        The facts. ``unavailable`` is sorted by section.

    Raises:
        KeyError: A name in ``action_facts`` is no section: a bug of the action.
    """
    reading = _Reading(api, target_ref, raw, impact, now)
    unknown = action_facts - reading.readers.keys() - _WITHOUT_READER
    if unknown:
        raise KeyError(f"no such sections: {', '.join(sorted(unknown))}")
    found: dict[str, Any] = {} if subject is None else {"subject": subject}
    unavailable = [UnavailableFact("subject", "The identity could not be read.")] if subject is None else []

    def read(section: str) -> None:
        try:
            found[section] = reading.readers[section]()
        except GateError as error:
            unavailable.append(UnavailableFact(section, error.message))
        except _MALFORMED as error:
            # The exception's text may quote the object, so only its type is told.
            reason = f"An object that the API server sent has an unexpected form ({type(error).__name__})."
            unavailable.append(UnavailableFact(section, reason))

    def read_group(sections: tuple[str, ...]) -> None:
        for section in sections:
            read(section)

    wanted = action_facts | {"target"}
    groups = [tuple(section for section in group if section in wanted) for group in _GROUPS]
    run_all([partial(read_group, group) for group in groups if group])
    return Facts(**found, unavailable=tuple(sorted(unavailable, key=lambda it: it.fact)))


class _Once(Generic[Shared]):
    """A read that several sections share: done at the first call, its failure repeated to every caller."""

    def __init__(self, read: Callable[[], Shared]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._values: list[Shared] = []
        self._failure: Exception | None = None

    def __call__(self) -> Shared:
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if not self._values:
                try:
                    self._values.append(self._read())
                except (GateError, *_MALFORMED) as failure:
                    self._failure = failure
                    raise
            return self._values[0]


class _Reading:
    """The readers of one decision, by section, over the reads that they share."""

    def __init__(self, api: Api, target: ObjectRef, raw: Mapping[str, Any], impact: Impact, now: datetime) -> None:
        self._api, self._target, self._impact, self._now = api, target, impact, now
        self._states = _Once(lambda: read_nodes(api))
        self._volumes = _Once(self._read_volumes)
        self.readers: Mapping[str, Callable[[], Any]] = {
            "target": lambda: target_of(target, raw),
            "namespace_info": lambda: read_namespace(api, target.namespace),
            "cluster_info": lambda: cluster_info(self._states()),
            "nodes": self._nodes,
            "capacity": self._capacity,
            "disruption": self._disruption,
            "ownership": lambda: read_ownership(api, target, raw, impact.fields),
            "rbac_permissions": lambda: granted_permissions(api, impact.permissions, target),
        }

    def _nodes(self) -> Nodes:
        states: tuple[NodeState, ...] = self._states()
        name = self._target.name if self._target.kind == "Node" else ""
        node = next((state for state in states if state.name == name), None)
        if node is None:
            return nodes_overview(states, name, ())
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.locks import read_locks

        return nodes_overview(states, name, read_locks(self._api, node, self._now))

    def _capacity(self) -> Capacity:
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.capacity import read_capacity

        return read_capacity(self._api, self._states(), self._impact, self._volumes())

    def _disruption(self) -> Disruption:
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.disruption_budgets import (
            any_covers,
            read_budgets,
            weigh,
        )
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.pods import pod_groups
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.workloads import (
            owner_of,
            read_workloads,
        )

        pods = self._impact.removes
        owners = [owner for pod in pods if (owner := owner_of(pod["metadata"])) is not None]
        raw_budgets = read_budgets(self._api, pods)
        workloads = read_workloads(self._api, owners)
        groups = pod_groups(pods, workloads, self._volumes(), partial(any_covers, raw_budgets))
        budgets, shared = weigh(pods, raw_budgets)
        return Disruption(total=len(pods), pods=groups, budgets=budgets, shared=shared)

    def _read_volumes(self) -> Mapping[Claim, Volume]:
        """Volumes bind a pod to nodes, which matters when it has to leave one; otherwise none are read."""
        if not self._impact.unavailable_nodes:
            return {}
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.volumes import (
            claims_of,
            read_volumes,
        )

        claims = {
            claim for pod in self._impact.removes for claim in claims_of(pod["metadata"]["namespace"], pod["spec"])
        }
        claims.update(claim for demand in self._impact.adds for claim in claims_of(demand.namespace, demand.spec))
        return read_volumes(self._api, claims)
