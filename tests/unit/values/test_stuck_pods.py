# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What the status of pods says about a rollout that gets nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.stuck_pods import pod_selector, why_stuck

SINCE = "2026-11-21T03:00:00Z"


def workload(kind: str = "Deployment", **status: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "web", "uid": "u1"}, "spec": {}, "status": status}


def pod(reason: str = "CrashLoopBackOff", restarts: int = 2, created: str = SINCE, **changes: Any) -> dict[str, Any]:
    container = {
        "name": "app",
        "restartCount": restarts,
        "state": {"waiting": {"reason": reason}},
        "lastState": {"terminated": {"exitCode": 3}},
    }
    owner = {"kind": "ReplicaSet", "name": "web-abc", "uid": "r1", "controller": True}
    metadata = {
        "name": "web-abc-1",
        "creationTimestamp": created,
        "labels": {"pod-template-hash": "abc"},
        "ownerReferences": [owner],
        **changes.pop("metadata", {}),
    }
    return {"metadata": metadata, "status": {"containerStatuses": [container], **changes}}


CRASHES = "container app of pod web-abc-1 ends again and again with exit code 3, started 3 times"
STATEFUL = [{"kind": "StatefulSet", "name": "web", "uid": "u1", "controller": True}]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (pod(), (CRASHES, True)),
        (pod(restarts=1), (CRASHES.replace("3 times", "2 times"), False)),
        (pod(created="2026-11-21T02:59:59Z"), ("", False)),
        (pod(reason="ContainerCreating", restarts=0), ("", False)),
        (pod(reason="ImagePullBackOff"), ("container app of pod web-abc-1 does not start: ImagePullBackOff", False)),
        (pod(reason="InvalidImageName"), ("container app of pod web-abc-1 does not start: InvalidImageName", True)),
        (
            pod(
                containerStatuses=[],
                conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}],
            ),
            ("pod web-abc-1 fits on no node", False),
        ),
        (pod(metadata={"ownerReferences": []}), ("", False)),
        (pod(metadata={"labels": {"pod-template-hash": "xyz"}}), ("", False)),
        (pod(metadata={"ownerReferences": STATEFUL}), ("", False)),
    ],
    ids=[
        "crashes",
        "has crashed twice",
        "from before",
        "starts",
        "no image",
        "no image ever",
        "no room",
        "a bare pod",
        "of another deployment",
        "of a stateful set",
    ],
)
def test_one_pod(found: dict[str, Any], expected: tuple[str, bool]) -> None:
    assert why_stuck(workload(), [found], SINCE) == expected


def test_pods_of_other_kinds_are_told_by_their_owner() -> None:
    mine = pod(metadata={"ownerReferences": STATEFUL})
    other = pod(metadata={"ownerReferences": [{**STATEFUL[0], "uid": "u2"}]})
    assert why_stuck(workload("StatefulSet"), [mine], SINCE)[1] is True
    assert why_stuck(workload("StatefulSet"), [other], SINCE) == ("", False)


def test_what_ends_the_wait_goes_before_what_does_not() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded\nquota"}
    assert why_stuck(workload(conditions=[refused]), [], SINCE) == ("exceeded quota", False)
    assert why_stuck(workload(conditions=[refused]), [pod(reason="ErrImagePull"), pod()], SINCE) == (CRASHES, True)
    assert why_stuck(workload(conditions=[{**refused, "status": "False"}]), [], SINCE) == ("", False)


def test_a_long_refusal_is_cut() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": "x" * 500}
    assert why_stuck(workload(conditions=[refused]), [], SINCE) == (f"{'x' * 199}…", False)


def test_a_selector_becomes_a_query() -> None:
    rules = [
        {"key": "a", "operator": "In", "values": ["x", "y"]},
        {"key": "b", "operator": "NotIn", "values": ["z"]},
        {"key": "c", "operator": "Exists"},
        {"key": "d", "operator": "DoesNotExist"},
    ]
    selector = {"matchLabels": {"app": "web"}, "matchExpressions": rules}
    assert pod_selector({"spec": {"selector": selector}}) == "app=web,a in (x,y),b notin (z),c,!d"
