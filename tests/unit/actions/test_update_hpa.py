# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UpdateHPA: bounds and target, and all else as it is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Progress
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    ObjectRef,
    Permission,
    Plan,
    Undo,
    Write,
)
from tests.unit.actions.objects import request

ACTION = ACTIONS["UpdateHPA"]
NAMES = {"name": "web", "namespace": "shop"}
MEMORY = {
    "type": "Resource",
    "resource": {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 80}},
}
CPU_VALUE = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "1"}}}


def cpu(share: int) -> dict[str, Any]:
    return {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": share}},
    }


def autoscaler(current: int = 3, desired: int = 3, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "web", "namespace": "shop", "uid": "h1", "resourceVersion": "12"},
        "spec": {
            "minReplicas": 2,
            "maxReplicas": 5,
            "scaleTargetRef": {"kind": "Deployment", "name": "front"},
            "metrics": [MEMORY, cpu(70)],
            **spec,
        },
        "status": {"currentReplicas": current, "desiredReplicas": desired},
    }


def without_metrics(found: dict[str, Any]) -> dict[str, Any]:
    """As the controller leaves it where metrics cannot be read, seen on 1.36."""
    reason = {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric"}
    return {**found, "status": {**found["status"], "conditions": [reason]}}


def asked(**options: int):
    return request("UpdateHPA", **NAMES, **options)


def made(raw=None, **options: int) -> Plan:
    return ACTION.plan(asked(**options), {"target": raw or autoscaler()})


def test_it_writes_what_is_named_to_the_version_that_was_judged():
    plan = made(min_replicas=2, max_replicas=8)
    assert plan.writes == (
        Write(
            "patch",
            "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web",
            {"metadata": {"resourceVersion": "12"}, "spec": {"maxReplicas": 8}},
            ObjectRef("HorizontalPodAutoscaler", "web", "shop"),
            "application/merge-patch+json",
        ),
    )
    assert (plan.before, plan.after) == ({"min_replicas": 2, "max_replicas": 5}, {"min_replicas": 2, "max_replicas": 8})
    assert plan.undo == Undo("UpdateHPA", {**NAMES, "min_replicas": 2, "max_replicas": 5})
    assert plan.impact.permissions == (
        Permission("get", "horizontalpodautoscalers", "autoscaling", "", "shop", "web"),
        Permission("patch", "horizontalpodautoscalers", "autoscaling", "", "shop", "web"),
    )


def test_policies_see_all_of_it_before_and_after():
    assert made(max_replicas=8).parameters == {
        "hpa_name": "web",
        "scales_kind": "Deployment",
        "scales_name": "front",
        "min_replicas": 2,
        "max_replicas": 8,
        "target_cpu_utilization": 70,
        "current_min_replicas": 2,
        "current_max_replicas": 5,
        "current_target_cpu_utilization": 70,
    }


def test_other_metrics_stay_beside_a_new_target():
    assert made(target_cpu_utilization=50).writes[0].body["spec"] == {"metrics": [MEMORY, cpu(50)]}


def test_an_absent_minimum_is_one():
    assert made(autoscaler(minReplicas=None), min_replicas=1).writes == ()


@pytest.mark.parametrize(
    ("raw", "options", "code"),
    [
        (None, {}, "request.nothing-named"),
        (None, {"min_replicas": 6}, "request.bounds-invalid"),
        (None, {"max_replicas": 1}, "request.bounds-invalid"),
        (None, {"min_replicas": -1}, "request.bounds-invalid"),
        (None, {"min_replicas": 0, "max_replicas": 0}, "request.bounds-invalid"),
        (None, {"target_cpu_utilization": 0}, "request.target-invalid"),
        (autoscaler(metrics=[MEMORY, CPU_VALUE]), {"target_cpu_utilization": 50}, "request.target-invalid"),
        (autoscaler(metrics=None), {"target_cpu_utilization": 50}, "request.target-invalid"),
    ],
)
def test_what_cannot_be_is_refused(raw, options, code):
    with pytest.raises(InvalidRequest) as refused:
        made(raw, **options)
    assert refused.value.code == code


def test_bounds_of_an_autoscaler_without_a_cpu_target_can_be_changed():
    assert made(autoscaler(metrics=[CPU_VALUE]), max_replicas=8).writes[0].body["spec"] == {"maxReplicas": 8}


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (autoscaler(5, 5, maxReplicas=8), Progress(True, "it wants 5 replicas, 2 to 8 allowed")),
        (autoscaler(9, 9, maxReplicas=8), Progress(False, "it wants 9 replicas, 2 to 8 allowed")),
        (
            autoscaler(0, 0, maxReplicas=8),
            Progress(True, "it scales nothing now: its target has 0 replicas or is not there"),
        ),
        (
            without_metrics(autoscaler(3, 0, maxReplicas=8)),
            Progress(True, "it has 3 replicas and no metrics, 2 to 8 allowed"),
        ),
        (
            without_metrics(autoscaler(9, 5, maxReplicas=8)),
            Progress(False, "it has 9 replicas and no metrics, 2 to 8 allowed"),
        ),
        (autoscaler(), Progress(False, "", failed="something else changed the autoscaler meanwhile")),
        (None, Progress(False, "", failed="the autoscaler was deleted meanwhile")),
    ],
    ids=["within", "not yet", "switched off", "without metrics", "too many without metrics", "overwritten", "deleted"],
)
def test_it_waits_until_the_autoscaler_keeps_to_its_bounds(observed, expected):
    assert ACTION.progress(asked(max_replicas=8), made(max_replicas=8), observed) == expected
