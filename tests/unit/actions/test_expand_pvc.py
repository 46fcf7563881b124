# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ExpandPVC: only larger, and what counts as done."""

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

ACTION = ACTIONS["ExpandPVC"]
NAMES = {"name": "data", "namespace": "shop"}
FAST = {"metadata": {"name": "fast"}, "allowVolumeExpansion": True}


def claim(asks: str = "10Gi", has: str = "10Gi", **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "data", "namespace": "shop", "uid": "v1", "resourceVersion": "3"},
        "spec": {"storageClassName": "fast", "resources": {"requests": {"storage": asks}}},
        "status": {"phase": "Bound", "capacity": {"storage": has}, **status},
    }


def asked(size: str):
    return request("ExpandPVC", **NAMES, size=size)


def made(size: str, raw=None, classes=(FAST,)) -> Plan:
    return ACTION.plan(asked(size), {"target": raw or claim(), "classes": classes})


def test_it_asks_for_more_on_the_version_that_was_judged():
    plan = made("20Gi")
    assert plan.writes == (
        Write(
            "patch",
            "/api/v1/namespaces/shop/persistentvolumeclaims/data",
            {"metadata": {"resourceVersion": "3"}, "spec": {"resources": {"requests": {"storage": "20Gi"}}}},
            ObjectRef("PersistentVolumeClaim", "data", "shop"),
            "application/merge-patch+json",
        ),
    )
    assert (plan.before, plan.after, plan.undo) == (
        {"size": "10Gi"},
        {"size": "20Gi"},
        Undo(note="A volume does not shrink."),
    )
    assert plan.parameters == {
        "pvc_name": "data",
        "size": "20Gi",
        "size_bytes": 20 * 2**30,
        "current_size": "10Gi",
        "current_bytes": 10 * 2**30,
        "storage_class": "fast",
        "expandable": True,
    }
    assert plan.impact.permissions[-1] == Permission("list", "storageclasses", "storage.k8s.io")


@pytest.mark.parametrize(
    "classes",
    [(), ({"metadata": {"name": "fast"}},), ({"metadata": {"name": "other"}, "allowVolumeExpansion": True},)],
    ids=["none", "not allowed", "another"],
)
def test_policies_learn_when_the_class_does_not_allow_it(classes):
    assert made("20Gi", classes=classes).parameters["expandable"] is False


def test_the_same_size_in_other_words_changes_nothing():
    assert made("10240Mi").writes == ()


@pytest.mark.parametrize(
    ("size", "raw", "code"),
    [
        ("5Gi", None, "request.volume-shrinks"),
        ("10G", None, "request.volume-shrinks"),
        ("large", None, "request.size-invalid"),
        ("0", None, "request.size-invalid"),
        ("-1Gi", None, "request.size-invalid"),
        ("20Gi", claim(phase="Pending"), "target.not-bound"),
    ],
)
def test_what_cannot_be_is_refused(size, raw, code):
    with pytest.raises(InvalidRequest) as refused:
        made(size, raw)
    assert refused.value.code == code


def resizing(word: str, *conditions: str) -> dict[str, Any]:
    stated = [{"type": kind, "status": "True"} for kind in conditions]
    return claim("20Gi", allocatedResourceStatuses={"storage": word} if word else None, conditions=stated)


UNBEGUN = "and nothing has begun to resize it: does the driver of its class?"
GROWS_LATER = "the volume is large enough; its file system grows when a pod mounts it"


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (claim("20Gi", "20Gi"), Progress(True, "it has 20Gi")),
        (claim("20Gi", "21Gi"), Progress(True, "it has 21Gi")),
        (claim("20Gi"), Progress(False, f"it has 10Gi, {UNBEGUN}")),
        (resizing("ControllerResizeInProgress"), Progress(False, "it has 10Gi (ControllerResizeInProgress)")),
        (resizing("NodeResizePending"), Progress(True, GROWS_LATER)),
        (resizing("", "FileSystemResizePending"), Progress(True, GROWS_LATER)),
        (
            resizing("ControllerResizeInProgress", "FileSystemResizePending"),
            Progress(False, "it has 10Gi (ControllerResizeInProgress)"),
        ),
        (
            resizing("ControllerResizeInfeasible"),
            Progress(False, "it has 10Gi", failed="the volume cannot become so large (ControllerResizeInfeasible)"),
        ),
        (None, Progress(False, "", failed="the claim was deleted meanwhile")),
    ],
    ids=[
        "done",
        "more than asked",
        "not yet",
        "in progress",
        "node",
        "file system",
        "of an earlier one",
        "never",
        "deleted",
    ],
)
def test_it_waits_for_the_capacity_or_for_what_only_a_mount_can_do(observed, expected):
    assert ACTION.progress(asked("20Gi"), made("20Gi"), observed) == expected
