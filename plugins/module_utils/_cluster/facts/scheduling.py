# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a node may take a pod at all, whatever room it has: selectors, affinity, volumes, taints.

Not considered: topology spread, affinity between pods beyond one node (see ``occupancy``), preemption.

Source: component-helpers ``scheduling/corev1``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import NodeState
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.selectors import node_terms_match

SELECTOR, VOLUMES, TAINTS = "node selector", "volume node affinity", "taints"
_REPELLING = frozenset({"NoSchedule", "NoExecute"})

NodeTerms = Sequence[Mapping[str, Any]]


def objection(spec: Mapping[str, Any], volume_terms: Sequence[NodeTerms], node: NodeState) -> str:
    """Why the scheduler would not consider the node for the pod: the first of selector, volumes, taints; empty if none.

    Args:
        spec: ``PodSpec``.
        volume_terms: Node selector terms of each persistent volume that the pod is bound to; all have to match.
    """
    if not _selected(spec, node):
        return SELECTOR
    if not all(node_terms_match(terms, node.labels, node.name) for terms in volume_terms):
        return VOLUMES
    tolerations = spec.get("tolerations") or ()
    repelling = (taint for taint in node.taints if taint["effect"] in _REPELLING)
    return "" if all(any(tolerates(it, taint) for it in tolerations) for taint in repelling) else TAINTS


def tolerates(toleration: Mapping[str, Any], taint: Mapping[str, str]) -> bool:
    """Whether one toleration covers one taint. Operators other than ``Equal`` and ``Exists`` do not."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    operator = toleration.get("operator") or "Equal"
    key = toleration.get("key") or ""
    if operator == "Exists":
        return key in ("", taint["key"])
    return operator == "Equal" and key == taint["key"] and (toleration.get("value") or "") == (taint.get("value") or "")


def _selected(spec: Mapping[str, Any], node: NodeState) -> bool:
    selector = spec.get("nodeSelector") or {}
    if any(node.labels.get(key) != value for key, value in selector.items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or node_terms_match(required["nodeSelectorTerms"], node.labels, node.name)
