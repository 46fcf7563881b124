# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two tasks on one Deployment: the second one judges again what it finds, and overwrites nothing it did not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Call, request_to
from tests.integration.gate_calls import GateCalls, Result, assert_denied, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import autoscaler, deployment, is_settled, settled_deployment, stateful_set
from tests.integration.gate_records import Records, deeds
from tests.integration.recording import RecordedRequest

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

a_write = request_to("/deployments/web", "PATCH", dry_run=False)


class Race:
    """A Deployment of one replica. ``meanwhile`` happens between the judgement and the first write of the next task."""

    def __init__(self, admin: PlainClient, namespace: str, gate: GateCalls, proxy: ApiProxy) -> None:
        settled_deployment(admin, namespace)
        self.admin, self.namespace = admin, namespace
        self.path = path_to("Deployment", "web", namespace)
        self._gate, self._proxy = gate, proxy

    def task(self, action: str = "ScaleDeployment", **options: Any) -> Result:
        return self._gate(action, name="web", namespace=self.namespace, wait=False, **options)

    def meanwhile(self, change: Callable[[], object], times: int = 1) -> None:
        def once(request: RecordedRequest) -> None:
            change()
            # The controllers come to rest, so that the task meets this one change and nothing else.
            self.admin.until(self.path, lambda found: found is None or is_settled(found))

        self._proxy.fault(a_write, Call(once), times=times)

    def set(self, **spec: Any) -> None:
        """What another tool does."""
        self.admin.patch(self.path, {"spec": spec})

    @property
    def replicas(self) -> int:
        return int(self.admin.get(self.path)["spec"]["replicas"])


@pytest.fixture
def race(admin: PlainClient, shop: str, gate: GateCalls, proxy: ApiProxy) -> Race:
    return Race(admin, shop, gate, proxy)


def test_of_two_tasks_on_one_target_the_second_is_denied_while_the_first_executes(
    race: Race, judgements: list[Judgement], proxy: ApiProxy, records: Records
) -> None:
    other: list[Result] = []
    race.meanwhile(lambda: other.append(race.task(replicas=5)))
    result = race.task(replicas=2)
    (second,) = other
    assert_succeeded(result)
    assert_denied(second, "rate-limits.target-busy")
    busy = {judgements[1].input["target_resource"]: {"count": 1}}
    assert [it.input["concurrent_actions"] for it in judgements] == [{}, busy]
    assert [(records.of(it)["status"]["phase"], it["execution"]["attempts"]) for it in (result, second)] == [
        ("Succeeded", 1),
        ("Rejected", 1),
    ]
    assert [request.status for request in deeds(proxy)] == [200]
    assert race.replicas == 2
    assert_succeeded(race.task(replicas=5))


def test_what_another_tool_changed_is_judged_again(race: Race, judgements: list[Judgement], proxy: ApiProxy) -> None:
    race.meanwhile(lambda: race.set(replicas=5))
    result = race.task(replicas=2)
    assert_succeeded(result)
    assert result["execution"]["attempts"] == 2
    seen = [(it.input["parameters"]["current_replicas"], it.input["parameters"]["replicas"]) for it in judgements]
    assert seen == [(1, 2), (5, 2)]
    assert len({it.decision.decision_id for it in judgements}) == 2
    assert result["diff"]["before"] == {"replicas": 5}
    assert result["decision"]["decision_id"] == judgements[-1].decision.decision_id
    assert [request.status for request in deeds(proxy)] == [409, 200]
    assert race.replicas == 2


def test_nothing_is_written_when_another_tool_did_the_work(race: Race, proxy: ApiProxy, records: Records) -> None:
    race.meanwhile(lambda: race.set(replicas=2))
    result = race.task(replicas=2)
    assert_succeeded(result, changed=False)
    assert [request.status for request in deeds(proxy)] == [409]
    status = records.of(result)["status"]
    assert (status["phase"], status["changed"]) == ("Succeeded", False)


