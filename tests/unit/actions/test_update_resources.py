# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UpdateResources: what it writes, compared as amounts, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Undo
from tests.unit.actions.objects import deployment, request

ACTION = ACTIONS["UpdateResources"]
WORKLOAD = {"kind": "Deployment", "name": "web", "namespace": "shop"}


def running() -> dict[str, Any]:
    raw = deployment()
    raw["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1", "memory": "64Mi"}}
    return raw


def asked(containers):
    return request("UpdateResources", **WORKLOAD, containers=containers)


def made(containers) -> Plan:
    return ACTION.plan(asked(containers), {"target": running()})


def test_it_writes_only_the_amounts_that_differ():
    plan = made(
        {
            "web": {"requests": {"cpu": "1000m", "memory": "96Mi"}, "limits": {"memory": "1Gi"}},
            "setup": {"limits": {"cpu": 2}},
        }
    )
    assert plan.writes[0].content_type == "application/strategic-merge-patch+json"
    assert plan.writes[0].body == {
        "metadata": {"resourceVersion": "41"},
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {"name": "web", "resources": {"requests": {"memory": "96Mi"}, "limits": {"memory": "1Gi"}}}
                    ],
                    "initContainers": [{"name": "setup", "resources": {"limits": {"cpu": "2"}}}],
                }
            }
        },
    }
    assert plan.before == {
        "resources": {
            "web": {"requests": {"cpu": "1", "memory": "64Mi"}, "limits": {"memory": None}},
            "setup": {"limits": {"cpu": None}},
        }
    }
    assert plan.undo == Undo("UpdateResources", {**WORKLOAD, "containers": plan.before["resources"]})
    assert ("spec", "template", "spec", "containers", "web", "resources", "requests", "memory") in plan.impact.fields


def test_the_pods_that_have_to_fit_are_the_larger_ones():
    demands = made({"web": {"requests": {"memory": "1Gi"}}}).impact.adds
    assert [demand.spec["containers"][0]["resources"] for demand in demands] == [
        {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {}}
    ]


@pytest.mark.parametrize(
    "containers",
    [{"web": {"requests": {"cpu": "1000m"}}}, {"web": {"limits": {"cpu": None}}}],
    ids=["amount", "absent"],
)
def test_nothing_is_written_when_the_amounts_are_the_same(containers):
    assert made(containers).writes == ()
    assert ACTION.holds(asked(containers), made(containers), running())


def test_null_takes_an_entry_away():
    body = made({"web": {"requests": {"cpu": None}}}).writes[0].body
    assert body["spec"]["template"]["spec"]["containers"][0]["resources"] == {"requests": {"cpu": None}}


@pytest.mark.parametrize(
    ("containers", "code"),
    [
        ({}, "request.containers-empty"),
        ({"web": {}}, "request.resources-invalid"),
        ({"web": {"cpu": "1"}}, "request.resources-invalid"),
        ({"web": {"requests": {}}}, "request.resources-invalid"),
        ({"web": {"requests": "1"}}, "request.resources-invalid"),
        ({"wbe": {"requests": {"cpu": "1"}}}, "request.container-unknown"),
        ({"web": {"requests": {"cpu": "one"}}}, "request.quantity-invalid"),
        ({"web": {"requests": {"cpu": "-1"}}}, "request.quantity-invalid"),
        ({"web": {"requests": {"cpu": True}}}, "request.quantity-invalid"),
        ({"web": {"limits": {"memory": "32Mi"}}}, "request.resources-contradict"),
    ],
)
def test_what_cannot_be_is_refused(containers, code):
    with pytest.raises(InvalidRequest) as refused:
        made(containers)
    assert refused.value.code == code


def test_a_lost_write_that_did_not_arrive_is_told():
    containers = {"web": {"requests": {"cpu": "2"}}}
    assert ACTION.holds(asked(containers), made(containers), running()) is False
