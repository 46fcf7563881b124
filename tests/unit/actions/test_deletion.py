# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DeleteDeployment, DeleteStatefulSet, DeleteService: exactly this object, and what is kept of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Progress
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    ObjectRef,
    Permission,
    Plan,
    Read,
    Write,
)
from tests.unit.actions.objects import deployment, request, stateful_set

WEB = {"name": "web", "namespace": "shop"}


def workload(**spec: Any) -> dict[str, Any]:
    raw = deployment(**spec)
    raw["spec"]["template"]["metadata"]["labels"] = {"app": "web", "tier": "front"}
    return raw


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "uid": "s1", "resourceVersion": "5"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def made(action: str, raw: dict[str, Any], users: tuple[dict[str, Any], ...] = (), **options: Any) -> Plan:
    return ACTIONS[action].plan(request(action, **WEB, **options), {"target": raw, "users": users})


PATHS = {
    "DeleteDeployment": ("/apis/apps/v1/namespaces/shop/deployments/web", "/api/v1/namespaces/shop/services"),
    "DeleteStatefulSet": ("/apis/apps/v1/namespaces/shop/statefulsets/web", "/api/v1/namespaces/shop/services"),
    "DeleteService": ("/api/v1/namespaces/shop/services/web", "/apis/networking.k8s.io/v1/namespaces/shop/ingresses"),
}


@pytest.mark.parametrize("action", PATHS)
def test_it_reads_the_object_and_what_may_lead_to_it(action):
    own, users = PATHS[action]
    assert ACTIONS[action].reads(request(action, **WEB)) == {"target": Read(own), "users": Read(users, many=True)}


@pytest.mark.parametrize("propagation", ["Foreground", "Background", "Orphan"])
def test_it_deletes_this_object_in_this_version(propagation):
    assert made("DeleteDeployment", workload(), propagation=propagation).writes == (
        Write(
            "delete",
            PATHS["DeleteDeployment"][0],
            {
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "propagationPolicy": propagation,
                "preconditions": {"uid": "u1", "resourceVersion": "41"},
            },
            ObjectRef("Deployment", "web", "shop"),
        ),
    )


def test_what_is_terminating_is_only_waited_for():
    raw = workload()
    raw["metadata"] |= {"deletionTimestamp": "2026-11-21T03:00:00Z"}
    assert made("DeleteDeployment", raw).writes == ()


def test_an_object_of_the_same_name_is_not_the_one_that_is_waited_for():
    action, wanted, plan = (
        ACTIONS["DeleteDeployment"],
        request("DeleteDeployment", **WEB),
        made("DeleteDeployment", workload()),
    )
    successor = workload()
    successor["metadata"] = {**successor["metadata"], "uid": "u2"}
    held = workload()
    held["metadata"] = {**held["metadata"], "deletionTimestamp": "x", "finalizers": ["foregroundDeletion"]}
    assert action.progress(wanted, plan, None) == action.progress(wanted, plan, successor) == Progress(True, "")
    assert action.progress(wanted, plan, held) == Progress(False, "it is terminating, held by foregroundDeletion")
    seen = [action.holds(wanted, plan, raw) for raw in (None, successor, held, workload())]
    assert seen == [True, False, True, False]


@pytest.mark.parametrize(
    ("selector", "replicas", "options", "used_by"),
    [
        ({"app": "web"}, 3, {}, ["Service shop/front"]),
        ({"app": "cart"}, 3, {}, []),
        ({"app": "web", "tier": "back"}, 3, {}, []),
        (None, 3, {}, []),
        ({}, 3, {}, []),
        ({"app": "web"}, 0, {}, []),
        ({"app": "web"}, 3, {"propagation": "Orphan"}, []),
    ],
    ids=["selected", "another", "in part", "without selector", "empty selector", "scaled to 0", "pods stay"],
)
def test_services_that_select_running_pods_use_a_workload(selector, replicas, options, used_by):
    users = (service("front", selector=selector),)
    assert made("DeleteDeployment", workload(replicas=replicas), users, **options).parameters["used_by"] == used_by


@pytest.mark.parametrize(
    ("spec", "used_by"),
    [
        ({"defaultBackend": {"service": {"name": "web"}}}, ["Ingress shop/front"]),
        (
            {"rules": [{"host": "x"}, {"http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}]},
            ["Ingress shop/front"],
        ),
        ({"rules": [{"http": {"paths": [{"backend": {"resource": {"name": "web"}}}]}}]}, []),
        (None, []),
    ],
    ids=["default", "path", "another kind of backend", "empty"],
)
def test_ingresses_that_lead_to_a_service_use_it(spec, used_by):
    users = ({"metadata": {"name": "front", "namespace": "shop"}, "spec": spec},)
    for propagation in ("Foreground", "Orphan"):
        plan = made("DeleteService", service(), users, propagation=propagation)
        assert plan.parameters["used_by"] == used_by


@pytest.mark.parametrize(
    ("when_deleted", "propagation", "expected"),
    [("Delete", "Foreground", True), ("Delete", "Orphan", False), ("Retain", "Foreground", False)],
)
def test_policies_learn_whether_volumes_go_with_a_stateful_set(when_deleted, propagation, expected):
    policy = {"whenDeleted": when_deleted, "whenScaled": "Retain"}
    raw = stateful_set(persistentVolumeClaimRetentionPolicy=policy, volumeClaimTemplates=[{}])
    assert made("DeleteStatefulSet", raw, propagation=propagation).parameters["deletes_volumes"] is expected


def test_what_is_kept_can_be_applied_again_and_holds_no_secret():
    raw = workload()
    raw["metadata"] |= {
        "creationTimestamp": "x",
        "managedFields": [{}],
        "labels": {"app": "web"},
        "annotations": {"deployment.kubernetes.io/revision": "4", "example.com/team": "front"},
    }
    raw["spec"]["template"]["spec"]["containers"] = [
        {"name": "web", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}
    ]
    undo = made("DeleteDeployment", raw).undo
    assert undo.action == ""
    assert undo.parameters["manifest"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "labels": {"app": "web"},
            "annotations": {"example.com/team": "front"},
        },
        "spec": {
            "replicas": 3,
            "template": {
                "metadata": {"labels": {"app": "web", "tier": "front"}},
                "spec": {
                    "containers": [{"name": "web", "env": [{"name": "DB_PASSWORD", "value": "********"}]}],
                    "initContainers": [{"name": "setup", "image": "registry.example.com/setup:1"}],
                },
            },
        },
    }


@pytest.mark.parametrize(
    ("spec", "kept"),
    [
        ({"clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9"], "ports": []}, {"ports": []}),
        ({"clusterIP": "None", "clusterIPs": ["None"]}, {"clusterIP": "None", "clusterIPs": ["None"]}),
    ],
    ids=["allocated", "headless"],
)
def test_an_allocated_address_is_not_kept(spec, kept):
    assert made("DeleteService", service(**spec)).undo.parameters["manifest"]["spec"] == kept


def test_a_manifest_that_is_too_long_for_a_record_is_left_out():
    undo = made("DeleteService", service(text="x" * 70000)).undo
    assert (undo.action, undo.parameters, "too long" in undo.note) == ("", {}, True)


def test_it_needs_the_rights_to_delete_and_to_look():
    assert made("DeleteService", service()).impact.permissions == (
        Permission("get", "services", "", "", "shop", "web"),
        Permission("delete", "services", "", "", "shop", "web"),
        Permission("list", "ingresses", "networking.k8s.io", "", "shop"),
    )
