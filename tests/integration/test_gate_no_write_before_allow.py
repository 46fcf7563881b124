# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""I1: before an allowing decision nothing is written but dry runs, whatever goes wrong, for every action there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Action, Answer, ResetBefore
from tests.integration.gate_calls import (
    GateCalls,
    Result,
    assert_denied,
    assert_failed,
    assert_succeeded,
    engine_defaults,
)
from tests.integration.gate_library import CONFIG_MAP, PublishedPolicies
from tests.integration.gate_records import (
    Records,
    is_own_record,
    is_reading_of_approvals,
    is_reading_of_records,
    is_record_creation,
    writes_beside_record,
)
from tests.integration.gate_stage import Stage
from tests.integration.recording import RecordedRequest

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

every_action = pytest.mark.parametrize("action", ACTIONS)


@dataclass(frozen=True)
class Refusal:
    """Circumstances under which every action is refused, and the code of the refusal.

    ``phase``: in which its record ends; empty where the task ends before there is anything to record.
    """

    id: str
    code: str
    arrange: Callable[[PublishedPolicies, pytest.MonkeyPatch], object]
    phase: str = "Rejected"


AWAITED = """\
deny contains {
\t"code": "extra.unapproved", "message": "Nobody approved this.", "details": {"approval": {"required": 2, "given": 0}},
} if true
"""
REFUSALS = (
    Refusal("a rule denies", "extra.closed", lambda policies, patch: policies.publish(policies.that_denies())),
    Refusal(
        "an approval is missing",
        "extra.unapproved",
        lambda policies, patch: policies.publish(policies.with_rule(AWAITED)),
        "AwaitingApproval",
    ),
    Refusal("there is no library", "policy.library-missing", lambda policies, patch: policies.remove(), ""),
    Refusal(
        "the engine has no time",
        "policy.timeout",
        lambda policies, patch: patch.setitem(engine_defaults(), "deadline_s", 0.0),
    ),
)


@pytest.fixture(scope="class", params=REFUSALS, ids=lambda refusal: refusal.id)
def refusal(request: pytest.FixtureRequest, session_policies: PublishedPolicies) -> Iterator[Refusal]:
    """Arranged once for all actions."""
    found: Refusal = request.param
    with pytest.MonkeyPatch.context() as patch:
        session_policies.restore()
        found.arrange(session_policies, patch)
        yield found
    session_policies.restore()


class TestRefused:
    """A class, so that what was arranged ends with it."""

    @every_action
    def test_a_refused_action_writes_nothing_but_its_record(
        self, action: str, refusal: Refusal, stage: Stage, gate: GateCalls, proxy: ApiProxy, records: Records
    ) -> None:
        before = stage.state(action)
        result = gate(action, **stage.call(action).options)
        assert_refused(result, refusal)
        assert result["execution"]["attempts"] <= 1, "a denial is not tried again"
        assert writes_beside_record(proxy) == []
        if refusal.phase:
            record = records.assert_refused(result, refusal.phase)
            assert [request.method for request in proxy.writes()] == ["POST", "PATCH"], "written once, ended once"
            assert record["status"].get("approvalsRequired") == (2 if refusal.phase == "AwaitingApproval" else None)
        else:
            assert proxy.writes() == []
            records.assert_none(result)
        assert stage.state(action) == before

    @every_action
    def test_a_refused_rehearsal_writes_nothing_at_all(
        self, action: str, refusal: Refusal, stage: Stage, gate: GateCalls, proxy: ApiProxy, records: Records
    ) -> None:
        before = stage.state(action)
        result = gate(action, check_mode=True, **stage.call(action).options)
        assert_refused(result, refusal)
        assert (result["execution"]["record"], result["execution"]["phase"]) == ("", refusal.phase)
        assert proxy.writes() == []
        records.assert_none(result)
        assert stage.state(action) == before


def assert_refused(result: Result, refusal: Refusal) -> None:
    """Denied by this rule; where an approval is all that is missing, the reason says so."""
    if refusal.phase == "AwaitingApproval":
        assert_failed(result, "awaiting_approval", refusal.code)
        assert result["decision"]["allowed"] is False
    else:
        assert_denied(result, refusal.code)


