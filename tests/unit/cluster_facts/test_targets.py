# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.targets import target_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Replicas, Target
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef
from tests.unit.cluster_facts.objects import deployment, node, owned_by, pod

WEB = ObjectRef("Deployment", "web", "shop")
CANARY = "canary-5e4f"


def test_a_deployment_is_reduced_to_what_policies_look_at():
    raw = deployment(
        metadata={"labels": {"app": "web"}, "annotations": {"team": "shop", "note": 'say "no"'}},
        status={"availableReplicas": 1, "readyReplicas": 2},
        spec={"paused": True},
    )
    assert target_of(WEB, raw) == Target(
        kind="Deployment", name="web", namespace="shop", uid="uid-web", resource_version="11", generation=2,
        observed_generation=2, labels={"app": "web"}, annotations={"team": "shop"}, omitted_annotations=("note",),
        replicas=Replicas(spec=3, current=3, ready=2, available=1, updated=3), paused=True, rollout_in_progress=True,
        images={"app": "registry.example.com/app:1"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "in_progress"), [({}, False), ({"observedGeneration": 1}, True), ({"updatedReplicas": 2}, True)]
)
def test_a_rollout_is_in_progress_until_it_is_complete(status, in_progress):
    assert target_of(WEB, deployment(status=status)).rollout_in_progress is in_progress


def test_a_daemon_set_counts_under_names_of_its_own():
    counts = {"desiredNumberScheduled": 5, "currentNumberScheduled": 4, "numberReady": 3, "numberAvailable": 2,
              "updatedNumberScheduled": 1}  # fmt: skip
    raw = deployment("logs", replicas=None, status=counts)
    found = target_of(ObjectRef("DaemonSet", "logs", "shop"), raw)
    assert found.replicas == Replicas(spec=5, current=4, ready=3, available=2, updated=1)


def test_a_pod_has_images_a_controller_and_readiness():
    spec = {"initContainers": [{"name": "init", "image": "i:1"}], "containers": [{"name": "app", "image": "a:1"}]}
    raw = pod("web-1", owner=owned_by("ReplicaSet", "web-a"), spec=spec, deleting=True)
    assert target_of(ObjectRef("Pod", "web-1", "shop"), raw) == Target(
        kind="Pod", name="web-1", namespace="shop", uid="uid-shop-web-1", resource_version="5",
        images={"init": "i:1", "app": "a:1"}, controller={"kind": "ReplicaSet", "name": "web-a"},
        deletion_timestamp="2026-11-21T10:00:00Z", ready=True,
    )  # fmt: skip


def test_a_node_has_roles_and_a_state():
    raw = node(
        "n1", unschedulable=True, labels={"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/edge": ""}
    )
    found = target_of(ObjectRef("Node", "n1"), raw)
    assert (found.namespace, found.unschedulable, found.ready, found.roles) == ("", True, True, ("edge", "worker"))
    assert (found.replicas, found.rollout_in_progress, found.images) == (None, False, {})


def test_an_object_that_is_to_be_created_does_not_exist():
    assert target_of(WEB, {}) == Target(kind="Deployment", name="web", namespace="shop", exists=False)


def test_names_of_owners_are_made_safe():
    raw = pod("web-1", owner=owned_by("Replica\nSet", 'x" or "'))
    assert target_of(ObjectRef("Pod", "web-1", "shop"), raw).controller == {"kind": "Replica?Set", "name": "x? or ?"}


def test_nothing_of_the_environment_gets_in():
    secret = {
        "containers": [{"name": "app", "image": "a:1", "env": [{"name": "TOKEN", "value": CANARY}], "args": [CANARY]}]
    }
    raw = deployment(
        spec={"template": {"metadata": {"annotations": {"x": CANARY}}, "spec": secret}},
        metadata={"annotations": {"kubectl.kubernetes.io/last-applied-configuration": f'{{"value": "{CANARY}"}}'}},
    )
    assert CANARY not in repr(target_of(WEB, raw))
