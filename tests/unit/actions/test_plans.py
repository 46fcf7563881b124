# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of the actions: the exact writes, from objects to bytes, without any I/O."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Write
from tests.unit.actions.objects import deployment, node, pod, request

WEB = ObjectRef("Deployment", "web", "shop")
NODE = ObjectRef("Node", "node-1")
WORKLOAD = {"name": "web", "namespace": "shop", "kind": "Deployment"}


def plan(action: str, target: dict, pods: tuple = (), **parameters) -> Plan:
    asked = request(action, **parameters)
    return ACTIONS[action].plan(asked, {"target": target, "pods": pods})


def test_scale_patches_the_scale_subresource_with_the_judged_resource_version():
    made = plan("ScaleDeployment", deployment(3), name="web", namespace="shop", replicas=5)
    assert made.writes == (
        Write(
            "patch",
            "/apis/apps/v1/namespaces/shop/deployments/web/scale",
            {"metadata": {"resourceVersion": "41"}, "spec": {"replicas": 5}},
            WEB,
            "application/merge-patch+json",
        ),
    )
    assert (made.before, made.after) == ({"replicas": 3}, {"replicas": 5})
    assert [(demand.count, demand.grows) for demand in made.impact.adds] == [(2, True)]


def test_scale_down_adds_no_pods():
    assert plan("ScaleDeployment", deployment(3), name="web", namespace="shop", replicas=0).impact.adds == ()


def test_an_absent_replicas_field_is_one():
    raw = deployment(3)
    del raw["spec"]["replicas"]
    assert plan("ScaleDeployment", raw, name="web", namespace="shop", replicas=1).writes == ()


