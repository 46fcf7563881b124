# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which executions can be undone, by which request, and on which state of the target."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import Record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.undo_task import (
    WayBack,
    require_undoable,
    way_back,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Request
from tests.unit.gate.execution_objects import NAME, NOW, record

CAUSE = Request(
    action="ExecutionUndo",
    parameters={"execution": NAME, "force": False},
    ticket="OPS-1",
    claims={"awx_user_name": "bob"},
    id="cause",
    wait=False,
    wait_timeout_s=60.0,
    on_failure="rollback",
)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(record("Succeeded"), id="succeeded"),
        pytest.param(record("Failed"), id="failed halfway"),
        pytest.param(record("Failed", changed=None), id="nobody knows what a lost process changed"),
        pytest.param(record("Executing", admittedAt="2026-11-22T09:00:00Z"), id="lost"),
    ],
)
def test_what_changed_something_can_be_undone(found: Record) -> None:
    require_undoable(found, NOW)


@pytest.mark.parametrize(
    ("found", "code", "says"),
    [
        pytest.param(record("Pending"), "undo.not-ended", "is Pending", id="pending"),
        pytest.param(record("Executing"), "undo.not-ended", "is Executing", id="executing"),
        pytest.param(record("Rejected"), "undo.nothing-changed", "it is Rejected", id="rejected"),
        pytest.param(record("AwaitingApproval"), "undo.nothing-changed", "it is AwaitingApproval", id="waiting"),
        pytest.param(
            record("Pending", created="2026-11-22T09:00:00Z"),
            "undo.nothing-changed",
            "it is Pending",
            id="never decided",
        ),
        pytest.param(record("Failed", changed=False), "undo.nothing-changed", "it is Failed", id="failed at once"),
        pytest.param(
            record("RolledBack", undoneBy="scale-deployment-2"),
            "undo.already-undone",
            "by scale-deployment-2. To redo it, undo scale-deployment-2.",
            id="undone",
        ),
        pytest.param(
            record("Succeeded", undo={"note": "The pod does not come back."}),
            "undo.no-way-back",
            "The pod does not come back.",
            id="no way back",
        ),
        pytest.param(record("Succeeded", undo=None), "undo.no-way-back", "states none", id="none on record"),
    ],
)
def test_anything_else_is_refused(found: Record, code: str, says: str) -> None:
    with pytest.raises(GateError) as raised:
        require_undoable(found, NOW)
    assert (raised.value.code, says in str(raised.value)) == (code, True), str(raised.value)


def test_the_way_back_is_the_requesters_own_request() -> None:
    request = way_back(record(), CAUSE, NOW)
    assert request.id not in ("", "cause")
    assert request == Request(
        action="ScaleDeployment",
        parameters={"name": "web", "namespace": "shop", "replicas": 3},
        reason=f"Undo of {NAME}",
        ticket="OPS-1",
        claims={"awx_user_name": "bob"},
        check_mode=False,
        time="2026-11-22T10:30:00Z",
        id=request.id,
        wait=False,
        wait_timeout_s=60.0,
        on_failure="rollback",
        undoes=NAME,
    )


@pytest.mark.parametrize(
    ("undo", "code"),
    [
        pytest.param({"action": "Dance", "parameters": {}}, "undo.unknown-action", id="action of another release"),
        pytest.param(
            {"action": "CordonNode", "parameters": {"node": "a"}}, "undo.parameters-unusable", id="unknown option"
        ),
        pytest.param({"action": "CordonNode"}, "undo.parameters-unusable", id="no parameters"),
        pytest.param(
            {"action": "CordonNode", "parameters": {"name": "********"}}, "undo.parameters-unusable", id="masked"
        ),
    ],
)
def test_a_way_back_that_cannot_be_gone_is_refused(undo: dict[str, Any], code: str) -> None:
    with pytest.raises(GateError) as raised:
        way_back(record(undo=undo), CAUSE, NOW)
    assert raised.value.code == code


def deployment(replicas: int, uid: str = "u-1") -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "shop", "uid": uid, "resourceVersion": "77"}
    return {"kind": "Deployment", "metadata": metadata, "spec": {"replicas": replicas, "template": {"spec": {}}}}


def planned(found: dict[str, Any], *, force: bool = False) -> Plan:
    original = record()
    request = way_back(original, CAUSE, NOW)
    return WayBack(ACTIONS["ScaleDeployment"], original, force=force).plan(request, {"target": found})


def test_a_target_as_it_was_left_is_changed_back() -> None:
    plan = planned(deployment(5))
    assert (plan.before, plan.after) == ({"replicas": 5}, {"replicas": 3})
    assert plan.writes[0].body["metadata"]["resourceVersion"] == "77"


def test_a_target_that_was_changed_since_is_left_alone() -> None:
    with pytest.raises(GateError) as raised:
        planned(deployment(9))
    assert raised.value.code == "undo.changed-since"
    assert "replicas is 9, and the execution left 5." in raised.value.message


def test_with_force_it_is_changed_back_all_the_same() -> None:
    assert planned(deployment(9), force=True).before == {"replicas": 9}


def test_a_target_that_is_as_before_already_needs_nothing() -> None:
    assert planned(deployment(3)).writes == ()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("replicas", [3, 5])
def test_another_target_of_the_same_name_is_never_touched(replicas: int, force: bool) -> None:
    with pytest.raises(GateError) as raised:
        planned(deployment(replicas, uid="u-2"), force=force)
    assert raised.value.code == "undo.target-replaced"


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_the_way_back_is_what_its_action_is(name: str) -> None:
    action = ACTIONS[name]
    same = WayBack(action, record(), force=False)
    for attribute in ("name", "verb", "facts", "waits", "gathers", "leases", "options"):
        assert getattr(same, attribute) == getattr(action, attribute)
    assert same.absent_is_done is False


def test_everything_else_is_the_actions_own_answer() -> None:
    action, request = ACTIONS["ScaleDeployment"], way_back(record(), CAUSE, NOW)
    same = WayBack(action, record(), force=False)
    plan = action.plan(request, {"target": deployment(5)})
    assert same.target(request) == action.target(request)
    assert same.reads(request) == action.reads(request)
    for observed in (None, deployment(3), deployment(5)):
        assert same.holds(request, plan, observed) == action.holds(request, plan, observed)
        assert same.progress(request, plan, observed) == action.progress(request, plan, observed)
