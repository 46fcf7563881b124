# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts import capacity
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import node_state
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.volumes import Volume
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import (
    Capacity,
    QuotaUse,
    Shortage,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Impact, PodDemand
from tests.unit.cluster_facts.fake_api import FakeApi
from tests.unit.cluster_facts.objects import node, pod, quota, requests

ALONE = {
    "affinity": {
        "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}
            ]
        }
    }
}


def demand(count=1, owner="ReplicaSet shop/web", **options):
    spec = options.pop("spec", None) or requests(cpu=options.pop("cpu", "1"))
    return PodDemand(spec=spec, count=count, owner=owner, namespace="shop", **options)


def read(nodes, *demands, pods=(), removes=(), lost=(), volumes=None, api=None):
    api = api or FakeApi()
    api.add("/api/v1/pods", *pods)
    impact = Impact(adds=demands, removes=removes, unavailable_nodes=lost)
    return capacity.read_capacity(api, [node_state(raw) for raw in nodes], impact, volumes or {})


def why(found):
    return [(it.owner, it.count, it.why) for it in found.shortages]


def test_pods_that_fit_are_placed_and_only_as_many_nodes_are_read_as_that_takes():
    api = FakeApi()
    found = read([node("n1"), node("n2"), node("big", cpu="16")], demand(5), api=api)
    assert found == Capacity(pods=5, placed=5, cluster_pods=330, nodes_examined=1)
    assert api.calls == ["GET /api/v1/pods?spec.nodeName=big,status.phase!=Succeeded,status.phase!=Failed"]


def test_what_runs_already_takes_room():
    busy = [pod("a", on="n1", spec=requests(cpu="3")), pod("b", on="n1", spec=requests(cpu="4"), phase="Succeeded")]
    found = read([node("n1")], demand(2), pods=busy)
    assert found == Capacity(2, 1, 110, 1, (Shortage("ReplicaSet shop/web", "shop", 1, "cpu"),))


def test_pods_that_the_plan_ends_leave_their_room():
    old = pod("old", on="n1", spec=requests(cpu="4"))
    assert read([node("n1")], demand(1, cpu="4"), pods=[old], removes=[old]).placed == 1


@pytest.mark.parametrize(
    ("nodes", "spec", "reason"),
    [
        pytest.param([], requests(cpu="1"), "no schedulable node", id="no-node"),
        pytest.param([node("n1", ready=False)], requests(cpu="1"), "no schedulable node", id="not-ready"),
        pytest.param([node("n1", unschedulable=True)], requests(cpu="1"), "no schedulable node", id="cordoned"),
        pytest.param([node("n1")], requests(cpu="5"), "cpu", id="cpu"),
        pytest.param([node("n1")], requests(memory="9Gi"), "memory", id="memory"),
        pytest.param([node("n1")], requests(**{"example.com/gpu": "1"}), "example.com/gpu", id="extended-resource"),
        pytest.param([node("n1", pods="0")], requests(cpu="1"), "pods", id="pod-slots"),
        pytest.param([node("n1")], {**requests(cpu="1"), "nodeSelector": {"a": "b"}}, "node selector", id="selector"),
        pytest.param(
            [node("n1", taints=[{"key": "a", "effect": "NoExecute"}])], requests(cpu="1"), "taints", id="taints"
        ),
        pytest.param(
            [node("n1"), node("n2", taints=[{"key": "a", "effect": "NoExecute"}])],
            requests(cpu="5"),
            "cpu",
            id="a-blocker-on-an-eligible-node-tells-more",
        ),
    ],
)
def test_a_shortage_says_what_was_missing(nodes, spec, reason):
    assert why(read(nodes, demand(2, spec=spec))) == [("ReplicaSet shop/web", 2, reason)]


def test_the_lost_node_takes_nothing():
    found = read([node("n1"), node("n2", cpu="1")], demand(3), lost=("n1",))
    assert (found.placed, found.cluster_pods, why(found)) == (1, 110, [("ReplicaSet shop/web", 2, "cpu")])


def test_no_demand_reads_nothing():
    api = FakeApi()
    assert read([node("n1"), node("n2", ready=False)], api=api) == Capacity(cluster_pods=110)
    assert api.calls == []


def test_pods_without_requests_read_nothing_when_no_node_is_lost():
    api = FakeApi()
    found = read([node("n1", pods="3")], demand(5, spec=requests()), api=api)
    assert (found.placed, found.nodes_examined, why(found)) == (3, 0, [("ReplicaSet shop/web", 2, "pods")])
    assert api.calls == []


def test_pods_without_requests_need_free_slots_when_a_node_is_lost():
    running = [pod(f"p{number}", on="n2") for number in range(2)]
    found = read([node("n1"), node("n2", pods="3")], demand(2, spec=requests()), pods=running, lost=("n1",))
    assert why(found) == [("ReplicaSet shop/web", 1, "pods")]


