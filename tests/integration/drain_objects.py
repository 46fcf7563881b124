# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests for the tests of drain_node: pods that take their time, pods without a controller, and the like."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests.cluster.nodes import POOL_LABEL
from tests.integration.gate_objects import IMAGE

Manifest = dict[str, Any]


def slowly(workload: Mapping[str, Any], *, ready_after: str = "", terminates_after: str = "") -> Manifest:
    """A workload, or a pod, whose pods take so long to become ready or to end; empty: no time at all."""
    slow = copy.deepcopy(dict(workload))
    carrier = slow["spec"].get("template", slow)
    asked = {"ready-after": ready_after, "terminates-after": terminates_after}
    annotations = {f"guardrail.test/{name}": value for name, value in asked.items() if value}
    carrier["metadata"]["annotations"] = {**carrier["metadata"].get("annotations", {}), **annotations}
    return slow


def asking_for(**requests: str) -> dict[str, Any]:
    """Part of a pod's spec: one container that requests this much."""
    return {"containers": [{"name": "web", "image": IMAGE, "resources": {"requests": requests}}]}


def with_empty_dir() -> dict[str, Any]:
    """Part of a pod's spec: data that ends with the pod."""
    return {"volumes": [{"name": "scratch", "emptyDir": {}}]}


def bare_pod(namespace: str, name: str, pool: str, *, annotations: Mapping[str, str] = {}, **spec: Any) -> Manifest:
    """A pod that nobody would start again."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app": name},
            "annotations": dict(annotations),
        },
        "spec": {
            "containers": [{"name": "web", "image": IMAGE}],
            "nodeSelector": {POOL_LABEL: pool},
            **spec,
        },
    }


def second_budget(budget: Mapping[str, Any], name: str) -> Manifest:
    """Another PodDisruptionBudget over the same pods."""
    return {**budget, "metadata": {**budget["metadata"], "name": name}}
