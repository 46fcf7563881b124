# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write meets on its way: I3, I4, I5 and I7 hold, and the result says exactly what became of it."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Action, Answer, AnswerAfter, Delay, ResetAfter, ResetBefore, request_to
from tests.integration.gate_calls import GateCalls, assert_failed, assert_succeeded, at_most
from tests.integration.gate_client import PlainClient
from tests.integration.gate_records import Records, deeds, is_record_creation, writes_beside_record
from tests.integration.gate_target import Target

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

the_write = request_to("/scale$", "PATCH", dry_run=False)
a_look = request_to("/deployments/web$", "GET")


@pytest.fixture
def target(admin: PlainClient, shop: str, gate: GateCalls) -> Target:
    return Target(admin, shop, gate)


def judged_versions(proxy: ApiProxy) -> list[str]:
    """The resourceVersions that the writes required, in order."""
    return [str(request.json["metadata"]["resourceVersion"]) for request in proxy.requests(the_write)]


def test_a_write_carries_the_version_that_was_judged(
    target: Target, proxy: ApiProxy, judgements: list[Judgement]
) -> None:
    result = target.scale()
    assert_succeeded(result)
    version = target.before["metadata"]["resourceVersion"]
    assert judged_versions(proxy) == [version] == [judgements[0].input["target"]["resource_version"]]
    rehearsal, write = proxy.requests(request_to("/scale$"))
    assert rehearsal.is_dry_run
    assert rehearsal.json == write.json
    assert result["execution"]["attempts"] == 1


def test_after_a_conflict_it_is_judged_again_and_written_once(
    target: Target, proxy: ApiProxy, judgements: list[Judgement], records: Records
) -> None:
    """Both judgements belong to one execution: one record, admitted once, with the decision that it was done on."""
    proxy.fault(the_write, Answer(409))
    result = target.scale()
    assert_succeeded(result)
    assert (result["execution"]["attempts"], target.times_changed, target.replicas) == (2, 1, 2)
    first, second = (judgement.decision.decision_id for judgement in judgements)
    assert first != second == result["decision"]["decision_id"]
    assert len(proxy.requests(request_to("/selfsubjectrulesreviews$"))) == 2, "the facts were not read again"
    record = records.of(result)
    assert (records.new, record["status"]["decision"]["decisionId"]) == ([record], second)
    assert len(proxy.requests(is_record_creation)) == 1
    stamps = [
        request.json["status"]["admittedAt"]
        for request in proxy.requests(request_to("/status$", "PATCH"))
        if "admittedAt" in request.json["status"]
    ]
    assert stamps == [record["status"]["admittedAt"]]


def test_a_second_conflict_is_the_end(target: Target, proxy: ApiProxy) -> None:
    proxy.fault(the_write, Answer(409), times=None)
    result = target.scale()
    assert_failed(result, "conflict", "api.conflict")
    assert (result["execution"]["attempts"], len(deeds(proxy)), target.times_changed) == (2, 2, 0)


def test_a_target_that_changes_before_the_judgement_is_read_again(
    target: Target, proxy: ApiProxy, judgements: list[Judgement]
) -> None:
    proxy.fault(request_to("/scale$", "PATCH", dry_run=True), Answer(409), times=2)
    result = target.scale()
    assert_succeeded(result)
    assert (result["execution"]["attempts"], len(judgements), len(deeds(proxy))) == (1, 1, 1)
    # Once for each plan, and once after each conflict, to see what has moved.
    assert len(proxy.requests(a_look)) == 5


def test_a_target_that_never_keeps_still_is_a_conflict(target: Target, proxy: ApiProxy) -> None:
    proxy.fault(request_to("/scale$", "PATCH", dry_run=True), Answer(409), times=None)
    with at_most(4):
        result = target.scale()
    assert_failed(result, "conflict", "api.conflict")
    assert proxy.writes() == []