def test_the_most_constrained_pods_choose_first():
    nodes = [node("n1", cpu="2", labels={"disk": "ssd"}), node("n2", cpu="1")]
    picky = demand(2, "ReplicaSet shop/x-picky", spec={**requests(cpu="1"), "nodeSelector": {"disk": "ssd"}})
    assert read(nodes, demand(1), picky).placed == 3


def test_anti_affinity_keeps_pods_off_nodes_where_their_like_runs():
    running = [pod("web-1", on="n1", labels={"app": "web"}), pod("api-1", on="n2", labels={"app": "api"})]
    wanted = demand(2, spec={**requests(cpu="1"), **ALONE}, labels={"app": "web"})
    found = read([node("n1"), node("n2")], wanted, pods=running)
    assert (found.placed, why(found)) == (1, [("ReplicaSet shop/web", 1, "pod anti-affinity")])


def test_anti_affinity_ignores_the_pod_that_leaves():
    old = pod("web-1", on="n1", labels={"app": "web"})
    wanted = demand(1, spec={**requests(cpu="1"), **ALONE}, labels={"app": "web"})
    assert read([node("n1")], wanted, pods=[old], removes=[old]).placed == 1


def test_a_volume_of_the_lost_node_keeps_its_pod_from_moving():
    spec = {**requests(cpu="1"), "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]}
    here = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["n1"]}]}]
    volumes = {("shop", "data"): Volume(local=True, node_terms=here)}
    found = read([node("n1"), node("n2")], demand(1, spec=spec), lost=("n1",), volumes=volumes)
    assert why(found) == [("ReplicaSet shop/web", 1, "volume node affinity")]


def test_a_full_cluster_is_read_once_instead_of_node_by_node():
    names = [f"n{number:02}" for number in range(60)]
    full = [pod(f"p-{name}", on=name, spec=requests(cpu="4")) for name in names]
    api = FakeApi(page_size=500)
    found = read([node(name) for name in names], demand(1), pods=full, api=api)
    assert (found.placed, found.nodes_examined) == (0, 60)
    assert len(api.calls) == capacity.FEW_NODES + 1
    assert api.calls[-1] == "GET /api/v1/pods?spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"


def test_many_nodes_are_read_one_by_one_as_long_as_they_take_pods():
    names = [f"n{number:02}" for number in range(60)]
    api = FakeApi()
    found = read([node(name) for name in names], demand(80, cpu="2"), api=api)
    assert (found.placed, found.nodes_examined, len(api.calls)) == (80, 40, 40)


def test_the_node_by_node_reading_ends_somewhere():
    names = [f"n{number:03}" for number in range(100)]
    api = FakeApi(page_size=500)
    found = read([node(name) for name in names], demand(90, cpu="3"), api=api)
    assert (found.placed, len(api.calls)) == (90, capacity.MANY_NODES + 1)


def test_only_growth_counts_against_quotas():
    api = FakeApi().add(
        "/api/v1/namespaces/shop/resourcequotas", quota("compute", {"requests.cpu": "10"}, {"requests.cpu": "9500m"})
    )
    found = read([node("n1")], demand(2, grows=True), demand(1, owner="moved"), api=api)
    assert found.quotas == (QuotaUse("shop/compute", "requests.cpu", 10, 9.5, 11.5),)
    assert api.calls[-1] == "LIST /api/v1/namespaces/shop/resourcequotas"


CORES = st.integers(min_value=1, max_value=6)


@settings(deadline=None)
@given(
    sizes=st.lists(CORES, max_size=5),
    demands=st.lists(st.tuples(CORES, st.integers(min_value=1, max_value=4)), max_size=5),
    seed=st.integers(min_value=0, max_value=99),
)
def test_the_order_of_nodes_and_demands_is_irrelevant(sizes, demands, seed):
    nodes = [node(f"n{number}", cpu=str(size)) for number, size in enumerate(sizes)]
    wanted = [demand(count, f"rs-{number}", cpu=str(cpu)) for number, (cpu, count) in enumerate(demands)]
    mixed = random.Random(seed)
    expected = read(nodes, *wanted)
    assert read(mixed.sample(nodes, len(nodes)), *mixed.sample(wanted, len(wanted))) == expected


@settings(deadline=None)
@given(sizes=st.lists(CORES, max_size=4), demands=st.lists(st.tuples(CORES, CORES), max_size=4))
def test_no_more_is_placed_than_there_is(sizes, demands):
    nodes = [node(f"n{number}", cpu=str(size)) for number, size in enumerate(sizes)]
    wanted = [demand(count, f"rs-{number}", cpu=str(cpu)) for number, (cpu, count) in enumerate(demands)]
    found = read(nodes, *wanted)
    left = {it.owner: it.count for it in found.shortages}
    used = sum(cpu * (count - left.get(f"rs-{number}", 0)) for number, (cpu, count) in enumerate(demands))
    assert used <= sum(sizes)
    assert found.placed + sum(left.values()) == found.pods == sum(count for _cpu, count in demands)
