# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What executions leave in the cluster besides their work: records, Events, Leases; and telling those requests apart.

Before an allowing decision, and without one, the gate writes its own record and nothing else (I1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.integration.api_proxy import ApiProxy
from tests.integration.gate_calls import Result
from tests.integration.gate_client import PlainClient
from tests.integration.recording import RecordedRequest

Record = dict[str, Any]

RECORDS = "/apis/guardrail.dev/v1alpha1/namespaces/guardrail-system/kubernetesexecutions"
APPROVALS = "/apis/guardrail.dev/v1alpha1/namespaces/guardrail-system/executionapprovals"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/medik8s-leases/leases"

_STATUS = re.compile(rf"{re.escape(RECORDS)}/[a-z]+(-[a-z]+)*-[0-9a-f]{{12}}/status")
_EVENTS = re.compile(r"/apis/events\.k8s\.io/v1/namespaces/[^/]+/events")


def is_record_creation(request: RecordedRequest) -> bool:
    return request.method == "POST" and request.path == RECORDS


def is_record_status(request: RecordedRequest) -> bool:
    return request.method == "PATCH" and _STATUS.fullmatch(request.path) is not None


def is_own_record(request: RecordedRequest) -> bool:
    """The creation of a record and its status: all that may be written before an allowing decision, or without one."""
    return is_record_creation(request) or is_record_status(request)


def is_reading_of_records(request: RecordedRequest) -> bool:
    return request.method == "GET" and request.path == RECORDS


def is_reading_of_approvals(request: RecordedRequest) -> bool:
    return request.method == "GET" and request.path == APPROVALS


def is_event(request: RecordedRequest) -> bool:
    return request.method == "POST" and _EVENTS.fullmatch(request.path) is not None


def is_lease(request: RecordedRequest) -> bool:
    """Anything asked of the Leases on nodes, reads too."""
    return request.path == LEASES or request.path.startswith(f"{LEASES}/")


def to_phase(phase: str) -> Any:
    """Matches the write that moves a record into this phase."""
    return lambda request: is_record_status(request) and request.json["status"].get("phase") == phase


def writes_beside_record(proxy: ApiProxy) -> Sequence[RecordedRequest]:
    """Everything that changes the cluster except the gate's own record: nothing without an allowing decision (I1)."""
    return [request for request in proxy.writes() if not is_own_record(request)]


def deeds(proxy: ApiProxy) -> Sequence[RecordedRequest]:
    """The writes that an action is for: neither records nor Events nor Leases."""
    return [it for it in writes_beside_record(proxy) if not (is_event(it) or is_lease(it))]


class Records:
    """The records in the cluster. ``new`` are those that came since this was made."""

    def __init__(self, admin: PlainClient) -> None:
        self._admin = admin
        self._before = set(self._uids())

    @property
    def new(self) -> list[Record]:
        """In the order of their creation."""
        found = [record for uid, record in self._uids().items() if uid not in self._before]
        return sorted(found, key=lambda record: int(record["metadata"]["resourceVersion"]))

    def of(self, result: Result) -> Record:
        """The record of a task: the only one with its identifier, and in the phase that the result tells."""
        (record,) = [it for it in self._uids().values() if it["spec"]["id"] == result["execution"]["id"]]
        told = result["execution"]
        assert record["metadata"]["name"] == told["record"]
        assert (record["status"]["phase"], record["spec"]["digest"]) == (told["phase"], told["digest"])
        assert (record["spec"]["requester"], record["spec"]["action"]) == (told["requester"], told["action"])
        return record

    def events(self, record: Record) -> list[Record]:
        """Events about an execution."""
        namespace = record["spec"]["target"]["namespace"] or "default"
        found = self._admin.get(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events")["items"]
        return [it for it in found if it.get("related", {}).get("name") == record["metadata"]["name"]]

    def assert_refused(self, result: Result, phase: str = "Rejected") -> Record:
        """A refusal is on record, once and with its reasons, and has left nothing else: no Event, no approval used."""
        record = self.of(result)
        assert self.new == [record]
        status = record["status"]
        assert (status["phase"], status["changed"], status["error"]["code"]) == (phase, False, result["code"])
        assert status["decision"]["allowed"] is False
        assert "admittedAt" not in status
        told = [violation["code"] for violation in result["decision"]["violations"]][:20]
        assert [violation["code"] for violation in status["decision"]["violations"]] == told
        assert self.events(record) == []
        return record

    def assert_none(self, result: Mapping[str, Any]) -> None:
        """Nothing was put on record, and the result names none."""
        assert self.new == []
        assert (result.get("execution") or {}).get("record", "") == ""

    def forget_the_past(self) -> None:
        """Delete every record, so that no limit counts what other tests did. One that was left open is ended first."""
        for record in self._uids().values():
            if record["status"]["phase"] in ("Pending", "Executing"):
                self.end(record)
        status, found = self._admin.ask("DELETE", RECORDS)
        assert status == 200, found

    def end(self, record: Record, phase: str = "Failed", **status: Any) -> None:
        """What others do with the record of a process that they take for dead."""
        self._admin.patch(f"{RECORDS}/{record['metadata']['name']}/status", {"status": {"phase": phase, **status}})

    def _uids(self) -> dict[str, Record]:
        return {record["metadata"]["uid"]: record for record in self._admin.get(RECORDS)["items"]}
