# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks that other tools hold on a node: medik8s (Lease), kured, Karpenter, cluster-autoscaler.

A lock whose state is in doubt is held. medik8s' own library takes a Lease without ``renewTime``, or with one in the
future, for free; clocks that disagree would then let two tools drain at once.

Sources: medik8s/common ``pkg/lease/manager.go``; kured ``cmd/kured/main.go``; Karpenter ``pkg/apis/v1/taints.go``;
cluster-autoscaler ``utils/taints/taints.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import object_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import NodeState
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.safe_text import safe_name
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import ForeignLock

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

LEASE_NAMESPACE = "medik8s-leases"
_TAINTS = {
    "karpenter.sh/disrupted": "karpenter",
    "karpenter.sh/disruption": "karpenter",
    "ToBeDeletedByClusterAutoscaler": "cluster-autoscaler",
}
_NOT_FOUND = 404


def read_locks(api: Api, node: NodeState, now: datetime) -> tuple[ForeignLock, ...]:
    """Return the locks of other tools on a node: from the node itself, and its Lease (one call).

    Args:
        now: Aware; compared with the Lease's renewal.

    Raises:
        ApiFailure: The API server refused to show the Lease. Its absence is no failure.
        Unreachable: No answer.
    """
    locks = set(_marks(node))
    holder = lease_holder(_read_lease(api, node.name), now)
    if holder:
        locks.add(("medik8s", holder))
    return tuple(ForeignLock(tool=tool, node=node.name, holder=holder) for tool, holder in sorted(locks))


def lease_holder(lease: Mapping[str, Any] | None, now: datetime) -> str:
    """Who holds a Lease; empty when it is absent, released (no holder) or expired for certain."""
    spec = (lease or {}).get("spec") or {}
    holder = safe_name(spec.get("holderIdentity") or "")
    if not holder or "renewTime" not in spec or "leaseDurationSeconds" not in spec:
        return holder
    renewed = datetime.fromisoformat(spec["renewTime"])
    expires = renewed + timedelta(seconds=int(spec["leaseDurationSeconds"]))
    return "" if renewed <= now and expires < now else holder


def _read_lease(api: Api, node: str) -> Mapping[str, Any] | None:
    try:
        path = object_path("coordination.k8s.io/v1", "leases", f"node-{node}", LEASE_NAMESPACE)
        lease: Mapping[str, Any] = api.get(path)
    except ApiFailure as failure:
        if failure.status == _NOT_FOUND:
            return None
        raise
    return lease


def _marks(node: NodeState) -> list[tuple[str, str]]:
    marks = [("kured", "kured")] if node.rebooting else []
    return marks + [(_TAINTS[taint["key"]], taint["key"]) for taint in node.taints if taint["key"] in _TAINTS]
