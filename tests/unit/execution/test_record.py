# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a record is named, labelled, digested and read back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.opening import new_record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    Record,
    digest_of,
    label_value,
    name_of,
    parse,
    requester_label,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Subject, Target
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request
from tests.unit.execution.records import NOW, WEB, executing, pending

LABEL = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\Z")
OBJECT_NAMES = st.from_regex(
    r"[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?){0,3}", fullmatch=True
)
REQUEST = Request(
    action="ScaleDeployment",
    parameters={"name": "web", "namespace": "shop", "replicas": 3, "api_key": None, "password": "hunter22"},
    reason="r" * 2000,
    ticket="T-1",
    claims={"awx_user_name": "anna", "n": 1},
    id="3f2a9c1d-7e5b-4f00-8000-000000000000",
    wait_timeout_s=60.0,
)
PLAN = Plan(target=WEB, writes=(), before={}, after={})


@given(OBJECT_NAMES)
def test_any_name_of_an_object_becomes_a_label(name: str) -> None:
    assert LABEL.match(label_value(name))


@given(st.lists(OBJECT_NAMES, min_size=2, max_size=2, unique=True))
def test_two_names_have_two_labels(names: list[str]) -> None:
    assert label_value(names[0]) != label_value(names[1])
    assert label_value(names[0][:63]) == names[0][:63]


@given(st.text(min_size=1))
def test_any_requester_becomes_a_label(requester: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", requester_label(requester))


NAMES = {"DrainNode": "drain-node-3f2a9c1d7e5b", "ScaleDeployment": "scale-deployment-3f2a9c1d7e5b"}


@pytest.mark.parametrize(("action", "name"), NAMES.items(), ids=NAMES)
def test_the_name_is_the_same_for_every_attempt_to_write_it(action: str, name: str) -> None:
    assert name_of(action, REQUEST.id) == name_of(action, REQUEST.id) == name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda it: st.lists(it, max_size=3), max_leaves=6
)


@given(parameters=st.dictionaries(st.text(), JSON, max_size=5))
def test_the_digest_does_not_depend_on_the_order_of_the_parameters(parameters: dict[str, Any]) -> None:
    turned = dict(reversed(list(parameters.items())))
    digest = digest_of("A", WEB, "u", parameters)
    assert digest == digest_of("A", WEB, "u", turned)
    assert re.fullmatch(r"[0-9a-f]{64}", digest)


OTHERS: dict[str, tuple[Any, ...]] = {
    "action": ("B", WEB, "u", {"n": 1}),
    "name": ("A", ObjectRef("Deployment", "api", "shop"), "u", {"n": 1}),
    "namespace": ("A", ObjectRef("Deployment", "web", "bank"), "u", {"n": 1}),
    "kind": ("A", ObjectRef("StatefulSet", "web", "shop"), "u", {"n": 1}),
    "created again": ("A", WEB, "v", {"n": 1}),
    "a value": ("A", WEB, "u", {"n": 2}),
    "a type": ("A", WEB, "u", {"n": "1"}),
    "one more": ("A", WEB, "u", {"n": 1, "m": None}),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_the_digest_is_of_everything_that_is_approved(other: tuple[Any, ...]) -> None:
    assert digest_of("A", WEB, "u", {"n": 1}) != digest_of(*other)


def body() -> dict[str, Any]:
    return new_record(REQUEST, PLAN, Target(uid="uid-web", resource_version="7"), Subject("runner"), NOW)


def test_what_is_created() -> None:
    assert body() == {
        "apiVersion": "guardrail.dev/v1alpha1",
        "kind": "KubernetesExecution",
        "metadata": {
            "name": "scale-deployment-3f2a9c1d7e5b",
            "namespace": "guardrail-system",
            "labels": {
                "guardrail.dev/action": "ScaleDeployment",
                "guardrail.dev/kind": "Deployment",
                "guardrail.dev/namespace": "shop",
                "guardrail.dev/name": "web",
                "guardrail.dev/requester": requester_label("runner"),
                "guardrail.dev/slot": "2026-11-22-13-00",
                "guardrail.dev/hour": "2026-11-22-13",
                "guardrail.dev/day": "2026-11-22",
            },
        },
        "spec": {
            "id": REQUEST.id,
            "action": "ScaleDeployment",
            "target": {
                "kind": "Deployment",
                "namespace": "shop",
                "name": "web",
                "uid": "uid-web",
                "resourceVersion": "7",
            },
            "parameters": {"name": "web", "namespace": "shop", "replicas": 3, "password": "********"},
            "digest": digest_of(
                "ScaleDeployment",
                WEB,
                "uid-web",
                {"name": "web", "namespace": "shop", "replicas": 3, "password": "hunter22"},
            ),
            "requester": "runner",
            "pendingSeconds": 30,
            "timeoutSeconds": 120,
            "claims": {"awx_user_name": "anna", "n": "1"},
            "reason": "r" * 1024,
            "ticket": "T-1",
        },
    }


def stored(**status: Any) -> dict[str, Any]:
    raw = body()
    raw["metadata"] |= {"resourceVersion": "123", "creationTimestamp": "2026-11-22T12:59:59Z"}
    return {**raw, "status": status}


def test_a_record_is_read_back() -> None:
    raw = stored(phase="Executing", admittedAt="2026-11-22T13:00:00Z", endedAt="2026-11-22T13:00:01.5+00:00")
    found = parse(raw)
    assert found == Record(
        name="scale-deployment-3f2a9c1d7e5b",
        resource_version="123",
        id=REQUEST.id,
        action="ScaleDeployment",
        target=WEB,
        uid="uid-web",
        digest=body()["spec"]["digest"],
        requester="runner",
        phase="Executing",
        created=NOW - timedelta(seconds=1),
        admitted_at=NOW,
        ended_at=NOW + timedelta(seconds=1.5),
        pending_s=30,
        timeout_s=120,
        raw=raw,
    )
    assert (found.order, found.admitted, found.status) == (123, True, raw["status"])


def test_a_record_without_a_status_is_pending() -> None:
    raw = stored()
    del raw["status"]
    assert (parse(raw).phase, parse(raw).admitted, parse(raw).status) == ("Pending", False, {})


EXPIRY = {
    "pending": (pending(1, age_s=30), False),
    "pending too long": (pending(1, age_s=30.1), True),
    "executing": (executing(120), False),
    "executing too long": (executing(120.1), True),
}


@pytest.mark.parametrize(("record", "expired"), EXPIRY.values(), ids=EXPIRY)
def test_a_phase_lasts_as_long_as_the_record_says(record: Record, expired: bool) -> None:
    assert record.expired(NOW) is expired


@pytest.mark.parametrize("phase", ["Rejected", "AwaitingApproval", "Succeeded", "Failed", "RolledBack"])
def test_what_has_been_decided_does_not_expire(phase: str) -> None:
    assert not executing(10**6, phase=phase).expired(NOW)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_a_timestamp_is_read_back_to_the_second(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert datetime.fromisoformat(timestamp(aware)) == aware.replace(microsecond=0)
    assert timestamp(aware).endswith("Z")
    assert datetime.fromisoformat(timestamp(aware.astimezone(timezone(timedelta(hours=2))))) == aware.replace(
        microsecond=0
    )