def test_the_loser_is_denied_when_the_fresh_facts_deny(race: Race, judgements: list[Judgement]) -> None:
    def a_team_adds_an_autoscaler() -> None:
        race.admin.apply(autoscaler(race.namespace))
        race.admin.patch(race.path, {"metadata": {"labels": {"scaled-by": "autoscaler"}}})

    race.meanwhile(a_team_adds_an_autoscaler)
    result = race.task(replicas=3)
    assert_denied(result, "hpa-conflict.autoscaled")
    assert [it.decision.allowed for it in judgements] == [True, False]
    assert result["execution"]["attempts"] == 2
    assert race.replicas == 1


def test_an_image_update_sees_the_image_that_another_tool_set(race: Race, judgements: list[Judgement]) -> None:
    image = "registry.example.com/web"
    container = {"name": "web", "image": f"{image}:3"}
    race.meanwhile(lambda: race.set(template={"spec": {"containers": [container]}}))
    result = race.task("UpdateImage", containers={"web": f"{image}:2"})
    assert_succeeded(result)
    assert [it.input["images"][0]["current"] for it in judgements] == [f"{image}:1", f"{image}:3"]
    assert result["diff"]["before"] == {"images": {"web": f"{image}:3"}}


def test_one_that_changes_for_ever_ends_as_a_conflict(race: Race, proxy: ApiProxy) -> None:
    race.meanwhile(
        lambda: race.admin.patch(race.path, {"metadata": {"labels": {"n": str(len(deeds(proxy)))}}}), times=9
    )
    result = race.task(replicas=2)
    assert_failed(result, "conflict", "api.conflict")
    assert (result["execution"]["attempts"], race.replicas) == (2, 1)


def test_a_deployment_that_is_deleted_meanwhile_is_not_made_again(race: Race) -> None:
    race.meanwhile(lambda: race.admin.delete(race.path))
    result = race.task(replicas=2)
    assert_failed(result, "api_error", "api.not-found")
    assert race.admin.find(race.path) is None


def test_one_that_was_made_anew_meanwhile_is_another_and_is_left_alone(race: Race, records: Records) -> None:
    """Its record, and any approval, is for the object that it was asked for."""

    def made_anew() -> None:
        race.admin.delete(race.path, propagationPolicy="Background")
        race.admin.until(race.path, lambda found: found is None)
        race.admin.apply(deployment(race.namespace, replicas=4))

    race.meanwhile(made_anew)
    result = race.task(replicas=2)
    assert_failed(result, "api_error", "target.replaced")
    record = records.of(result)
    assert record["spec"]["target"]["uid"] != race.admin.get(race.path)["metadata"]["uid"]
    assert (record["status"]["phase"], record["status"]["changed"]) == ("Failed", False)
    assert race.replicas == 4


@pytest.mark.parametrize("disable_eviction", [False, True], ids=["evicted", "deleted"])
def test_a_pod_that_was_replaced_meanwhile_is_left_alone(
    disable_eviction: bool, admin: PlainClient, shop: str, gate: GateCalls, proxy: ApiProxy
) -> None:
    """The successor in a StatefulSet has the name of the pod that was to be ended, and another uid."""
    admin.apply(stateful_set(shop, replicas=2))
    path = path_to("Pod", "db-1", shop)
    before = admin.until(path, is_running)

    def replaced(request: RecordedRequest) -> None:
        admin.delete(path, gracePeriodSeconds=0)
        admin.until(path, lambda found: is_running(found) and uid(found) != uid(before))

    ending = (
        request_to("/db-1$", "DELETE", dry_run=False) if disable_eviction else request_to("/eviction$", dry_run=False)
    )
    proxy.fault(ending, Call(replaced))
    result = gate("DeletePod", name="db-1", namespace=shop, disable_eviction=disable_eviction)
    assert not result.get("failed"), result["msg"]
    assert len(deeds(proxy)) == 1
    successor = admin.get(path)
    assert uid(successor) != uid(before)
    assert "deletionTimestamp" not in successor["metadata"]


def is_running(found: dict[str, Any] | None) -> bool:
    return bool((found or {}).get("status", {}).get("phase") == "Running")


def uid(found: dict[str, Any] | None) -> str:
    return str((found or {}).get("metadata", {}).get("uid", ""))
