# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import read_nodes
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.nodes import (
    POOL_LABELS,
    cluster_info,
    nodes_overview,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import ClusterInfo, ForeignLock, Nodes
from tests.unit.cluster_facts.fake_api import FakeApi
from tests.unit.cluster_facts.objects import node

CONTROL_PLANE = {"node-role.kubernetes.io/control-plane": ""}
POOL = "cloud.google.com/gke-nodepool"
NODES = [
    node("cp", labels=CONTROL_PLANE),
    node("cp-old", labels={"node-role.kubernetes.io/master": ""}, ready=False),
    node("a1", labels={POOL: "a"}),
    node("a2", labels={POOL: "a"}, unschedulable=True),
    node("a3", labels={POOL: "a"}, ready=False),
    node("b1", labels={POOL: "b"}, unschedulable=True),
]


def states(*nodes):
    return read_nodes(FakeApi().add("/api/v1/nodes", *nodes))


def test_available_nodes_are_ready_and_schedulable():
    assert cluster_info(states(*NODES)) == ClusterInfo(name="", total_nodes=6, available_nodes=2)


def test_nodes_are_described_from_the_target_s_point_of_view():
    locks = (ForeignLock("kured", "a2", "kured"),)
    assert nodes_overview(states(*NODES), "a2", locks) == Nodes(
        total=6,
        ready=4,
        schedulable=4,
        control_plane=2,
        control_plane_ready=1,
        pool="a",
        pool_total=3,
        pool_available=1,
        cordoned=("b1",),
        cordoned_count=1,
        locks=locks,
    )


def test_another_kind_of_target_has_no_pool():
    found = nodes_overview(states(*NODES), "", ())
    assert (found.pool, found.pool_total, found.cordoned) == ("", 0, ("a2", "b1"))


@pytest.mark.parametrize("label", POOL_LABELS)
def test_each_provider_s_label_names_the_pool(label):
    found = nodes_overview(states(node("n1", labels={label: "blue"}), node("n2", labels={label: "red"})), "n1", ())
    assert (found.pool, found.pool_total) == ("blue", 1)


def test_names_of_cordoned_nodes_are_cut_and_the_count_is_not():
    found = nodes_overview(states(*(node(f"n{number:02}", unschedulable=True) for number in range(14))), "n00", ())
    assert (found.cordoned_count, found.cordoned) == (13, tuple(f"n{number:02}" for number in range(1, 6)))


def test_the_order_of_the_nodes_is_irrelevant():
    expected = states(*NODES)
    assert all(states(*random.Random(seed).sample(NODES, len(NODES))) == expected for seed in range(10))
