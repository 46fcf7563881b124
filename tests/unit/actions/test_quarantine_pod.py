# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""QuarantinePod: out of every selector, off the network, and back."""

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
from tests.unit.actions.objects import pod, request

ACTION = ACTIONS["QuarantinePod"]
NAMES = {"name": "web-1", "namespace": "shop"}
LABELS = {"app": "web", "pod-template-hash": "6d4cf"}
MARKED = {"guardrail.dev/quarantined": "true"}
KEPT = '{"app":"web","pod-template-hash":"6d4cf"}'
BEFORE = "guardrail.dev/labels-before-quarantine"
DENIED = {"podSelector": {"matchLabels": MARKED}, "policyTypes": ["Ingress", "Egress"]}
POLICIES = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies"
IN_FORCE = {"metadata": {"name": "guardrail-quarantine", "resourceVersion": "4"}, "spec": DENIED}


def web(labels: Any = LABELS, annotations: Any = None, owner: str | None = "ReplicaSet", **more: Any) -> dict[str, Any]:
    return pod("web-1", owner, annotations=annotations, labels=labels, resourceVersion="6", **more)


def asked(state: str = "quarantined"):
    return request("QuarantinePod", **NAMES, state=state)


def made(raw=None, policies=(), state="quarantined") -> Plan:
    return ACTION.plan(asked(state), {"target": raw or web(), "policies": policies})


def test_the_network_is_closed_first_and_then_all_labels_go():
    plan = made()
    assert plan.writes == (
        Write(
            "create",
            POLICIES,
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "guardrail-quarantine", "namespace": "shop"},
                "spec": DENIED,
            },
            ObjectRef("NetworkPolicy", "guardrail-quarantine", "shop"),
        ),
        Write(
            "patch",
            "/api/v1/namespaces/shop/pods/web-1",
            {
                "metadata": {
                    "resourceVersion": "6",
                    "labels": {"app": None, "pod-template-hash": None, "guardrail.dev/quarantined": "true"},
                    "annotations": {BEFORE: KEPT},
                }
            },
            ObjectRef("Pod", "web-1", "shop"),
            "application/merge-patch+json",
        ),
    )
    assert (plan.before, plan.after) == ({"labels": LABELS}, {"labels": MARKED})
    assert (plan.undo.action, plan.undo.parameters) == ("QuarantinePod", {**NAMES, "state": "released"})
    assert plan.impact.permissions == (
        Permission("get", "pods", "", "", "shop", "web-1"),
        Permission("patch", "pods", "", "", "shop", "web-1"),
        Permission("list", "networkpolicies", "networking.k8s.io", "", "shop"),
        Permission("create", "networkpolicies", "networking.k8s.io", "", "shop"),
    )


def test_the_pod_is_judged_as_lost_and_its_replacement_as_one_more():
    raw = web()
    plan = made(raw)
    assert plan.impact.removes == (raw,)
    assert [(demand.count, demand.grows, "nodeName" in demand.spec) for demand in plan.impact.adds] == [
        (1, True, False)
    ]


def test_a_policy_that_is_in_force_is_left_alone():
    assert [write.verb for write in made(policies=(IN_FORCE,)).writes] == ["patch"]


def test_a_policy_that_somebody_has_opened_is_closed_again():
    opened = {"metadata": IN_FORCE["metadata"], "spec": {**DENIED, "ingress": [{}]}}
    write = made(policies=(opened,)).writes[0]
    assert (write.verb, write.path, write.body) == (
        "patch",
        f"{POLICIES}/guardrail-quarantine",
        {"metadata": {"resourceVersion": "4"}, "spec": {"ingress": None}},
    )


def test_what_is_quarantined_already_stays_as_it_is():
    plan = made(web(MARKED, {BEFORE: KEPT}, owner=None), (IN_FORCE,))
    assert (plan.writes, plan.impact.removes) == ((), ())


def test_labels_that_came_later_go_and_the_first_ones_are_remembered():
    write = made(web({**MARKED, "app": "new"}, {BEFORE: KEPT}), (IN_FORCE,)).writes[0]
    assert write.body == {"metadata": {"resourceVersion": "6", "labels": {"app": None}}}


def test_the_way_back_gives_the_labels_back():
    plan = made(web(MARKED, {BEFORE: KEPT}, owner=None), state="released")
    assert [write.body for write in plan.writes] == [
        {
            "metadata": {
                "resourceVersion": "6",
                "labels": {"guardrail.dev/quarantined": None, **LABELS},
                "annotations": {BEFORE: None},
            }
        }
    ]
    assert plan.undo == Undo("QuarantinePod", {**NAMES, "state": "quarantined"})
    assert made(state="released").writes == ()


POLICY_CASES = {
    "everybody": ({"podSelector": {}, "ingress": [{}]}, True),
    "everybody, nothing": ({"podSelector": {}, "policyTypes": ["Ingress"]}, False),
    "a label": ({"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}]}, False),
    "our label": ({"podSelector": {"matchLabels": MARKED}, "egress": [{}]}, True),
    "whoever lacks a label": (
        {"podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, "egress": [{}]},
        True,
    ),
    "whoever has a label": (
        {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}, "egress": [{}]},
        False,
    ),
}


@pytest.mark.parametrize(("spec", "allows"), POLICY_CASES.values(), ids=POLICY_CASES)
def test_policies_learn_what_is_still_allowed(spec, allows):
    policies = (IN_FORCE, {"metadata": {"name": "other"}, "spec": spec})
    assert made(policies=policies).parameters["still_allowed_by"] == (["other"] if allows else [])


def test_it_waits_until_the_controller_lets_go():
    plan, held = made(), web(MARKED)
    assert ACTION.progress(asked(), plan, held) == Progress(False, "ReplicaSet replicaset-1 has not let go of it yet")
    assert ACTION.progress(asked(), plan, web(MARKED, owner=None)) == Progress(True, "")
    assert ACTION.progress(asked(), plan, None).failed == "the pod was deleted meanwhile"
    assert ACTION.progress(asked(), plan, web(MARKED, owner="Database")).done
    assert (ACTION.holds(asked(), plan, held), ACTION.holds(asked(), plan, web())) == (True, False)


@pytest.mark.parametrize(
    ("raw", "state", "code"),
    [
        (web(annotations={"kubernetes.io/config.mirror": "x"}), "quarantined", "target.mirror-pod"),
        (pod("web-1", phase="Failed"), "quarantined", "target.pod-ended"),
        (web(deletionTimestamp="2026-11-21T03:00:00Z"), "quarantined", "target.pod-ended"),
        ({**web(), "spec": {"hostNetwork": True}}, "quarantined", "target.host-network"),
        (web(MARKED, {BEFORE: "{"}), "released", "target.labels-unknown"),
        (web(MARKED, {BEFORE: '{"app": 1}'}), "released", "target.labels-unknown"),
    ],
)
def test_a_pod_that_cannot_be_isolated_is_refused(raw, state, code):
    with pytest.raises(InvalidRequest) as refused:
        made(raw, state=state)
    assert refused.value.code == code
