# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ScaleStatefulSet: what it writes, what it tells policies, what it waits for."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Progress
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    ObjectRef,
    Permission,
    Undo,
    Write,
)
from tests.unit.actions.objects import request, stateful_set

ACTION = ACTIONS["ScaleStatefulSet"]
DB = ObjectRef("StatefulSet", "db", "shop")


def asked(replicas):
    return request("ScaleStatefulSet", name="db", namespace="shop", replicas=replicas)


def made(raw, replicas):
    return ACTION.plan(asked(replicas), {"target": raw})


def test_it_patches_the_scale_subresource_of_the_stateful_set_that_was_judged():
    plan = made(stateful_set(3), 5)
    assert plan.writes == (
        Write(
            "patch",
            "/apis/apps/v1/namespaces/shop/statefulsets/db/scale",
            {"metadata": {"resourceVersion": "41"}, "spec": {"replicas": 5}},
            DB,
            "application/merge-patch+json",
        ),
    )
    assert plan.impact.permissions == (
        Permission("get", "statefulsets", "apps", "", "shop", "db"),
        Permission("patch", "statefulsets", "apps", "scale", "shop", "db"),
    )
    assert plan.undo == Undo("ScaleStatefulSet", {"name": "db", "namespace": "shop", "replicas": 3})


@pytest.mark.parametrize(
    ("policy", "replicas", "expected"),
    [
        ({"whenScaled": "Delete"}, 2, True),
        ({"whenScaled": "Delete"}, 4, False),
        ({"whenScaled": "Retain", "whenDeleted": "Delete"}, 2, False),
        (None, 2, False),
    ],
    ids=["down", "up", "retained", "default"],
)
def test_policies_learn_whether_volumes_go_with_the_members(policy, replicas, expected):
    raw = stateful_set(3, persistentVolumeClaimRetentionPolicy=policy, volumeClaimTemplates=[{}])
    assert made(raw, replicas).parameters == {
        "kind": "StatefulSet",
        "name": "db",
        "replicas": replicas,
        "current_replicas": 3,
        "deletes_volumes": expected,
    }


def test_it_waits_for_the_members():
    raw = stateful_set(5)
    raw["status"]["availableReplicas"] = 4
    assert ACTION.progress(asked(5), made(stateful_set(3), 5), raw) == Progress(False, "4 of 5 replicas available")
    assert ACTION.progress(asked(5), made(stateful_set(3), 5), stateful_set(5)).done


def test_it_does_not_wait_for_what_is_gone():
    assert ACTION.progress(asked(5), made(stateful_set(3), 5), None).failed == "the StatefulSet was deleted meanwhile"
