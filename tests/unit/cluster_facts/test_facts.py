# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import random
import threading
from datetime import UTC, datetime

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.facts import gather
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import (
    Budget,
    Capacity,
    Disruption,
    PodGroup,
    Shortage,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import (
    Autoscaler,
    ClusterInfo,
    Facts,
    NamespaceInfo,
    Nodes,
    Ownership,
    Replicas,
    Subject,
    Target,
    UnavailableFact,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Permission,
    PodDemand,
)
from tests.unit.cluster_facts.fake_api import FakeApi
from tests.unit.cluster_facts.objects import (
    autoscaler,
    budget,
    deployment,
    node,
    owned_by,
    pod,
    replica_set,
    requests,
)

NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)
RUNNER = Subject("runner")
WEB = ObjectRef("Deployment", "web", "shop")
NODE = ObjectRef("Node", "n1")
CANARY = "canary-5e4f"
SCALE = frozenset({"namespace_info", "cluster_info", "ownership", "capacity", "rbac_permissions", "dry_run_result"})
DRAIN = frozenset({"cluster_info", "nodes", "disruption", "capacity", "rbac_permissions", "dry_run_result"})
SECTIONS = frozenset(
    {"namespace_info", "cluster_info", "ownership", "disruption", "capacity", "nodes", "rbac_permissions"}
)


@pytest.fixture
def api():
    api = FakeApi(page_size=500)
    api.rules[""] = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    api.add("/api/v1/namespaces", {"metadata": {"name": "shop", "labels": {"environment": "staging"}}})
    api.add("/api/v1/nodes", node("n1"), node("n2"), node("n3", unschedulable=True))
    api.add("/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers", autoscaler("hpa"))
    api.add("/apis/policy/v1/namespaces/shop/poddisruptionbudgets", budget("web", selector={}))
    api.add("/apis/apps/v1/namespaces/shop/replicasets", replica_set("web-a", "web"))
    api.add("/apis/apps/v1/namespaces/shop/deployments", deployment())
    return api


def scale(api, *, facts=SCALE, raw=None, subject=RUNNER, added=0):
    template = requests(cpu="1")
    adds = (PodDemand(template, added, WEB.label, "shop", grows=True),) if added else ()
    permission = Permission("patch", "deployments", group="apps", subresource="scale", namespace="shop", name="web")
    impact = Impact(adds=adds, fields=(("spec", "replicas"),), permissions=(permission,))
    return gather(
        api, action_facts=facts, subject=subject, target_ref=WEB, raw=raw or deployment(), impact=impact, now=NOW
    )


def drain(api, pods, *, facts=DRAIN):
    adds = (PodDemand(requests(cpu="1"), len(pods), "ReplicaSet shop/web-a", "shop"),)
    impact = Impact(
        removes=tuple(pods), adds=adds, unavailable_nodes=("n1",), permissions=(Permission("patch", "nodes"),)
    )
    return gather(api, action_facts=facts, subject=RUNNER, target_ref=NODE, raw=node("n1"), impact=impact, now=NOW)


def entry(verb, resource, namespace="", group=""):
    return {"verb": verb, "group": group, "resource": resource, "namespace": namespace}


