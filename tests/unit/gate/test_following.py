# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A write follows the object that was judged through versions of its status, and no further."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.following import Following
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Write
from tests.unit.actions.objects import deployment

WEB = ObjectRef("Deployment", "web", "shop")
PATCH = Write("patch", "/web", {"metadata": {"resourceVersion": "41"}, "spec": {"replicas": 1}}, WEB)
DELETE = Write("delete", "/web", {"preconditions": {"uid": "u1", "resourceVersion": "41"}}, WEB)


def moved(version: str = "42", **metadata: Any) -> dict[str, Any]:
    raw = copy.deepcopy(deployment())
    raw["metadata"] |= {"resourceVersion": version, **metadata}
    raw["status"]["readyReplicas"] = 0
    return raw


@pytest.mark.parametrize("write", [PATCH, DELETE], ids=["patch", "delete"])
def test_it_follows_the_status(write: Write) -> None:
    following = Following(write, deployment())
    assert following.follows(moved("42"))
    assert following.follows(moved("43"))
    field = "metadata" if write is PATCH else "preconditions"
    assert following.write.body == {**write.body, field: {**write.body[field], "resourceVersion": "43"}}


def test_it_follows_who_wrote_the_status() -> None:
    own = {"manager": "kubectl", "operation": "Apply"}
    status = {"manager": "kube-controller-manager", "subresource": "status", "time": "1"}
    judged = moved("41", managedFields=[own, status])
    assert Following(PATCH, judged).follows(moved(managedFields=[own, {**status, "time": "2"}]))
    assert not Following(PATCH, judged).follows(moved(managedFields=[{**own, "manager": "other"}, status]))


CHANGES: dict[str, dict[str, Any] | None] = {
    "gone": None,
    "another": moved(uid="u2"),
    "labels": moved(labels={"a": "b"}),
    "annotations": moved(annotations={"a": "b"}),
    "being deleted": moved(deletionTimestamp="x"),
    "spec": {**moved(), "spec": deployment(9)["spec"]},
    "the same version": moved("41"),
}


@pytest.mark.parametrize("observed", CHANGES.values(), ids=CHANGES)
def test_it_follows_nothing_else(observed: dict[str, Any] | None) -> None:
    following = Following(DELETE, deployment())
    assert not following.follows(observed)
    assert following.write is DELETE


def test_a_write_without_a_version_or_a_judged_object_does_not_follow() -> None:
    assert not Following(Write("create", "/web", {"metadata": {"name": "web"}}, WEB), deployment()).follows(moved())
    assert not Following(PATCH, None).follows(moved())


def test_it_ends() -> None:
    following = Following(PATCH, deployment())
    followed = [following.follows(moved(str(version))) for version in range(42, 72)]
    assert followed == [True] * 20 + [False] * 10
