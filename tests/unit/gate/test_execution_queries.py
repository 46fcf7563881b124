# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters become selectors, the newest records come first, and a record is told flat and whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import requester_label
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions import queries
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.queries import (
    PHASES,
    earliest,
    periods,
    selectors,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.views import (
    approval_view,
    execution_view,
)
from tests.unit.gate.execution_objects import DIGEST, NAME, NOW, approval, record

NO_FILTER: Mapping[str, Any] = {
    **dict.fromkeys(("name", "action", "kind", "namespace", "target", "requester", "since")),
    "phases": [],
    "limit": 100,
}


@pytest.mark.parametrize(
    ("options", "labels", "fields"),
    [
        pytest.param({}, [], [], id="nothing"),
        pytest.param({"action": "DrainNode"}, ["guardrail.dev/action=DrainNode"], [], id="action"),
        pytest.param(
            {"kind": "Deployment", "namespace": "shop", "target": "web"},
            ["guardrail.dev/kind=Deployment", "guardrail.dev/namespace=shop", "guardrail.dev/name=web"],
            [],
            id="target",
        ),
        pytest.param(
            {"requester": "alice"}, [f"guardrail.dev/requester={requester_label('alice')}"], [], id="requester"
        ),
        pytest.param(
            {"phases": [phase for phase in PHASES if phase not in ("Pending", "Failed")]},
            [],
            ["status.phase!=Pending", "status.phase!=Failed"],
            id="phases",
        ),
    ],
)
def test_filters_are_the_api_servers_to_apply(options: dict[str, Any], labels: list[str], fields: list[str]) -> None:
    assert selectors({**NO_FILTER, **options}) == (labels, fields)


def test_a_name_too_long_for_a_label_is_found_by_the_label_it_has() -> None:
    (label,), _ = selectors({**NO_FILTER, "target": "x" * 100})
    assert len(label.partition("=")[2]) == 63


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("90s", NOW - timedelta(seconds=90), id="seconds"),
        pytest.param("30m", NOW - timedelta(minutes=30), id="minutes"),
        pytest.param("24h", NOW - timedelta(hours=24), id="hours"),
        pytest.param("7d", NOW - timedelta(days=7), id="days"),
        pytest.param("2026-11-22T08:00:00Z", datetime(2026, 11, 22, 8, tzinfo=UTC), id="utc"),
        pytest.param("2026-11-22T08:00:00+02:00", datetime(2026, 11, 22, 6, tzinfo=UTC), id="zone"),
    ],
)
def test_since_is_a_time_or_a_span(text: str, moment: datetime) -> None:
    assert earliest(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-22", "2026-11-22T08:00:00", "-1h", "1 h", "999999999d", "1w"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(GateError) as raised:
        earliest(text, NOW)
    assert raised.value.code == "request.since-invalid"


def values(selector: str) -> list[str]:
    found = re.search(r"\((.*)\)", selector)
    assert found
    return found[1].split(",")


def matching(selector: str, created: datetime) -> bool:
    """Whether a record of that time, labelled as records are, is selected."""
    day, hour = created.strftime("%Y-%m-%d"), created.strftime("%Y-%m-%d-%H")
    listed = (hour if "/hour " in selector else day) in values(selector)
    return not listed if " notin " in selector else listed


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    age=st.timedeltas(timedelta(0), timedelta(days=800)),
)
def test_every_record_is_in_exactly_one_period(now: datetime, age: timedelta) -> None:
    assert [matching(period, now - age) for period in periods(now, None)].count(True) == 1


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    span=st.timedeltas(timedelta(0), timedelta(days=800)),
    part=st.floats(0, 1),
)
def test_no_record_since_then_is_left_out(now: datetime, span: timedelta, part: float) -> None:
    found = [matching(period, now - span * part) for period in periods(now, now - span)]
    assert found.count(True) == 1


def test_periods_begin_with_this_hour_and_grow() -> None:
    first = [values(period) for period in periods(NOW, None)][:5]
    assert first[0] == ["2026-11-22-10"]
    assert first[1] == ["2026-11-22-09", "2026-11-22-08"]
    assert first[4] == ["2026-11-21"]


def test_periods_end_with_the_time_asked_for() -> None:
    assert list(periods(NOW, NOW - timedelta(hours=1))) == [
        "guardrail.dev/hour in (2026-11-22-10)",
        "guardrail.dev/hour in (2026-11-22-09)",
    ]


