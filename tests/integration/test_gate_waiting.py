# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After the write: what is waited for, what ends the wait, and what the result says then (I4, I5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import BUDGET_REFUSAL, Action, Answer, Call, ResetAfter, ResetBefore, request_to
from tests.integration.gate_calls import GateCalls, assert_failed, assert_succeeded, at_most
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import settled_deployment

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

a_look = request_to("/deployments/web$", "GET")
the_eviction = request_to("/eviction$", "POST", dry_run=False)


@pytest.fixture
def web(admin: PlainClient, shop: str) -> dict[str, Any]:
    settled_deployment(admin, shop, replicas=2)
    return {"name": "web", "namespace": shop}


@pytest.fixture
def pod(admin: PlainClient, web: dict[str, Any]) -> dict[str, Any]:
    """One pod of the Deployment."""
    return {**web, "name": admin.names(f"/api/v1/namespaces/{web['namespace']}/pods")[0]}


def available(admin: PlainClient, web: dict[str, Any]) -> int:
    return int(admin.get(path_to("Deployment", "web", web["namespace"]))["status"].get("availableReplicas", 0))


def test_a_scale_ends_when_the_replicas_are_available(web: dict[str, Any], gate: GateCalls, admin: PlainClient) -> None:
    assert_succeeded(gate("ScaleDeployment", replicas=4, **web))
    assert available(admin, web) == 4


def test_looks_that_fail_for_a_while_do_not_end_the_wait(web: dict[str, Any], gate: GateCalls, proxy: ApiProxy) -> None:
    for trouble in (Answer(500), ResetBefore(), Answer(429, retry_after_s=0)):
        proxy.fault(a_look, trouble, times=2, skip=1)
    assert_succeeded(gate("ScaleDeployment", replicas=3, wait_timeout=20, **web))


def test_looks_that_fail_for_ever_end_with_the_deadline(web: dict[str, Any], gate: GateCalls, proxy: ApiProxy) -> None:
    proxy.fault(a_look, Answer(500), times=None, skip=1)
    with at_most(4):
        result = gate("ScaleDeployment", replicas=3, wait_timeout=1, **web)
    assert_failed(result, "timeout", "verify.deadline", changed=True)
    assert result["diff"] == {"before": {"replicas": 2}, "after": {"replicas": 3}}


def test_pods_that_never_become_available_end_with_the_deadline(
    web: dict[str, Any], gate: GateCalls, proxy: ApiProxy, admin: PlainClient
) -> None:
    """A quota that comes after the judgement: the ReplicaSet cannot make the pods."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "full", "namespace": web["namespace"]},
        "spec": {"hard": {"pods": "0"}},
    }
    proxy.fault(lambda request: request.is_write, Call(lambda request: admin.apply(quota)))
    with at_most(5):
        result = gate("ScaleDeployment", replicas=3, wait_timeout=2, **web)
    assert_failed(result, "timeout", "verify.deadline", changed=True)
    assert "2 of 3" in result["msg"]


MEANWHILE: dict[str, tuple[Callable[[PlainClient, str], object], str]] = {
    "scaled by something else": (
        lambda admin, path: admin.patch(path, {"spec": {"replicas": 1}}),
        "something else set",
    ),
    "deleted": (lambda admin, path: admin.delete(path), "was deleted meanwhile"),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_can_no_longer_be_reached_ends_the_wait_at_once(
    what: str, web: dict[str, Any], gate: GateCalls, proxy: ApiProxy, admin: PlainClient
) -> None:
    change, words = MEANWHILE[what]
    path = path_to("Deployment", "web", web["namespace"])
    proxy.fault(a_look, Call(lambda request: change(admin, path)), skip=1)
    with at_most(5):
        result = gate("ScaleDeployment", replicas=4, wait_timeout=60, **web)
    assert_failed(result, "api_error", "verify.impossible", changed=True)
    assert words in result["msg"]


def test_what_is_as_asked_for_but_not_there_yet_is_waited_for(
    web: dict[str, Any], gate: GateCalls, admin: PlainClient
) -> None:
    gate("ScaleDeployment", replicas=5, wait=False, **web)
    assert_succeeded(gate("ScaleDeployment", replicas=5, **web), changed=False)
    assert available(admin, web) == 5


EVICTIONS: dict[str, tuple[Action, int]] = {
    "held for a while": (BUDGET_REFUSAL, 2),
    "busy": (Answer(429, retry_after_s=1), 1),
    "500 once": (Answer(500), 1),
    "reset before": (ResetBefore(), 1),
    "reset after": (ResetAfter(), 1),
}


@pytest.mark.parametrize("fault", EVICTIONS)
def test_an_eviction_that_succeeds_in_the_end(
    fault: str, pod: dict[str, Any], gate: GateCalls, proxy: ApiProxy, admin: PlainClient
) -> None:
    action, times = EVICTIONS[fault]
    before = admin.get(path_to("Pod", pod["name"], pod["namespace"]))["metadata"]["uid"]
    proxy.fault(the_eviction, action, times=times)
    result = gate("DeletePod", wait_timeout=30, **pod)
    assert_succeeded(result)
    assert [it["name"] for it in result["evicted"]] == [pod["name"]]
    assert result["pending"] == []
    preconditions = [request.json["deleteOptions"]["preconditions"] for request in proxy.requests(the_eviction)]
    assert preconditions == [{"uid": before}] * len(preconditions)
    found = admin.find(path_to("Pod", pod["name"], pod["namespace"]))
    assert found is None or found["metadata"]["uid"] != before


LASTING: dict[str, tuple[Action, str, str, str]] = {
    "held for ever": (BUDGET_REFUSAL, "timeout", "eviction.deadline", "pending"),
    "500 for ever": (Answer(500), "api_error", "eviction.failed", "failed"),
    "forbidden": (Answer(403), "api_error", "eviction.failed", "failed"),
}


@pytest.mark.parametrize("fault", LASTING)
def test_an_eviction_that_does_not_succeed(
    fault: str, pod: dict[str, Any], gate: GateCalls, proxy: ApiProxy, admin: PlainClient
) -> None:
    action, reason, code, where = LASTING[fault]
    proxy.fault(the_eviction, action, times=None)
    with at_most(6):
        result = gate("DeletePod", wait_timeout=2, **pod)
    assert_failed(result, reason, code)
    assert [it["name"] for it in result["pods"][where]] == [pod["name"]]
    assert "deletionTimestamp" not in admin.get(path_to("Pod", pod["name"], pod["namespace"]))["metadata"]


def test_a_pod_that_does_not_end_is_pending_and_changed(
    pod: dict[str, Any], gate: GateCalls, admin: PlainClient
) -> None:
    path = path_to("Pod", pod["name"], pod["namespace"])
    admin.patch(path, {"metadata": {"finalizers": ["guardrail.test/stay"]}})
    try:
        with at_most(5):
            result = gate("DeletePod", wait_timeout=2, **pod)
        assert_failed(result, "timeout", "eviction.deadline", changed=True)
        assert "still terminating" in result["pending"][0]["reason"]
    finally:
        admin.patch(path, {"metadata": {"finalizers": None}})