@every_action
def test_check_mode_says_what_would_change_and_writes_nothing(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, records: Records
) -> None:
    """The record is rehearsed too: what could not be recorded would not be done."""
    before = stage.state(action)
    result = gate(action, check_mode=True, **stage.call(action).options)
    assert_succeeded(result)
    assert result["decision"]["allowed"] is True
    assert result["diff"]["before"] != result["diff"]["after"]
    assert proxy.writes() == []
    (recording,) = proxy.requests(is_own_record)
    assert is_record_creation(recording)
    assert recording.is_dry_run
    assert proxy.requests(is_rehearsal), "the writes were not rehearsed"
    records.assert_none(result)
    assert (result["execution"]["phase"], len(result["execution"]["digest"])) == ("Pending", 64)
    assert stage.state(action) == before


@every_action
def test_every_write_is_bound_to_the_object_that_was_judged(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, judgements: list[Judgement]
) -> None:
    """I3, on the rehearsal: what is written later is the same to the byte."""
    assert_succeeded(gate(action, check_mode=True, **stage.call(action).options))
    judged, pods = judgements[0].input["target"], stage.uids()
    version = {"resourceVersion": judged["resource_version"]}
    rehearsals = proxy.requests(is_rehearsal)
    assert rehearsals
    for request in rehearsals:
        if request.path.endswith("/eviction"):
            name = request.path.split("/")[-2]
            assert request.json["deleteOptions"]["preconditions"] == {"uid": pods[name]}
        elif request.method == "DELETE":
            assert request.json["preconditions"] == {"uid": judged["uid"], **version}
        elif request.method == "POST":  # of an object with a name of its own: a second one of that name is refused
            assert request.json["metadata"]["name"]
        elif request.path.removesuffix("/scale") == stage.call(action).path:
            assert request.json["metadata"].items() >= version.items()
        else:  # of a workload that uses the target, and that nobody has changed since it was read
            assert request.json["metadata"]["resourceVersion"] == stage.version_of(request.path)


@every_action
def test_judging_without_acting_writes_nothing(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, records: Records
) -> None:
    before = stage.state(action)
    result = gate.check(action, **stage.call(action).options)
    assert_succeeded(result, changed=False)
    assert result["decision"]["allowed"] is True
    assert proxy.writes() == []
    records.assert_none(result)
    assert stage.state(action) == before


@every_action
def test_facts_that_cannot_be_read_deny(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, records: Records
) -> None:
    before = stage.state(action)
    proxy.fault(is_fact(stage, action), Answer(403), times=None)
    result = gate(action, **stage.call(action).options)
    assert_denied(result, "facts.required-unavailable")
    assert result["decision"]["unavailable"]
    assert writes_beside_record(proxy) == []
    records.assert_refused(result)
    assert stage.state(action) == before


@pytest.mark.parametrize(
    "trouble", [Answer(500), Answer(429, retry_after_s=0), ResetBefore()], ids=["500", "429", "reset"]
)
def test_facts_that_cannot_be_read_for_now_deny(
    trouble: Action, stage: Stage, gate: GateCalls, proxy: ApiProxy, records: Records
) -> None:
    """These are asked for again before the gate gives up."""
    proxy.fault(is_fact(stage, "DrainNode"), trouble, times=None)
    result = gate("DrainNode", request_timeout=1.0, **stage.call("DrainNode").options)
    assert_denied(result, "facts.required-unavailable")
    assert writes_beside_record(proxy) == []
    records.assert_refused(result)


@every_action
def test_a_dry_run_that_fails_is_no_excuse_for_a_write(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, session_policies: PublishedPolicies
) -> None:
    proxy.fault(is_rehearsal, Answer(422, "refused by the test"), times=None)
    result = gate(action, check_mode=True, **stage.call(action).options)
    if session_policies.real.data["config"]["catalogue"][action]["risky"]:
        assert_denied(result, "action-dependencies.dry-run-failed")
    assert proxy.writes() == []


def is_rehearsal(request: RecordedRequest) -> bool:
    """A dry run of what the action is for."""
    return request.is_dry_run and not is_own_record(request)


def is_fact(stage: Stage, action: str) -> Callable[[RecordedRequest], bool]:
    """Requests of step 3: neither the identity, the library and the plan's own reads, nor dry runs, writes and records."""

    def matches(request: RecordedRequest) -> bool:
        asked_first = request.path == CONFIG_MAP or request.path.endswith("/selfsubjectreviews")
        standing = is_reading_of_records(request) or is_reading_of_approvals(request)
        planned = stage.plans_by(action, request)
        return not (asked_first or planned or standing or request.is_dry_run or request.is_write)

    return matches