@pytest.mark.parametrize(
    ("action", "target", "parameters"),
    [
        ("ScaleDeployment", deployment(3), {"name": "web", "namespace": "shop", "replicas": 3}),
        ("UpdateImage", deployment(), {**WORKLOAD, "containers": {"web": "registry.example.com/web:1"}}),
        ("CordonNode", node(True), {"name": "node-1"}),
        ("UncordonNode", node(), {"name": "node-1"}),
        ("UncordonNode", node(False), {"name": "node-1"}),
        ("DrainNode", node(True), {"name": "node-1"}),
        ("DeletePod", pod(deletionTimestamp="2026-11-21T03:00:00Z"), {"name": "web-1", "namespace": "shop"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_written_when_the_cluster_is_as_asked_for(action, target, parameters):
    assert plan(action, target, **parameters).writes == ()


def test_update_image_names_only_the_containers_that_change():
    made = plan(
        "UpdateImage",
        deployment(),
        **WORKLOAD,
        containers={
            "web": "registry.example.com/web:2",
            "proxy": "registry.example.com/proxy:1",
            "setup": "registry.example.com/setup:2",
        },
    )
    assert made.writes[0].body == {
        "metadata": {"resourceVersion": "41"},
        "spec": {
            "template": {
                "spec": {
                    "containers": [{"name": "web", "image": "registry.example.com/web:2"}],
                    "initContainers": [{"name": "setup", "image": "registry.example.com/setup:2"}],
                }
            }
        },
    }


@pytest.mark.parametrize(
    ("action", "target", "parameters", "code"),
    [
        (
            "ScaleDeployment",
            deployment(),
            {"name": "web", "namespace": "shop", "replicas": -1},
            "request.replicas-negative",
        ),
        ("UpdateImage", deployment(), {**WORKLOAD, "containers": {"wbe": "a:1"}}, "request.container-unknown"),
        ("UpdateImage", deployment(), {**WORKLOAD, "containers": {}}, "request.containers-empty"),
        ("UpdateImage", deployment(), {**WORKLOAD, "containers": {"web": "a b"}}, "request.image-invalid"),
        ("RolloutRestart", deployment(paused=True), WORKLOAD, "target.paused"),
        (
            "RolloutRestart",
            deployment(updateStrategy={"type": "OnDelete"}),
            {**WORKLOAD, "kind": "StatefulSet"},
            "target.on-delete",
        ),
        ("DeletePod", pod(owner=None), {"name": "web-1", "namespace": "shop"}, "request.pod-bare"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_request_that_does_not_fit_the_object_is_refused_with_its_code(action, target, parameters, code):
    with pytest.raises(InvalidRequest) as refused:
        plan(action, target, **parameters)
    assert refused.value.code == code


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("name", ["", "Web", "../secrets", "a/b", "a?b", "a\nb", "web\n", 'a"b', "x" * 254], ids=repr)
def test_a_name_that_kubernetes_would_refuse_never_reaches_a_path(action, name):
    parameters = {"name": name, "namespace": "shop", "replicas": 1, "containers": {}}
    with pytest.raises(InvalidRequest) as refused:
        ACTIONS[action].reads(request(action, **parameters))
    assert refused.value.code == "request.name-invalid"


@pytest.mark.parametrize(
    ("grace", "options"), [(None, {}), (0, {"gracePeriodSeconds": 0}), (5, {"gracePeriodSeconds": 5})]
)
@pytest.mark.parametrize("action", ["DrainNode", "DeletePod"])
def test_an_eviction_names_the_uid_and_sends_grace_zero_as_zero(action, grace, options):
    one = pod()
    target = node() if action == "DrainNode" else one
    write = plan(action, target, (one,), name="web-1", namespace="shop", grace_period=grace).evictions[0]
    assert write.path == "/api/v1/namespaces/shop/pods/web-1/eviction"
    assert write.body["deleteOptions"] == {"preconditions": {"uid": "uid-web-1"}, **options}


def test_delete_pod_deletes_only_when_asked():
    made = plan("DeletePod", pod(), name="web-1", namespace="shop", disable_eviction=True, grace_period=0)
    assert [(w.verb, w.path, w.body) for w in made.writes] == [
        (
            "delete",
            "/api/v1/namespaces/shop/pods/web-1",
            {
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "preconditions": {"uid": "uid-web-1"},
                "gracePeriodSeconds": 0,
            },
        )
    ]


def test_drain_cordons_first_and_then_evicts_in_order():
    made = plan("DrainNode", node(), (pod("web-2"), pod("web-1")), name="node-1")
    assert [(w.verb, w.target.name) for w in made.writes] == [
        ("patch", "node-1"),
        ("evict", "web-1"),
        ("evict", "web-2"),
    ]
    assert made.writes[0].body == {"metadata": {"resourceVersion": "7"}, "spec": {"unschedulable": True}}


def test_drain_leaves_mirror_and_daemon_pods_and_says_why():
    mirror = pod("etcd", owner="Node", annotations={"kubernetes.io/config.mirror": "x"})
    made = plan("DrainNode", node(), (mirror, pod("agent", owner="DaemonSet"), pod("web-1")), name="node-1")
    assert made.skipped == (
        {"name": "agent", "namespace": "shop", "reason": "DaemonSet daemonset-1 would start it again on this node"},
        {
            "name": "etcd",
            "namespace": "shop",
            "reason": "mirror pod of a static pod: only the kubelet's files can end it",
        },
    )
    assert [w.target.name for w in made.evictions] == ["web-1"]


EMPTY_DIR = ({"name": "tmp", "emptyDir": {}},)


@pytest.mark.parametrize(
    ("one", "options", "refused"),
    [
        (pod(owner=None), {}, "force"),
        (pod(owner=None), {"force": True}, None),
        (pod(volumes=EMPTY_DIR), {}, "delete_emptydir_data"),
        (pod(volumes=EMPTY_DIR), {"delete_emptydir_data": True}, None),
        (pod(owner=None, volumes=EMPTY_DIR), {"delete_emptydir_data": True}, "force"),
        (pod(owner=None, volumes=EMPTY_DIR), {"force": True}, "delete_emptydir_data"),
        (pod(owner=None, volumes=EMPTY_DIR), {"force": True, "delete_emptydir_data": True}, None),
        (pod(owner=None, volumes=EMPTY_DIR, phase="Succeeded"), {}, None),
        (pod(owner="DaemonSet"), {"ignore_daemonsets": False}, "ignore_daemonsets"),
    ],
    ids=[
        "bare",
        "bare-forced",
        "emptydir",
        "emptydir-allowed",
        "bare-with-emptydir-not-forced",
        "bare-with-emptydir-kept",
        "bare-with-emptydir-both",
        "finished",
        "daemon",
    ],
)
def test_drain_refuses_pods_whose_option_is_missing(one, options, refused):
    if refused is None:
        assert [w.target.name for w in plan("DrainNode", node(), (one,), name="node-1", **options).evictions] == [
            "web-1"
        ]
        return
    with pytest.raises(InvalidRequest) as raised:
        plan("DrainNode", node(), (one,), name="node-1", **options)
    assert raised.value.code == "request.pods-protected"
    assert f"{refused}: true allows it" in raised.value.message
    assert "shop/web-1" in raised.value.message


def test_drain_demands_room_for_what_controllers_start_again():
    pods = (pod("web-1"), pod("web-2"), pod("db-0", owner="StatefulSet"), pod("done", owner="Job", phase="Succeeded"))
    made = plan("DrainNode", node(), pods, name="node-1")
    assert [(d.owner, d.count, "nodeName" in d.spec) for d in made.impact.adds] == [
        ("ReplicaSet shop/replicaset-1", 2, False),
        ("StatefulSet shop/statefulset-1", 1, False),
    ]


@pytest.mark.parametrize(
    ("replicas", "max_surge", "count"),
    [(4, "25%", [1]), (5, "25%", [2]), (3, 0, []), (3, 5, [3]), (0, "25%", [])],
)
def test_a_rollout_needs_room_for_its_surge(replicas, max_surge, count):
    raw = deployment(replicas, strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": max_surge}})
    assert [demand.count for demand in plan("RolloutRestart", raw, **WORKLOAD).impact.adds] == count


def test_the_digest_of_a_plan_follows_its_writes():
    one = plan("ScaleDeployment", deployment(3), name="web", namespace="shop", replicas=5)
    other = plan("ScaleDeployment", deployment(3), name="web", namespace="shop", replicas=6)
    same = plan("ScaleDeployment", deployment(3), name="web", namespace="shop", replicas=5)
    assert one.digest == same.digest != other.digest
