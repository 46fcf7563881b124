# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TaintNode: one taint among others, and the pods that go with it."""

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
    Read,
    Undo,
    Write,
)
from tests.unit.actions.objects import node, pod, request

ACTION = ACTIONS["TaintNode"]
NODE = ObjectRef("Node", "node-1")
FOREIGN = {"key": "example.com/other", "effect": "NoSchedule", "timeAdded": "2026-11-01T00:00:00Z"}


def asked(effect="NoSchedule", value="", state="present", key="example.com/disk"):
    return request("TaintNode", name="node-1", key=key, value=value, effect=effect, state=state)


def tainted(*taints: dict[str, Any]) -> dict[str, Any]:
    raw = node()
    raw["spec"]["taints"] = list(taints)
    return raw


def made(raw, pods=(), **parameters) -> Plan:
    return ACTION.plan(asked(**parameters), {"target": raw, "pods": pods})


def taint(effect="NoSchedule", value=""):
    return {"key": "example.com/disk", "effect": effect, **({"value": value} if value else {})}


def test_it_adds_its_taint_to_those_of_others_and_names_the_version_that_was_judged():
    plan = made(tainted(FOREIGN))
    assert plan.writes == (
        Write(
            "patch",
            "/api/v1/nodes/node-1",
            {"metadata": {"resourceVersion": "7"}, "spec": {"taints": [FOREIGN, taint()]}},
            NODE,
            "application/merge-patch+json",
        ),
    )
    assert (plan.before, plan.after) == ({"taint": ""}, {"taint": "example.com/disk:NoSchedule"})
    assert (plan.impact.unavailable_nodes, plan.impact.permissions) == (
        ("node-1",),
        (Permission("get", "nodes", name="node-1"), Permission("patch", "nodes", name="node-1")),
    )


@pytest.mark.parametrize(
    ("there", "parameters", "after"),
    [
        ((FOREIGN, taint()), {"state": "absent"}, [FOREIGN]),
        ((taint(),), {"state": "absent"}, []),
        ((taint(value="old"), FOREIGN), {"value": "new"}, [FOREIGN, taint(value="new")]),
        ((taint("NoExecute"),), {"effect": "NoSchedule"}, [taint("NoExecute"), taint()]),
    ],
    ids=["removed", "the only one", "another value", "another effect is another taint"],
)
def test_only_the_taint_of_this_key_and_effect_changes(there, parameters, after):
    assert made(tainted(*there), **parameters).writes[0].body["spec"]["taints"] == after


@pytest.mark.parametrize(
    ("there", "parameters"),
    [
        ((taint(),), {}),
        ((FOREIGN,), {"state": "absent"}),
        ((), {"state": "absent"}),
        ((taint(value="a"),), {"value": "a"}),
    ],
)
def test_nothing_is_written_when_it_is_as_asked_for(there, parameters):
    assert made(tainted(*there), **parameters).writes == ()


TOLERATIONS = {
    "none": ([], True),
    "everything": ([{"operator": "Exists"}], False),
    "this key": ([{"key": "example.com/disk", "operator": "Exists", "effect": "NoExecute"}], False),
    "another effect": ([{"key": "example.com/disk", "operator": "Exists", "effect": "NoSchedule"}], True),
    "another key": ([{"key": "example.com/other", "operator": "Exists"}], True),
    "the value": ([{"key": "example.com/disk", "value": "bad"}], False),
    "another value": ([{"key": "example.com/disk", "operator": "Equal", "value": "good"}], True),
    "for a minute": ([{"operator": "Exists", "tolerationSeconds": 60}], True),
}


@pytest.mark.parametrize(("tolerations", "goes"), TOLERATIONS.values(), ids=TOLERATIONS)
def test_pods_that_do_not_tolerate_it_for_ever_are_judged(tolerations, goes):
    one = pod()
    one["spec"]["tolerations"] = tolerations
    plan = made(node(), (one,), effect="NoExecute", value="bad")
    assert plan.impact.removes == ((one,) if goes else ())
    assert [demand.count for demand in plan.impact.adds] == ([1] if goes else [])
    assert plan.parameters["pods"] == int(goes)
    assert Permission("list", "pods") in plan.impact.permissions


def test_it_waits_for_the_pods_that_do_not_tolerate_it_at_all():
    soon, later = pod("soon"), pod("later")
    later["spec"]["tolerations"] = [{"operator": "Exists", "tolerationSeconds": 600}]
    plan, wanted = made(node(), (soon, later), effect="NoExecute"), asked("NoExecute")
    assert ACTION.settled(wanted, plan, node(), {"pods": (soon, later)}) == Progress(False, "0/1 pods gone")
    assert ACTION.settled(wanted, plan, node(), {"pods": (later,)}) == Progress(True, "")
    assert ACTION.settled(wanted, plan, None, {"pods": ()}).failed == "the node was deleted meanwhile"


def test_only_a_taint_that_deletes_pods_looks_at_them():
    pods = {"pods": Read("/api/v1/pods", {"fieldSelector": "spec.nodeName=node-1"}, many=True)}
    assert ACTION.watches(asked("NoExecute")) == pods
    assert ACTION.watches(asked("NoExecute", state="absent")) == ACTION.watches(asked()) == {}


def test_a_soft_taint_closes_nothing():
    plan = made(node(), effect="PreferNoSchedule")
    assert (plan.impact.unavailable_nodes, plan.parameters["closes_node"]) == ((), False)


@pytest.mark.parametrize(
    ("there", "parameters", "expected"),
    [
        ((), {}, {"value": "", "state": "absent"}),
        ((taint(value="old"),), {"value": "new"}, {"value": "old", "state": "present"}),
        ((taint(value="old"),), {"state": "absent"}, {"value": "old", "state": "present"}),
    ],
    ids=["added", "changed", "removed"],
)
def test_the_way_back_is_what_was_there_before(there, parameters, expected):
    way_back = {"name": "node-1", "key": "example.com/disk", "effect": "NoSchedule", **expected}
    assert made(tainted(*there), **parameters).undo == Undo("TaintNode", way_back)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("a b", "", "request.taint-invalid"),
        ("", "", "request.taint-invalid"),
        ("disk\n", "", "request.taint-invalid"),
        ("disk", "a/b", "request.taint-invalid"),
        ("node.kubernetes.io/unschedulable", "", "request.taint-reserved"),
    ],
)
def test_a_taint_that_is_not_ours_to_set_is_refused(key, value, code):
    with pytest.raises(InvalidRequest) as refused:
        made(node(), key=key, value=value)
    assert refused.value.code == code


def test_a_lost_write_is_looked_for_on_the_node():
    assert ACTION.holds(asked("NoExecute"), made(node(), effect="NoExecute"), tainted(taint("NoExecute"))) is True
    assert ACTION.holds(asked(), made(node()), node()) is False
