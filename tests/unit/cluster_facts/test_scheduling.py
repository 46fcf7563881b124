# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import node_state
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.scheduling import objection, tolerates
from tests.unit.cluster_facts.objects import node

GPU = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


def required(*rules):
    terms = {"nodeSelectorTerms": [{"matchExpressions": list(rules)}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}


ZONE_A = {"key": "zone", "operator": "In", "values": ["a"]}
ZONE_B = {"key": "zone", "operator": "In", "values": ["b"]}


@pytest.mark.parametrize(
    ("spec", "volumes", "taints", "expected"),
    [
        pytest.param({}, [], [], "", id="anything-goes"),
        pytest.param({"nodeSelector": {"zone": "a"}}, [], [], "", id="selector-matches"),
        pytest.param({"nodeSelector": {"zone": "b"}}, [], [], "node selector", id="selector-differs"),
        pytest.param(required(ZONE_A), [], [], "", id="affinity-matches"),
        pytest.param(required(ZONE_B), [], [], "node selector", id="affinity-differs"),
        pytest.param({}, [[{"matchExpressions": [ZONE_B]}]], [], "volume node affinity", id="volume-elsewhere"),
        pytest.param({}, [[{"matchExpressions": [ZONE_A]}]], [], "", id="volume-here"),
        pytest.param({}, [], [GPU], "taints", id="tainted"),
        pytest.param({}, [], [{**GPU, "effect": "PreferNoSchedule"}], "", id="soft-taint"),
        pytest.param({"tolerations": [{"operator": "Exists"}]}, [], [GPU], "", id="tolerated"),
        pytest.param(
            {"tolerations": [{"key": "gpu", "operator": "Exists"}]},
            [],
            [GPU, {**GPU, "key": "x"}],
            "taints",
            id="one-of-two-tolerated",
        ),
        pytest.param(
            {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}},
            [],
            [],
            "",
            id="preferences-do-not-matter",
        ),
    ],
)
def test_a_node_is_refused_for_the_first_objection(spec, volumes, taints, expected):
    assert objection(spec, volumes, node_state(node("n1", labels={"zone": "a"}, taints=taints))) == expected


@pytest.mark.parametrize(
    ("toleration", "covers"),
    [
        pytest.param({"operator": "Exists"}, True, id="everything"),
        pytest.param({"key": "gpu", "operator": "Exists"}, True, id="key"),
        pytest.param({"key": "cpu", "operator": "Exists"}, False, id="other-key"),
        pytest.param({"key": "gpu", "value": "yes"}, True, id="equal-by-default"),
        pytest.param({"key": "gpu", "operator": "Equal", "value": "no"}, False, id="other-value"),
        pytest.param({"key": "gpu", "value": "yes", "effect": "NoExecute"}, False, id="other-effect"),
        pytest.param({"key": "gpu", "value": "yes", "effect": "NoSchedule"}, True, id="same-effect"),
        pytest.param({"key": "gpu", "operator": "Gt", "value": "1"}, False, id="unknown-operator"),
    ],
)
def test_a_toleration_covers_a_taint(toleration, covers):
    assert tolerates(toleration, GPU) is covers