# Fault, how often the server changed the object because of the task, how many writes were sent.
PASSING: dict[str, tuple[Action, int]] = {
    "busy": (Answer(429, retry_after_s=0), 2),
    "500 before it was carried out": (Answer(500), 2),
    "500 after it was carried out": (AnswerAfter(Answer(500)), 1),
    "504 after it was carried out": (AnswerAfter(Answer(504)), 1),
    "an answer that is no JSON's status": (AnswerAfter(Answer(502, "<html>")), 1),
    "reset before it was carried out": (ResetBefore(), 2),
    "reset after it was carried out": (ResetAfter(), 1),
    "too slow": (Delay(1.2), 2),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_leaves_one_change(fault: str, target: Target, proxy: ApiProxy, records: Records) -> None:
    action, writes = PASSING[fault]
    injected = proxy.fault(the_write, action)
    with at_most(6):
        result = target.scale(request_timeout=0.7, wait_timeout=10)
    assert_succeeded(result)
    assert injected.hits == 1
    assert (target.replicas, target.times_changed, len(deeds(proxy))) == (2, 1, writes)
    assert set(judged_versions(proxy)) == {target.before["metadata"]["resourceVersion"]}
    assert result["execution"]["attempts"] == 1
    assert records.of(result)["status"]["phase"] == "Succeeded"


# Fault for ever, reason, code, changed: what the client cannot know counts as changed.
LASTING: dict[str, tuple[Action, str, str, bool]] = {
    "busy": (Answer(429, retry_after_s=0), "api_error", "api.too-many-requests", False),
    "refused": (Answer(403), "api_error", "api.forbidden", False),
    "invalid": (Answer(422), "api_error", "api.invalid", False),
    "500": (Answer(500), "api_error", "api.server-error", False),
    "reset": (ResetBefore(), "unreachable", "write.outcome-unknown", True),
}


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_stays_ends_within_the_deadline(
    fault: str, target: Target, proxy: ApiProxy, records: Records
) -> None:
    action, reason, code, changed = LASTING[fault]
    proxy.fault(the_write, action, times=None)
    with at_most(4):
        result = target.scale(wait_timeout=1)
    assert_failed(result, reason, code, changed=changed)
    assert result["decision"]["allowed"] is True
    assert result["diff"] == {"before": {"replicas": 0}, "after": {"replicas": 2}}
    assert target.times_changed == 0
    status = records.of(result)["status"]
    assert (status["phase"], status["changed"], status["error"]["code"]) == ("Failed", changed, code)


def test_a_write_that_arrives_after_the_deadline_was_reported_as_a_change(target: Target, proxy: ApiProxy) -> None:
    proxy.fault(the_write, Delay(2.0), times=None)
    with at_most(3):
        result = target.scale(wait_timeout=1, request_timeout=0.6)
    assert_failed(result, "unreachable", "write.outcome-unknown", changed=True)
    target.await_replicas(2)
    assert target.times_changed == 1


@pytest.mark.parametrize("blind", [Answer(500), Answer(403), ResetBefore()], ids=["500", "403", "reset"])
def test_an_outcome_that_cannot_be_looked_up_counts_as_a_change(blind: Action, target: Target, proxy: ApiProxy) -> None:
    proxy.fault(the_write, ResetAfter())
    proxy.fault(a_look, blind, times=None, skip=1)
    with at_most(4):
        result = target.scale(wait_timeout=1)
    assert result["failed"]
    assert result["changed"] is True
    assert target.times_changed == 1


def test_facts_that_come_too_late_are_unavailable(target: Target, proxy: ApiProxy, records: Records) -> None:
    proxy.fault(request_to("/selfsubjectrulesreviews$"), Delay(1.0), times=None)
    with at_most(3):
        result = target.scale(request_timeout=0.4)
    assert_failed(result, "denied", result["code"])
    assert [fact["fact"] for fact in result["decision"]["unavailable"]] == ["rbac_permissions"]
    assert writes_beside_record(proxy) == []
    records.assert_refused(result)
