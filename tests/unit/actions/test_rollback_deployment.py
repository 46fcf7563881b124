# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RollbackDeployment: which revision is chosen, and that nothing but the pod template is written."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    ObjectRef,
    Permission,
    Plan,
    Undo,
    Write,
)
from tests.unit.actions.objects import deployment, request

ACTION = ACTIONS["RollbackDeployment"]
WEB = ObjectRef("Deployment", "web", "shop")
REVISION = "deployment.kubernetes.io/revision"


def running(image: str = "web:4", **spec: Any) -> dict[str, Any]:
    raw = deployment(**spec)
    raw["metadata"]["annotations"] = {"example.com/team": "front", REVISION: "4"}
    raw["spec"]["template"] = template(image)
    return raw


def template(image: str, **annotations: str) -> dict[str, Any]:
    return {
        "metadata": {
            "creationTimestamp": None,
            "labels": {"app": "web"},
            **({"annotations": annotations} if annotations else {}),
        },
        "spec": {"containers": [{"name": "web", "image": image}], "restartPolicy": "Always"},
    }


def replica_set(revision: int, image: str, uid: str = "u1", earlier: str = "", **annotations: str) -> dict[str, Any]:
    made = copy.deepcopy(template(image, **annotations))
    made["metadata"]["labels"]["pod-template-hash"] = f"hash{revision}"
    history = {"deployment.kubernetes.io/revision-history": earlier} if earlier else {}
    return {
        "metadata": {
            "name": f"web-{revision}",
            "annotations": {REVISION: str(revision), **history},
            "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": uid, "controller": True}],
        },
        "spec": {"template": made},
    }


# Revision 3 is missing: history has gaps after every rollback.
HISTORY = (replica_set(1, "web:1"), replica_set(4, "web:4"), replica_set(2, "web:2", note="x"))


def made(history=HISTORY, raw=None, **parameters) -> Plan:
    asked = request("RollbackDeployment", name="web", namespace="shop", **parameters)
    return ACTION.plan(asked, {"target": raw or running(), "replica_sets": history})


def test_it_goes_back_across_a_gap_to_the_newest_earlier_revision_and_writes_the_template_alone():
    plan = made()
    assert plan.writes == (
        Write(
            "patch",
            "/apis/apps/v1/namespaces/shop/deployments/web",
            {
                "metadata": {"resourceVersion": "41"},
                "spec": {
                    "template": {
                        "metadata": {"annotations": {"note": "x"}},
                        "spec": {"containers": [{"name": "web", "image": "web:2"}]},
                    }
                },
            },
            WEB,
            "application/merge-patch+json",
        ),
    )
    assert (plan.before, plan.after) == (
        {"replica_set": "web-4", "images": {"web": "web:4"}},
        {"replica_set": "web-2", "images": {"web": "web:2"}},
    )
    assert plan.undo == Undo("RollbackDeployment", {"name": "web", "namespace": "shop", "to_revision": 4})
    assert plan.impact.images == {"web": "web:2"}
    assert plan.impact.permissions[-1] == Permission("list", "replicasets", "apps", namespace="shop")
    assert [demand.spec["containers"][0]["image"] for demand in plan.impact.adds] == ["web:2"]


@pytest.mark.parametrize(
    ("wanted", "history", "expected"),
    [
        (1, HISTORY, "web-1"),
        (2, (replica_set(5, "web:2", earlier="1,2"), replica_set(4, "web:4")), "web-5"),
        (None, (*HISTORY, replica_set(9, "web:9", uid="another")), "web-2"),
        (None, (*HISTORY, replica_set(6, "web:6")), "web-6"),
    ],
    ids=["given", "an earlier number of the same template", "overlapping labels", "newer than the present one"],
)
def test_the_history_is_what_the_deployment_owns(wanted, history, expected):
    assert made(history, to_revision=wanted).after["replica_set"] == expected


def test_the_revision_that_runs_changes_nothing():
    assert made(to_revision=4).writes == ()


def test_a_template_that_no_revision_has_is_left_without_a_way_back():
    plan = made(raw=running("web:new"))
    assert (plan.before["replica_set"], plan.after["replica_set"]) == ("", "web-4")
    assert plan.undo == Undo(note="The template that it had was of no revision yet.")


@pytest.mark.parametrize(
    ("raw", "history", "parameters", "code"),
    [
        (running(paused=True), HISTORY, {}, "target.paused"),
        (None, HISTORY[1:2], {}, "request.no-earlier-revision"),
        (None, (), {}, "request.no-earlier-revision"),
        (None, HISTORY, {"to_revision": 3}, "request.revision-unknown"),
        (None, (replica_set(1, "web:1", uid="another"),), {"to_revision": 1}, "request.revision-unknown"),
    ],
    ids=["paused", "no other", "no history", "a gap", "of another deployment"],
)
def test_what_cannot_be_gone_back_to_is_refused(raw, history, parameters, code):
    with pytest.raises(InvalidRequest) as refused:
        made(history, raw, **parameters)
    assert refused.value.code == code


def test_it_is_told_from_the_template_whether_a_lost_write_arrived():
    asked, plan = request("RollbackDeployment", name="web", namespace="shop"), made()
    assert ACTION.holds(asked, plan, running()) is False
    there = running("web:2")
    there["spec"]["template"]["metadata"]["annotations"] = {"note": "x"}
    assert ACTION.holds(asked, plan, there) is True


def test_it_does_not_wait_for_a_rollout_that_gave_up():
    asked, raw = request("RollbackDeployment", name="web", namespace="shop"), running()
    raw["status"] |= {
        "updatedReplicas": 1,
        "conditions": [
            {"type": "Progressing", "reason": "ProgressDeadlineExceeded", "lastUpdateTime": "2026-11-21T03:22:45Z"}
        ],
    }
    assert "no progress" in ACTION.progress(asked, made(), raw).failed
    raw["status"]["conditions"][0]["lastUpdateTime"] = "2026-11-21T03:00:00Z"
    assert ACTION.progress(asked, made(), raw).failed == ""
