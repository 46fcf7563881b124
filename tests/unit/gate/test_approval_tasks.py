# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be approved, reviewed and taken back, and what an approval says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import Record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions import approval_rules
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.approval_tasks import (
    new_approval,
    standing,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.views import approval_view
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Subject
from tests.unit.gate.execution_objects import DIGEST, NAME, NOW, approval, record

ALICE = Subject(username="alice", groups=("sre", "system:authenticated"), extra={})
OPTIONS = {"state": "approved", "reason": "", "note": "", "valid_for": 3600}
DENIED = {"decision": {"violations": [{"code": "business-hours.destructive-action"}, {"code": "quorum.lost"}]}}


def refusal(found: Record, kind: str = "Approval", username: str = "alice") -> tuple[str, str]:
    with pytest.raises(GateError) as raised:
        approval_rules.require_giving(found, kind, username, NOW)
    return raised.value.code, str(raised.value)


def test_what_waits_may_be_approved_and_overridden() -> None:
    for kind in ("Approval", "Override"):
        approval_rules.require_giving(record("AwaitingApproval"), kind, "alice", NOW)


def test_what_was_rejected_may_be_overridden() -> None:
    approval_rules.require_giving(record("Rejected", **DENIED), "Override", "alice", NOW)


@pytest.mark.parametrize(
    ("found", "code", "says"),
    [
        pytest.param(record("Pending"), "approval.undecided", "Try again in a moment.", id="pending"),
        pytest.param(
            record("Pending", created="2026-11-22T09:00:00Z"),
            "approval.not-waiting",
            "it is Pending",
            id="pending, lost",
        ),
        pytest.param(record("Executing"), "approval.execution-running", "is allowed already", id="executing"),
        pytest.param(
            record("Executing", admittedAt="2026-11-22T09:00:00Z"),
            "approval.not-waiting",
            "it is Executing",
            id="executing, lost",
        ),
        pytest.param(record("Succeeded"), "approval.execution-succeeded", "another run", id="succeeded"),
        pytest.param(record("RolledBack"), "approval.execution-succeeded", "another run", id="rolled back"),
        pytest.param(
            record("Failed", error={"code": "rollout.not-complete"}),
            "approval.not-waiting",
            "it is Failed (rollout.not-complete).",
            id="failed",
        ),
        pytest.param(
            record("Rejected", **DENIED),
            "approval.not-waiting",
            "it is Rejected (business-hours.destructive-action, quorum.lost). An approval would not change that. An override",
            id="rejected",
        ),
        pytest.param(
            record("Rejected", supersededBy="scale-deployment-2"),
            "approval.superseded",
            "was superseded by scale-deployment-2",
            id="superseded",
        ),
    ],
)
def test_what_does_not_wait_is_not_approved(found: Record, code: str, says: str) -> None:
    told, message = refusal(found)
    assert (told, says in message) == (code, True), message


def test_a_superseded_execution_is_not_overridden_either() -> None:
    assert refusal(record("Rejected", supersededBy="scale-deployment-2"), "Override")[0] == "approval.superseded"


@pytest.mark.parametrize(
    ("spec", "username"),
    [
        pytest.param({}, "runner", id="the requester"),
        pytest.param({"claims": {"awx_user_name": "alice"}}, "alice", id="whoever launched it"),
        pytest.param({"claims": {"awx_user_name": "Alice"}}, "oidc:alice", id="in another spelling"),
    ],
)
def test_nobody_approves_a_request_of_their_own(spec: dict[str, Any], username: str) -> None:
    assert refusal(record("AwaitingApproval", spec=spec), username=username)[0] == "approval.own-request"


def test_own_requests_are_told_before_anything_else() -> None:
    assert refusal(record("Succeeded"), username="runner")[0] == "approval.own-request"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"state": "overridden"}, "approval.reason-missing", id="no reason"),
        pytest.param({"state": "overridden", "reason": " too short "}, "approval.reason-missing", id="short reason"),
        pytest.param({"state": "reviewed", "note": "  "}, "approval.note-missing", id="no note"),
        pytest.param({"reason": "x" * 1025}, "approval.text-too-long", id="long reason"),
        pytest.param({"state": "reviewed", "note": "x" * 4097}, "approval.text-too-long", id="long note"),
        pytest.param({"valid_for": 59}, "approval.valid-for-invalid", id="too soon"),
        pytest.param({"valid_for": 604801}, "approval.valid-for-invalid", id="too late"),
    ],
)
def test_options_that_cannot_be_are_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(GateError) as raised:
        approval_rules.require_text({**OPTIONS, **changes})
    assert raised.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="plain"),
        pytest.param({"state": "overridden", "reason": "0123456789"}, id="shortest reason"),
        pytest.param({"valid_for": 60}, id="shortest"),
        pytest.param({"valid_for": 604800}, id="longest"),
        pytest.param({"reason": "x" * 1024}, id="longest reason"),
    ],
)
def test_options_at_their_bounds_are_taken(changes: dict[str, Any]) -> None:
    approval_rules.require_text({**OPTIONS, **changes})


