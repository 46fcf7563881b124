# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The budget of API calls, counted by the proxy: so many to judge, so many to keep the execution on record, the work."""

from __future__ import annotations

import secrets
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import retention
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_site import CORDON
from tests.integration.faults import request_to
from tests.integration.gate_calls import GateCalls, Result, assert_denied, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import (
    budget,
    deployment,
    in_pool,
    is_settled,
    new_namespace,
    new_node,
    settled_deployment,
)
from tests.integration.gate_records import RECORDS, Records, deeds, is_event, is_reading_of_approvals, to_phase
from tests.integration.gate_stage import Stage

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

# Identity, library, target, facts and the rehearsal of the writes. More is a regression that somebody should notice.
JUDGING = {
    "ScaleDeployment": 9,
    "ScaleStatefulSet": 9,
    "RollbackDeployment": 9,
    "UpdateImage": 8,
    "UpdateResources": 9,
    "UpdateHPA": 6,
    "ExpandPVC": 8,
    "UpdateConfigMap": 9,
    "UpdateSecret": 9,
    "RolloutRestart": 8,
    "DeletePod": 10,
    "QuarantinePod": 13,
    "DeleteDeployment": 8,
    "DeleteStatefulSet": 8,
    "DeleteService": 7,
    "CordonNode": 7,
    "UncordonNode": 7,
    "TaintNode": 7,
    "RunJob": 11,
    "DrainNode": 13,
}
# The record is created, and the records of the target and of the last minutes are read; for a drain, other drains too.
STANDING = 1 + 2
DRAIN_STANDING = STANDING + 1
# The record moves to Executing and to its end, and there is an Event. A refusal has only its end.
KEEPING = 2 + 1
SCALE = JUDGING["ScaleDeployment"] + STANDING + KEEPING + 1
# A drain looks for a Lease, and sees that nobody here goes by Leases: there is no namespace for them.
LEASE_ABROAD = 2


def standing(action: str) -> int:
    return DRAIN_STANDING if action == "DrainNode" else STANDING


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


@pytest.mark.parametrize(("replicas", "judging"), [(4, 9), (1, 8)], ids=["up", "down"])
def test_a_scale_costs_sixteen_calls_at_most(
    replicas: int, judging: int, web: dict[str, Any], gate: GateCalls, proxy: ApiProxy, records: Records
) -> None:
    """Nine to judge it, its record and two looks at records, two moves of the record, an Event, and the write.

    Fewer replicas fit under any quota, which is then not looked at.
    """
    result = gate("ScaleDeployment", replicas=replicas, wait=False, **web)
    assert_succeeded(result)
    assert calls(result, proxy) == judging + 1 + 2 + 2 + 1 + 1 <= SCALE == 16, listed(proxy)
    (record,) = records.new
    (event,) = records.events(record)
    assert (event["reason"], event["type"], event["regarding"]["name"]) == ("Succeeded", "Normal", "web")


def test_a_denied_scale_costs_fourteen_calls(
    web: dict[str, Any], gate: GateCalls, proxy: ApiProxy, policies: PublishedPolicies
) -> None:
    """Nine to judge it, its record and two looks at records, one for approvals that might help, the record's end."""
    policies.publish(policies.that_denies())
    result = gate("ScaleDeployment", replicas=4, **web)
    assert_denied(result, "extra.closed")
    assert len(proxy.requests(is_reading_of_approvals)) == 1
    # The small library states no rate limit beyond those of the config, which are the same.
    assert calls(result, proxy) == 9 + 1 + 2 + 1 + 1, listed(proxy)


def test_the_one_that_cleans_up_costs_two_calls_more(
    web: dict[str, Any], gate: GateCalls, proxy: ApiProxy, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look for what processes that died have left, and one deletion for all the records that are old enough."""
    monkeypatch.setattr(retention, "is_due", lambda request_id: True)
    first = gate("ScaleDeployment", replicas=4, wait=False, **web)
    assert calls(first, proxy) == SCALE + 2, listed(proxy)
    (deletion,) = proxy.requests(lambda request: request.method == "DELETE")
    assert (deletion.path, deletion.status) == (RECORDS, 200)
    assert [record["metadata"]["name"] for record in records.new] == [first["execution"]["record"]]


def test_pods_that_request_something_cost_a_call_more_for_each_node_that_is_examined(
    admin: PlainClient, shop: str, gate: GateCalls, proxy: ApiProxy, judgements: list[Judgement]
) -> None:
    requests = {"requests": {"cpu": "100m", "memory": "64Mi"}}
    container = {"name": "web", "image": "registry.example.com/web:1", "resources": requests}
    settled_deployment(admin, shop, replicas=1, containers=[container])
    result = gate("ScaleDeployment", name="web", namespace=shop, replicas=4, wait=False)
    assert_succeeded(result)
    assert judgements[0].input["capacity"]["nodes_examined"] == 1
    assert calls(result, proxy) == SCALE + 1, listed(proxy)


def test_waiting_for_a_scale_adds_looks_at_the_deployment_and_nothing_else(
    web: dict[str, Any], gate: GateCalls, proxy: ApiProxy
) -> None:
    """After the looks there are only the end of the record and the Event."""
    result = gate("ScaleDeployment", replicas=3, **web)
    assert_succeeded(result)
    (work,) = deeds(proxy)
    written = proxy.requests().index(work)
    *looks, end, event = proxy.requests()[written + 1 :]
    assert {(request.method, request.path) for request in looks} == {
        ("GET", path_to("Deployment", "web", web["namespace"]))
    }
    assert is_event(event)
    assert to_phase("Succeeded")(end)
    assert written + 1 == SCALE - 2, listed(proxy)


def test_nothing_to_do_costs_four_calls_and_leaves_no_record(
    web: dict[str, Any], gate: GateCalls, proxy: ApiProxy, records: Records
) -> None:
    """Identity, library, target, and whether a process that died has left its record open on it."""
    result = gate("ScaleDeployment", replicas=2, **web)
    assert_succeeded(result, changed=False)
    assert calls(result, proxy) == 4, listed(proxy)
    records.assert_none(result)


@pytest.mark.parametrize("action", ACTIONS)
def test_what_judging_costs(action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy) -> None:
    """In check mode: identity, library, target, facts, rehearsal; then the rehearsed record, and the looks at records."""
    result = gate(action, check_mode=True, **stage.call(action).options)
    assert_succeeded(result)
    assert calls(result, proxy) == JUDGING[action] + standing(action), listed(proxy)


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
    """Judging, the record and three looks at records, the Lease, the cordon, a look at the node after it, two moves of the
    record and an Event; besides the evictions, and looks at what is left."""
    constant = []
    for pool in pools:
        proxy.forget()
        result = gate("DrainNode", name=pool.node)
        assert_succeeded(result)
        evictions = proxy.requests(request_to("/eviction$", "POST", dry_run=False))
        assert len(evictions) == pool.pods == len(result["evicted"])
        assert max(Counter(request.path for request in evictions).values()) == 1
        cordoned = proxy.requests().index(proxy.requests(CORDON)[0])
        looks = [it for it in proxy.requests()[cordoned:] if it.path == "/api/v1/pods"]
        constant.append(calls(result, proxy) - len(evictions) - len(looks))
        admin.patch(path_to("Node", pool.node), {"spec": {"unschedulable": None}})
    drain = JUDGING["DrainNode"] + DRAIN_STANDING + LEASE_ABROAD + 1 + 1 + KEEPING
    assert constant == [drain, drain], listed(proxy)