class Pages:
    """An API server with more records than fit on a page."""

    def __init__(self, per_hour: int) -> None:
        self.asked: list[str] = []
        self._per_hour = per_hour

    def now(self) -> datetime:
        return NOW

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        return {"metadata": {"continue": "more"}, "items": []}

    def list(self, path: str, query: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
        self.asked.append(query["labelSelector"])
        hours = [value for value in values(query["labelSelector"]) if value.count("-") == 3]
        made = []
        for hour in hours:
            created = f"{hour[:10]}T{hour[11:]}:00:00Z"
            made += [dict(record(created=created).raw) for _ in range(self._per_hour)]
        return tuple(made)


def test_what_is_read_follows_the_limit() -> None:
    api = Pages(per_hour=3)
    found, truncated = queries._records(api, {**NO_FILTER, "limit": 5})  # type: ignore[arg-type]
    assert [it.created.hour for it in found] == [10, 10, 10, 9, 9]
    assert (truncated, len(api.asked)) == (True, 2)


def test_a_record_is_told_flat_and_whole() -> None:
    found = record(
        message="Done.",
        durationSeconds=2.5,
        approvals=["a-1"],
        audit={"chain": "c", "sequence": 7, "hash": "h"},
        decision={"allowed": True, "reason": "Allowed.", "decisionId": "d-1", "library": {"version": "1"}},
        spec={"reason": "peak", "ticket": "T-1", "claims": {"awx_user_name": "bob"}},
    )
    assert execution_view(found, NOW) == {
        "name": NAME,
        "id": "5e0c2a0e-6a0e-4f0c-9d8e-6e1f7c1f0b52",
        "action": "ScaleDeployment",
        "kind": "Deployment",
        "namespace": "shop",
        "target": "web",
        "uid": "u-1",
        "parameters": {"name": "web", "namespace": "shop", "replicas": 5},
        "digest": DIGEST,
        "requester": "runner",
        "claims": {"awx_user_name": "bob"},
        "reason": "peak",
        "ticket": "T-1",
        "phase": "Succeeded",
        "lost": False,
        "message": "Done.",
        "progress": "",
        "changed": True,
        "created": "2026-11-22T10:29:50Z",
        "admitted": "2026-11-22T10:29:51Z",
        "ended": "2026-11-22T10:29:53Z",
        "duration_s": 2.5,
        "decision": {
            "allowed": True,
            "reason": "Allowed.",
            "decision_id": "d-1",
            "input_sha256": "",
            "evaluation_ms": None,
            "library": {"name": "", "version": "1", "revision": "", "source": "", "signed_by": ""},
            "violations": [],
            "warnings": [],
        },
        "diff": {"before": {"replicas": 3}, "after": {"replicas": 5}},
        "undo": {
            "action": "ScaleDeployment",
            "parameters": {"name": "web", "namespace": "shop", "replicas": 3},
            "note": "",
        },
        "undoes": "",
        "undone_by": "",
        "superseded_by": "",
        "approvals": ["a-1"],
        "approvals_required": 0,
        "audit": {"chain": "c", "sequence": 7, "hash": "h"},
        "error": None,
    }


def test_a_record_of_every_phase_has_the_same_keys() -> None:
    keys = {frozenset(execution_view(record(phase), NOW)) for phase in PHASES}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("phase", "changes", "lost"),
    [
        pytest.param("Pending", {}, False, id="pending"),
        pytest.param("Pending", {"created": "2026-11-22T10:29:29Z"}, True, id="pending for too long"),
        pytest.param("Executing", {}, False, id="executing"),
        pytest.param("Executing", {"admittedAt": "2026-11-22T10:23:59Z"}, True, id="executing for too long"),
        pytest.param("AwaitingApproval", {"created": "2026-11-01T00:00:00Z"}, False, id="waiting"),
    ],
)
def test_a_record_past_its_time_is_lost(phase: str, changes: dict[str, Any], lost: bool) -> None:
    assert execution_view(record(phase, **changes), NOW)["lost"] == lost


def test_an_approval_is_told_with_its_end() -> None:
    review = {"state": "Closed", "closedBy": "carol", "closedAt": "2026-11-22T10:20:00Z", "note": "fine"}
    used = {"consumedBy": "x-1", "consumedAt": "2026-11-22T10:10:00Z", "review": review}
    view = approval_view(approval(type="Override", reason="the shop is down", status=used), NOW)
    assert view == {
        "name": f"{NAME}-1f2e3d4c",
        "type": "Override",
        "execution": NAME,
        "action": "ScaleDeployment",
        "kind": "Deployment",
        "namespace": "shop",
        "target": "web",
        "uid": "u-1",
        "digest": DIGEST,
        "approver": "alice",
        "reason": "the shop is down",
        "created": "2026-11-22T10:00:00Z",
        "expires": "2026-11-22T11:00:00Z",
        "expired": False,
        "used_by": "x-1",
        "used_at": "2026-11-22T10:10:00Z",
        "review": {"state": "Closed", "closed_by": "carol", "closed_at": "2026-11-22T10:20:00Z", "note": "fine"},
    }