def test_a_scale_down_costs_four_calls(api):
    assert scale(api) == Facts(
        subject=RUNNER,
        target=Target(
            "Deployment",
            "web",
            "shop",
            uid="uid-web",
            resource_version="11",
            generation=2,
            observed_generation=2,
            replicas=Replicas(3, 3, 3, 3, 3),
            images={"app": "registry.example.com/app:1"},
        ),
        namespace_info=NamespaceInfo("shop", {"environment": "staging"}),
        cluster_info=ClusterInfo("", 3, 2),
        ownership=Ownership(autoscaler=Autoscaler("hpa", 2, 9), field_managers={"spec.replicas": ()}),
        capacity=Capacity(cluster_pods=220),
        rbac_permissions=(
            entry("delete", "deployments", "shop", "apps"),
            entry("patch", "deployments/scale", "shop", "apps"),
            entry("update", "deployments", "shop", "apps"),
        ),
    )
    assert sorted(api.calls) == [
        "GET /api/v1/namespaces/shop",
        "GET /api/v1/nodes",
        "LIST /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers",
        "POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    ]


def test_a_scale_up_costs_two_calls_more(api):
    assert scale(api, added=2).capacity == Capacity(pods=2, placed=2, cluster_pods=220, nodes_examined=1)
    assert len(api.calls) == 6


def test_a_drain_costs_no_call_for_each_pod(api):
    def pods(count):
        return [
            pod(f"web-{number}", owner=owned_by("ReplicaSet", "web-a"), spec=requests(cpu="1"))
            for number in range(count)
        ]

    found = drain(api, pods(3))
    names = ("web-0", "web-1", "web-2")
    controller = {"kind": "Deployment", "name": "web"}
    assert found.unavailable == ()
    assert found.disruption == Disruption(
        3,
        (PodGroup("shop", controller, (), (), True, 3, 3, 3, names),),
        (Budget("shop", "web", 1, 3, 2, 3, False, 3, 3, names),),
    )
    assert found.nodes == Nodes(total=3, ready=3, schedulable=2, cordoned=("n3",), cordoned_count=1)
    assert found.capacity == Capacity(pods=3, placed=3, cluster_pods=110, nodes_examined=1)
    assert found.namespace_info == NamespaceInfo()
    first, api.calls[:] = len(api.calls), []
    drain(api, pods(4))
    assert first == len(api.calls) == 7


def test_a_drain_looks_at_the_volumes_of_the_pods_that_have_to_move(api):
    here = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]
    volume = {"local": {"path": "/x"}, "nodeAffinity": {"required": {"nodeSelectorTerms": here}}}
    api.add(
        "/api/v1/namespaces/shop/persistentvolumeclaims",
        {"metadata": {"name": "data", "namespace": "shop"}, "spec": {"volumeName": "pv"}},
    )
    api.add("/api/v1/persistentvolumes", {"metadata": {"name": "pv"}, "spec": volume})
    spec = {"containers": [], "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]}
    leaving = pod("web-0", owner=owned_by("ReplicaSet", "web-a"), spec=spec)
    adds = (PodDemand(spec, 1, "ReplicaSet shop/web-a", "shop"),)
    impact = Impact(removes=(leaving,), adds=adds, unavailable_nodes=("n1",))
    found = gather(api, action_facts=DRAIN, subject=RUNNER, target_ref=NODE, raw=node("n1"), impact=impact, now=NOW)
    assert found.unavailable == ()
    assert found.disruption.pods[0].storage == ("local",)
    assert found.capacity.shortages == (Shortage("ReplicaSet shop/web-a", "shop", 1, "volume node affinity"),)
    assert api.calls.count("GET /api/v1/persistentvolumes/pv") == 1


def test_sections_that_are_not_asked_for_are_empty_and_cost_nothing(api):
    found = scale(api, facts=frozenset())
    assert (found, api.calls) == (Facts(subject=RUNNER, target=found.target), [])


def test_an_unknown_section_is_a_bug(api):
    with pytest.raises(KeyError, match="no such sections: weather"):
        scale(api, facts=frozenset({"weather"}))


def test_an_unknown_identity_is_unavailable(api):
    found = scale(api, facts=frozenset(), subject=None)
    assert found.subject == Subject()
    assert found.unavailable == (UnavailableFact("subject", "The identity could not be read."),)


PATHS = {
    "namespace_info": "/api/v1/namespaces/shop",
    "ownership": "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers",
    "rbac_permissions": "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
}
FAILURES = [
    pytest.param(ApiFailure("api.forbidden", "runner may not list it.", "Grant it.", status=403), id="forbidden"),
    pytest.param(Unreachable("api.timeout", "The API server did not answer."), id="unreachable"),
]


@pytest.mark.parametrize("section", sorted(PATHS))
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_read_leaves_its_section_empty_and_no_other(api, section, failure):
    whole, api.calls[:] = scale(api), []
    found = scale(api.fail(PATHS[section], failure))
    empty = getattr(Facts(), section)
    assert found == dataclasses.replace(
        whole, **{section: empty}, unavailable=(UnavailableFact(section, failure.message),)
    )


@pytest.mark.parametrize("failure", FAILURES)
def test_sections_that_share_a_read_fail_together(api, failure):
    found = drain(api.fail("/api/v1/nodes", failure), [])
    assert [it.fact for it in found.unavailable] == ["capacity", "cluster_info", "nodes"]
    assert {it.reason for it in found.unavailable} == {failure.message}
    assert (found.capacity, found.cluster_info, found.nodes) == (Capacity(), ClusterInfo(), Nodes())
    assert api.calls.count("GET /api/v1/nodes") == 1


def test_a_part_that_cannot_be_read_makes_the_section_unavailable(api):
    api.fail(
        "/apis/coordination.k8s.io/v1/namespaces/medik8s-leases/leases/node-n1",
        ApiFailure("api.forbidden", "runner may not get leases.", status=403),
    )
    found = drain(api, [])
    assert (found.nodes, found.unavailable) == (Nodes(), (UnavailableFact("nodes", "runner may not get leases."),))
    assert found.cluster_info == ClusterInfo("", 3, 2)


MALFORMED = "An object that the API server sent has an unexpected form ({})."


@pytest.mark.parametrize(
    ("broken", "sections", "kind"),
    [
        pytest.param({"metadata": {"name": CANARY}}, ("capacity", "cluster_info"), "KeyError", id="missing"),
        pytest.param({"metadata": CANARY, "status": {}}, ("capacity", "cluster_info"), "TypeError", id="wrong-type"),
        pytest.param(node("n9", cpu=CANARY), ("capacity", "cluster_info"), "ValueError", id="no-quantity"),
        pytest.param(node("n9", pods=[CANARY]), ("capacity", "cluster_info"), "ValueError", id="list-for-text"),
        pytest.param(
            {**node("n9"), "spec": [CANARY]}, ("capacity", "cluster_info"), "AttributeError", id="list-for-map"
        ),
    ],
)
def test_a_malformed_object_is_a_failed_read_and_not_quoted(api, broken, sections, kind):
    found = scale(api.add("/api/v1/nodes", broken))
    assert found.unavailable == tuple(UnavailableFact(section, MALFORMED.format(kind)) for section in sections)
    assert CANARY not in repr(found)


def test_a_malformed_target_is_unavailable(api):
    found = scale(api, facts=frozenset(), raw={"metadata": {"name": "web"}})
    assert (found.target, found.unavailable) == (Target(), (UnavailableFact("target", MALFORMED.format("KeyError")),))


def test_a_bug_of_ours_is_not_hidden(api):
    api.fail("/api/v1/namespaces/shop", RuntimeError("a bug"))
    before = threading.active_count()
    with pytest.raises(RuntimeError, match="a bug"):
        scale(api)
    assert threading.active_count() == before


def test_no_thread_outlives_the_gathering(api):
    before = threading.active_count()
    scale(api)
    assert threading.active_count() == before


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_server_s_answers_is_irrelevant(seed):
    def cluster(mix):
        api = FakeApi(page_size=3)
        for path, items in {
            "/api/v1/nodes": [node(f"n{number}", cpu=str(1 + number % 3)) for number in range(7)],
            "/apis/policy/v1/namespaces/shop/poddisruptionbudgets": [budget(name, selector={}) for name in "abc"],
            "/apis/apps/v1/namespaces/shop/replicasets": [replica_set(f"{name}-x", name) for name in "abcd"],
            "/apis/apps/v1/namespaces/shop/deployments": [deployment(name) for name in "abcd"],
            "/api/v1/pods": [pod(f"p{number}", on=f"n{number % 7}", spec=requests(cpu="500m")) for number in range(9)],
        }.items():
            api.add(path, *mix(items))
        return api

    pods = [
        pod(f"{name}-{number}", owner=owned_by("ReplicaSet", f"{name}-x")) for name in "abcd" for number in range(3)
    ]
    mixed = random.Random(seed)
    expected = drain(cluster(list), pods)
    shuffled = drain(cluster(lambda items: mixed.sample(items, len(items))), mixed.sample(pods, len(pods)))
    assert shuffled == expected
    assert expected.unavailable == ()


def test_no_secret_of_a_pod_becomes_a_fact(api):
    env = {"containers": [{"name": "app", "image": "a:1", "env": [{"name": "T", "value": CANARY}], "args": [CANARY]}]}
    secret = pod(
        "web-0", owner=owned_by("ReplicaSet", "web-a"), spec=env, annotations={"vault": f'{{"t": "{CANARY}"}}'}
    )
    api.add("/api/v1/pods", {**secret, "spec": {**secret["spec"], "nodeName": "n2"}})
    impact = Impact(
        removes=(secret,), adds=(PodDemand(env, 1, "ReplicaSet shop/web-a", "shop"),), unavailable_nodes=("n1",)
    )
    found = gather(
        api,
        action_facts=SECTIONS,
        subject=RUNNER,
        target_ref=ObjectRef("Pod", "web-0", "shop"),
        raw=secret,
        impact=impact,
        now=NOW,
    )
    assert found.unavailable == ()
    assert CANARY not in repr(found)
