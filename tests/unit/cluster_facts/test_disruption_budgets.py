# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.disruption_budgets import (
    read_budgets,
    rounds_needed,
    weigh,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import Budget, SharedPod
from tests.unit.cluster_facts.fake_api import FakeApi
from tests.unit.cluster_facts.objects import budget, pod

WEB = {"matchLabels": {"app": "web"}}


def web(name, **options):
    return pod(name, labels={"app": "web"}, **options)


def claimed(pods, *budgets):
    return {(it.name): it.pods for it in weigh(pods, budgets)[0]}


def test_the_sum_of_all_pods_is_set_against_the_budget():
    pods = [web(f"web-{number:02}") for number in range(12)]
    names = tuple(f"web-{number:02}" for number in range(5))
    assert weigh(pods, [budget("web", selector=WEB, allowed=5, healthy=12, desired=7, expected=12)]) == (
        (Budget("shop", "web", 5, 12, 7, 12, False, 12, 3, names),),
        (),
    )


@pytest.mark.parametrize(
    ("pods", "allowed", "rounds"), [(1, 1, 1), (2, 1, 2), (10, 3, 4), (9, 3, 3), (3, 0, 0), (3, -1, 0), (1, 9, 1)]
)
def test_rounds_are_full_ones_and_none_when_nothing_is_allowed(pods, allowed, rounds):
    assert rounds_needed(pods, allowed) == rounds


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        pytest.param({}, True, id="running"),
        pytest.param({"phase": "Pending", "ready": False}, False, id="pending"),
        pytest.param({"phase": "Succeeded", "ready": False}, False, id="succeeded"),
        pytest.param({"phase": "Failed", "ready": False}, False, id="failed"),
        pytest.param({"deleting": True}, False, id="terminating"),
        pytest.param({"phase": "Unknown"}, True, id="unknown"),
    ],
)
def test_only_pods_that_the_eviction_api_guards_need_the_budget(options, counts):
    # Too few are healthy, so no pod passes for being unready.
    assert claimed([web("web-1", **options)], budget("web", selector=WEB, healthy=1)) == ({"web": 1} if counts else {})


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        pytest.param({"healthy": 2, "desired": 2}, False, id="healthy-rest-lets-it-go"),
        pytest.param({"healthy": 1, "desired": 2}, True, id="unhealthy-rest-keeps-it"),
        pytest.param({"healthy": 0, "desired": 0}, True, id="nothing-desired-is-not-healthy"),
        pytest.param({"healthy": 1, "desired": 2, "policy": "AlwaysAllow"}, False, id="always-allow"),
        pytest.param({"healthy": 1, "desired": 2, "policy": "IfHealthyBudget"}, True, id="if-healthy-budget"),
    ],
)
def test_an_unready_pod_may_pass_without_using_the_budget(options, counts):
    assert claimed([web("web-1", ready=False)], budget("web", selector=WEB, **options)) == (
        {"web": 1} if counts else {}
    )


def test_a_pod_under_two_budgets_is_named_with_both():
    both = [budget("web", selector=WEB), budget("all", selector={})]
    found, shared = weigh([web("web-1", ready=False), pod("db-1")], both)
    assert shared == (SharedPod("shop", "web-1", ("all", "web")),)
    assert {it.name: it.pods for it in found} == {"all": 2, "web": 1}


def test_a_terminating_pod_under_two_budgets_is_none_of_their_business():
    assert weigh([web("web-1", deleting=True)], [budget("a", selector={}), budget("b", selector={})]) == ((), ())


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(budget("web", selector=WEB, namespace="bank"), id="other-namespace"),
        pytest.param(budget("web"), id="without-selector"),
        pytest.param(budget("web", selector={"matchExpressions": [{"key": "app", "operator": "In"}]}), id="invalid"),
        pytest.param(budget("web", selector={"matchLabels": {"app": "api"}}), id="other-label"),
    ],
)
def test_a_budget_that_covers_no_pod_is_left_out(other):
    assert weigh([web("web-1")], [other]) == ((), ())


@pytest.mark.parametrize(("observed", "stale"), [(3, False), (2, True), (0, True)])
def test_a_budget_is_stale_when_its_controller_is_behind(observed, stale):
    [found] = weigh([web("web-1")], [budget("web", selector=WEB, generation=3, observed=observed)])[0]
    assert found.stale is stale


def test_a_budget_without_a_status_is_not_guessed():
    raw = budget("web", selector=WEB)
    raw["status"] = {}
    with pytest.raises(KeyError):
        weigh([web("web-1")], [raw])


def test_the_order_of_pods_and_budgets_is_irrelevant():
    pods = [web(f"web-{number}", ready=number % 3 > 0) for number in range(9)] + [pod("db", labels={"app": "db"})]
    budgets = [budget("web", selector=WEB, healthy=1), budget("all", selector={}), budget("db", allowed=0, selector={
        "matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]})]  # fmt: skip
    expected = weigh(pods, budgets)
    for seed in range(20):
        shuffled, mixed = random.Random(seed).sample(pods, len(pods)), random.Random(seed).sample(budgets, len(budgets))
        assert weigh(shuffled, mixed) == expected


def test_budgets_are_read_only_where_a_pod_needs_one():
    api = FakeApi().add("/apis/policy/v1/namespaces/shop/poddisruptionbudgets", budget("web", selector=WEB))
    found = read_budgets(api, [web("web-1"), web("web-2"), web("job", namespace="batch", phase="Succeeded")])
    assert [raw["metadata"]["name"] for raw in found] == ["web"]
    assert api.calls == ["LIST /apis/policy/v1/namespaces/shop/poddisruptionbudgets"]


def test_a_budget_that_allows_all_its_pods_names_none_of_them():
    """Names are for the sentence that refuses; a budget in order would only make the input longer."""
    [enough], [too_little] = (
        weigh([web("web-1"), web("web-2")], [budget("web", selector=WEB, allowed=allowed)])[0] for allowed in (2, 1)
    )
    assert (enough.names, too_little.names) == ((), ("web-1", "web-2"))
