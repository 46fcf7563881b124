# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults at the gate's own requests: without a record nothing is done, and what is done stays done without one."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import turn
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import journal
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Action, Answer, AnswerAfter, Call, ResetAfter, ResetBefore
from tests.integration.gate_calls import GateCalls, Result, assert_denied, assert_failed, assert_succeeded, at_most
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_records import (
    Records,
    deeds,
    is_event,
    is_reading_of_approvals,
    is_reading_of_records,
    is_record_creation,
    to_phase,
    writes_beside_record,
)
from tests.integration.gate_target import Target

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

PATIENCE_S = 0.6
Expected = tuple[Action, str, str]


@pytest.fixture
def target(admin: PlainClient, shop: str, gate: GateCalls) -> Target:
    return Target(admin, shop, gate)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be tried for 20 or 30 seconds, the test need not wait for."""
    defaults = Ledger.advance.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "patience_s", PATIENCE_S)
    monkeypatch.setattr(Ledger._persist, "__defaults__", (PATIENCE_S,))
    monkeypatch.setattr(journal, "_LAST_WORD_S", PATIENCE_S)
    monkeypatch.setattr(turn, "TURN_S", PATIENCE_S)


def warned(result: Result, *parts: str) -> bool:
    """Whether one of the warnings has all of these words."""
    return any(all(part in warning for part in parts) for warning in result.get("warnings", ()))


# For ever, with reason and code.
UNCREATED: dict[str, Expected] = {
    "forbidden": (Answer(403), "api_error", "record.unwritable"),
    "not installed": (Answer(404), "api_error", "record.not-installed"),
    "refused by the admission policy": (Answer(422), "api_error", "record.unwritable"),
    "500": (Answer(500), "api_error", "record.unwritable"),
    "reset before": (ResetBefore(), "unreachable", "record.unwritable"),
    "reset after": (ResetAfter(), "unreachable", "record.unwritable"),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", UNCREATED)
def test_without_a_record_nothing_is_done(fault: str, target: Target, proxy: ApiProxy, records: Records) -> None:
    """Of an answer that was lost a Pending record may be left; it counts for nobody once its time has passed."""
    action, reason, code = UNCREATED[fault]
    proxy.fault(is_record_creation, action, times=None)
    with at_most(3):
        result = target.scale()
    assert_failed(result, reason, code)
    assert (result["decision"], result["execution"]["record"]) == (None, "")
    assert writes_beside_record(proxy) == []
    assert target.times_changed == 0
    left = [record["status"]["phase"] for record in records.new]
    assert left == (["Pending"] if fault == "reset after" else [])


@pytest.mark.usefixtures("impatient")
def test_a_cluster_that_keeps_no_records_is_told_how_to(target: Target, proxy: ApiProxy) -> None:
    proxy.fault(is_record_creation, Answer(404), times=None)
    assert target.scale()["msg"] == (
        "This cluster cannot keep records of executions, and without a record nothing is done."
        " Install them: ansible-playbook guardrail.kubernetes.install"
    )


@pytest.mark.parametrize("status", [403, 404], ids=["forbidden", "not installed"])
def test_a_rehearsal_says_that_no_record_could_be_written(
    status: int, target: Target, proxy: ApiProxy, records: Records
) -> None:
    proxy.fault(is_record_creation, Answer(status), times=None)
    result = target.scale(check_mode=True)
    assert_failed(result, "api_error", "record.not-installed" if status == 404 else "record.unwritable")
    assert proxy.writes() == []
    records.assert_none(result)


# Once; the same for every write of the record.
PASSING: dict[str, Action] = {
    "busy": Answer(429, retry_after_s=0),
    "500": Answer(500),
    "500 after it was carried out": AnswerAfter(Answer(500)),
    "504 after it was carried out": AnswerAfter(Answer(504)),
    "reset before": ResetBefore(),
    "reset after": ResetAfter(),
}
WRITES = {"creation": is_record_creation, "admission": to_phase("Executing"), "end": to_phase("Succeeded")}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_leaves_one_record_and_one_change(
    fault: str, write: str, target: Target, proxy: ApiProxy, records: Records
) -> None:
    hit = proxy.fault(WRITES[write], PASSING[fault])
    with at_most(4):
        result = target.scale()
    assert_succeeded(result)
    assert hit.hits == 1
    assert records.new == [records.of(result)]
    assert (result["execution"]["phase"], result["execution"]["attempts"]) == ("Succeeded", 1)
    assert (target.times_changed, len(deeds(proxy))) == (1, 1)
    assert "warnings" not in result


UNADMITTED: dict[str, Expected] = {
    "forbidden": (Answer(403), "api_error", "record.unwritable"),
    "500": (Answer(500), "api_error", "record.unwritable"),
    "reset before": (ResetBefore(), "unreachable", "record.unwritable"),
    "reset after": (ResetAfter(), "unreachable", "record.unwritable"),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", UNADMITTED)
def test_what_is_not_on_record_as_executing_is_not_executed(
    fault: str, target: Target, proxy: ApiProxy, records: Records
) -> None:
    """Also where the record is Executing and only the answer was lost: it is ended as a failure that changed nothing."""
    action, reason, code = UNADMITTED[fault]
    proxy.fault(to_phase("Executing"), action, times=None)
    with at_most(4):
        result = target.scale()
    assert_failed(result, reason, code)
    assert result["decision"]["allowed"] is True
    assert [it for it in writes_beside_record(proxy) if not is_event(it)] == []
    assert target.times_changed == 0
    status = records.of(result)["status"]
    assert (status["phase"], status["changed"], status["error"]["code"]) == ("Failed", False, code)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "fault", [Answer(403), Answer(500), ResetBefore(), ResetAfter()], ids=["forbidden", "500", "before", "after"]
)
def test_what_is_done_stays_a_success_when_its_end_cannot_be_recorded(
    fault: Action, target: Target, proxy: ApiProxy, records: Records
) -> None:
    proxy.fault(to_phase("Succeeded"), fault, times=None)
    with at_most(4):
        result = target.scale()
    assert_succeeded(result)
    assert target.replicas == 2
    assert warned(result, "The record of the execution could not be written", "It stays Executing until")
    (record,) = records.new
    assert record["status"]["phase"] == ("Succeeded" if isinstance(fault, ResetAfter) else "Executing")


def test_a_record_that_somebody_else_ended_meanwhile_says_so(target: Target, proxy: ApiProxy, records: Records) -> None:
    """Past its time, another execution takes it for dead. The work is done all the same, and its result says that."""
    proxy.fault(to_phase("Succeeded"), Call(lambda request: records.end(records.new[0], message="Taken for dead.")))
    result = target.scale()
    assert_succeeded(result)
    assert warned(result, result["execution"]["record"], "was ended by somebody else as Failed")
    (record,) = records.new
    assert record["status"]["message"] == "Taken for dead."


def test_a_process_that_slept_too_long_to_be_admitted_does_nothing(
    target: Target, proxy: ApiProxy, records: Records
) -> None:
    """Others have ended its Pending record and gone ahead: it finds itself overruled before its first write."""

    proxy.fault(to_phase("Executing"), Call(lambda request: records.end(records.new[0])))
    result = target.scale()
    assert_failed(result, "conflict", "record.overruled")
    assert writes_beside_record(proxy) == []
    assert target.times_changed == 0
    assert [record["status"]["phase"] for record in records.new] == ["Failed"]


@pytest.mark.parametrize(
    "fault", [Answer(403), Answer(404), Answer(500), ResetBefore()], ids=["forbidden", "404", "500", "reset"]
)
def test_an_event_that_cannot_be_written_is_a_warning(
    fault: Action, target: Target, proxy: ApiProxy, records: Records
) -> None:
    proxy.fault(is_event, fault, times=None)
    with at_most(4):
        result = target.scale()
    assert_succeeded(result)
    assert warned(result, "No Event was written on Deployment")
    record = records.of(result)
    assert (record["status"]["phase"], records.events(record)) == ("Succeeded", [])


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "fault",
    [Answer(403), Answer(404), Answer(500), Answer(429, retry_after_s=0), ResetBefore()],
    ids=["forbidden", "404", "500", "429", "reset"],
)
@pytest.mark.parametrize("check_mode", [False, True], ids=["apply", "check"])
def test_a_history_that_cannot_be_read_denies(
    check_mode: bool, fault: Action, target: Target, proxy: ApiProxy, records: Records
) -> None:
    proxy.fault(is_reading_of_records, fault, times=None)
    with at_most(6):
        result = target.scale(check_mode=check_mode, request_timeout=1.0)
    assert_denied(result, "facts.required-unavailable")
    assert [it["fact"] for it in result["decision"]["unavailable"]] == ["history"]
    assert writes_beside_record(proxy) == []
    assert target.times_changed == 0
    if check_mode:
        records.assert_none(result)
    else:
        records.assert_refused(result)


AWAITED = """\
deny contains {
\t"code": "extra.unapproved", "message": "Nobody approved this.", "details": {"approval": {"required": 1, "given": 0}},
} if true
"""


@pytest.mark.parametrize("fault", [Answer(403), Answer(500), ResetBefore()], ids=["forbidden", "500", "reset"])
def test_approvals_that_cannot_be_read_do_not_help(
    fault: Action, target: Target, proxy: ApiProxy, records: Records, policies: PublishedPolicies
) -> None:
    policies.publish(policies.with_rule(AWAITED))
    hit = proxy.fault(is_reading_of_approvals, fault, times=None)
    with at_most(6):
        result = target.scale(request_timeout=1.0)
    assert_failed(result, "awaiting_approval", "extra.unapproved")
    assert hit.hits >= 1
    assert warned(result, "Approvals could not be looked up")
    assert writes_beside_record(proxy) == []
    records.assert_refused(result, "AwaitingApproval")
    assert target.times_changed == 0
