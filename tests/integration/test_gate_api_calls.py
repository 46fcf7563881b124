# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The budget of API calls: ten for a scale, a constant and one eviction a pod for a drain. Counted by the proxy."""

from __future__ import annotations

import secrets
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import request_to
from tests.integration.gate_calls import GateCalls, Result, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import (
    budget,
    deployment,
    in_pool,
    is_settled,
    new_namespace,
    new_node,
    settled_deployment,
)
from tests.integration.gate_stage import Stage

pytest_plugins = ["tests.integration.gate_fixtures"]

SCALE_BUDGET = 10
# Calls of one judged task without a wait; more than that is a regression that somebody should notice.
JUDGING_BUDGET = {
    "ScaleDeployment": 9,
    "UpdateImage": 9,
    "RolloutRestart": 9,
    "DeletePod": 10,
    "CordonNode": 7,
    "UncordonNode": 7,
    "DrainNode": 16,
}


def calls(result: Result, proxy: ApiProxy) -> int:
    """What the proxy counted; the result has to say the same."""
    assert result["execution"]["api_calls"] == len(proxy.requests())
    return len(proxy.requests())


def listed(proxy: ApiProxy) -> str:
    return "\n".join(map(str, proxy.requests()))


@pytest.fixture
def web(admin: PlainClient, shop: str) -> dict[str, Any]:
    settled_deployment(admin, shop, replicas=2)
    return {"name": "web", "namespace": shop}


@pytest.mark.parametrize("replicas", [4, 1], ids=["up", "down"])
def test_a_scale_costs_ten_calls_at_most(replicas: int, web: dict[str, Any], gate: GateCalls, proxy: ApiProxy) -> None:
    result = gate("ScaleDeployment", replicas=replicas, wait=False, **web)
    assert_succeeded(result)
    assert calls(result, proxy) <= SCALE_BUDGET, listed(proxy)


def test_pods_that_request_something_cost_a_call_more_for_each_node_that_is_examined(
    admin: PlainClient, shop: str, gate: GateCalls, proxy: ApiProxy, judgements: list[Judgement]
) -> None:
    requests = {"requests": {"cpu": "100m", "memory": "64Mi"}}
    container = {"name": "web", "image": "registry.example.com/web:1", "resources": requests}
    settled_deployment(admin, shop, replicas=1, containers=[container])
    result = gate("ScaleDeployment", name="web", namespace=shop, replicas=4, wait=False)
    assert_succeeded(result)
    assert judgements[0].input["capacity"]["nodes_examined"] == 1
    assert calls(result, proxy) <= SCALE_BUDGET + 1, listed(proxy)


def test_waiting_for_a_scale_adds_looks_at_the_deployment_and_nothing_else(
    web: dict[str, Any], gate: GateCalls, proxy: ApiProxy
) -> None:
    result = gate("ScaleDeployment", replicas=3, **web)
    assert_succeeded(result)
    written = next(number for number, request in enumerate(proxy.requests()) if request.is_write)
    looks = proxy.requests()[written + 1 :]
    assert {(request.method, request.path) for request in looks} == {
        ("GET", path_to("Deployment", "web", web["namespace"]))
    }
    assert written + 1 <= SCALE_BUDGET, listed(proxy)


def test_nothing_to_do_costs_three_calls(web: dict[str, Any], gate: GateCalls, proxy: ApiProxy) -> None:
    result = gate("ScaleDeployment", replicas=2, **web)
    assert_succeeded(result, changed=False)
    assert calls(result, proxy) == 3, listed(proxy)


@pytest.mark.parametrize("action", JUDGING_BUDGET)
def test_what_judging_costs(action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy) -> None:
    result = gate(action, check_mode=True, **stage.call(action).options)
    assert_succeeded(result)
    assert calls(result, proxy) <= JUDGING_BUDGET[action], listed(proxy)


class Pool:
    """Two nodes; the pods of one Deployment are all on the first."""

    def __init__(self, admin: PlainClient, stack: ExitStack, pods: int) -> None:
        namespace = stack.enter_context(new_namespace(admin))
        pool = f"gate-{secrets.token_hex(4)}"
        self.node = stack.enter_context(new_node(admin, pool))
        admin.apply(
            budget(namespace, "held", maxUnavailable="100%"),
            deployment(namespace, "held", replicas=pods, **in_pool(pool)),
        )
        admin.until(path_to("Deployment", "held", namespace), is_settled)
        stack.enter_context(new_node(admin, pool))
        self.pods = pods


@pytest.fixture
def pools(admin: PlainClient, afterwards: ExitStack) -> list[Pool]:
    """The smaller one first: nodes come back between the drains, so that one at a time is out."""
    return [Pool(admin, afterwards, pods) for pods in (2, 8)]


def test_a_drain_costs_a_constant_and_one_eviction_a_pod(
    pools: list[Pool], admin: PlainClient, gate: GateCalls, proxy: ApiProxy
) -> None:
    constant = []
    for pool in pools:
        proxy.forget()
        result = gate("DrainNode", name=pool.node)
        assert_succeeded(result)
        evictions = proxy.requests(request_to("/eviction$", "POST", dry_run=False))
        assert len(evictions) == pool.pods == len(result["evicted"])
        assert max(Counter(request.path for request in evictions).values()) == 1
        looks = proxy.requests(request_to("^/api/v1/pods$", "GET"))[1:]
        constant.append(calls(result, proxy) - len(evictions) - len(looks))
        admin.patch(path_to("Node", pool.node), {"spec": {"unschedulable": None}})
    assert constant[0] == constant[1] <= JUDGING_BUDGET["DrainNode"] + 1, listed(proxy)