def test_an_approval_is_for_exactly_what_is_asked_for() -> None:
    body = new_approval(record("AwaitingApproval"), "Approval", ALICE, 900, "looked at")
    name = body["metadata"].pop("name")
    assert name.startswith(f"{NAME}-")
    assert body == {
        "apiVersion": "guardrail.dev/v1alpha1",
        "kind": "ExecutionApproval",
        "metadata": {"namespace": "guardrail-system"},
        "spec": {
            "type": "Approval",
            "digest": DIGEST,
            "execution": NAME,
            "action": "ScaleDeployment",
            "target": {"kind": "Deployment", "namespace": "shop", "name": "web", "uid": "u-1"},
            "approver": "alice",
            "approverGroups": ["sre", "system:authenticated"],
            "validForSeconds": 900,
            "reason": "looked at",
        },
    }


def test_an_approval_shows_no_secret_and_not_more_groups_than_fit() -> None:
    many = Subject(username="alice", groups=tuple(f"g{number}" for number in range(150)), extra={})
    spec = new_approval(record("AwaitingApproval"), "Approval", many, 900, "Bearer abcdefghijklmnop1234567890")["spec"]
    assert ("abcdefghijklmnop1234567890" in spec["reason"], len(spec["approverGroups"])) == (False, 100)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        pytest.param({}, True, id="mine"),
        pytest.param({"approver": "bob"}, False, id="of somebody else"),
        pytest.param({"type": "Override"}, False, id="of the other kind"),
        pytest.param({"status": {"consumedBy": "scale-deployment-2"}}, False, id="used"),
        pytest.param({"validForSeconds": 1800}, False, id="expired this second"),
        pytest.param({"validForSeconds": 1801}, True, id="expires in a second"),
        pytest.param({"action": "DeletePod"}, False, id="for another action"),
        pytest.param(
            {"target": {"kind": "Deployment", "namespace": "shop", "name": "web", "uid": "u-2"}},
            False,
            id="for another target",
        ),
    ],
)
def test_an_approval_that_can_still_be_used_stands(changes: dict[str, Any], counts: bool) -> None:
    found = standing([approval(**changes)], record("AwaitingApproval"), "Approval", "alice", NOW)
    assert (found is not None) == counts


OPEN = {"consumedBy": "x-1", "consumedAt": "2026-11-22T10:10:00Z", "review": {"state": "Open"}}


@pytest.mark.parametrize(
    ("raw", "username", "code"),
    [
        pytest.param(approval(), "carol", "approval.not-an-override", id="approval"),
        pytest.param(approval(type="Override"), "carol", "approval.not-used", id="unused"),
        pytest.param(approval(type="Override", status=OPEN), "alice", "approval.own-review", id="own"),
    ],
)
def test_what_is_no_open_review_of_another_is_not_closed(raw: dict[str, Any], username: str, code: str) -> None:
    with pytest.raises(GateError) as raised:
        approval_rules.require_reviewing(approval_view(raw, NOW), username)
    assert raised.value.code == code


def test_another_closes_a_review() -> None:
    approval_rules.require_reviewing(approval_view(approval(type="Override", status=OPEN), NOW), "carol")


@pytest.mark.parametrize(
    ("raw", "username", "code"),
    [
        pytest.param(approval(), "bob", "approval.not-yours", id="of somebody else"),
        pytest.param(approval(status={"consumedBy": "x-1"}), "alice", "approval.used", id="used"),
    ],
)
def test_what_is_not_ones_own_or_was_used_stays(raw: dict[str, Any], username: str, code: str) -> None:
    with pytest.raises(GateError) as raised:
        approval_rules.require_revoking(approval_view(raw, NOW), username)
    assert raised.value.code == code


def test_one_takes_back_what_nobody_has_used() -> None:
    approval_rules.require_revoking(approval_view(approval(), NOW + timedelta(days=1)), "alice")
