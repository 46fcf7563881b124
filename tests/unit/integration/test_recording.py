# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.faults import Answer, Fault, request_to
from tests.integration.recording import RecordedRequest

PODS = "/api/v1/namespaces/shop/pods"


def request(method: str, path: str, body: Any = None, **query: str) -> RecordedRequest:
    text = b"" if body is None else json.dumps(body).encode()
    return RecordedRequest(method, path, {name: [value] for name, value in query.items()}, text, {}, 0.0)


@pytest.mark.parametrize(
    ("sent", "is_write"),
    [
        (request("GET", PODS), False),
        (request("PATCH", f"{PODS}/web", {}), True),
        (request("PATCH", f"{PODS}/web", {}, dryRun="All"), False),
        (request("PATCH", f"{PODS}/web", {}, dryRun=""), True),
        (request("PATCH", f"{PODS}/web", {"dryRun": ["All"]}), True),
        (request("DELETE", f"{PODS}/web"), True),
        (request("DELETE", f"{PODS}/web", {"dryRun": ["All"]}), False),
        (request("DELETE", f"{PODS}/web", {"dryRun": []}), True),
        (request("POST", f"{PODS}/web/eviction", {}), True),
        (request("POST", f"{PODS}/web/eviction", {"deleteOptions": {"dryRun": ["All"]}}), False),
        (request("POST", f"{PODS}/web/eviction", {"deleteOptions": None}), True),
        (request("POST", PODS, {"deleteOptions": {"dryRun": ["All"]}}), True),
        (request("POST", PODS, ["not", "an", "object"]), True),
        (request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {}), False),
        (request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}), False),
        (request("DELETE", "/apis/example.test/v1/selfsubjectreviews"), True),
    ],
    ids=lambda value: str(value) if isinstance(value, RecordedRequest) else None,
)
def test_what_counts_as_a_write(sent: RecordedRequest, is_write: bool) -> None:
    assert sent.is_write is is_write


def test_a_body_that_is_no_json_is_none() -> None:
    assert RecordedRequest("POST", PODS, {}, b"k8s\x00\xff", {}, 0.0).json is None


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (request_to("/eviction$"), [False, True, True]),
        (request_to("^/api/v1", "GET"), [True, False, False]),
        (request_to("/eviction$", dry_run=True), [False, False, True]),
        (request_to("/eviction$", "POST", dry_run=False), [False, True, False]),
    ],
    ids=["path", "method", "dry-run", "no-dry-run"],
)
def test_requests_are_matched(match: Any, expected: list[bool]) -> None:
    sent = [
        request("GET", PODS),
        request("POST", f"{PODS}/web/eviction", {}),
        request("POST", f"{PODS}/web/eviction", {"deleteOptions": {"dryRun": ["All"]}}),
    ]
    assert [match(one) for one in sent] == expected


@pytest.mark.parametrize(
    ("times", "skip", "hits"),
    [(1, 0, [0]), (2, 1, [1, 2]), (None, 2, [2, 3, 4]), (0, 0, [])],
    ids=["first", "second-and-third", "all-from-the-third", "none"],
)
def test_a_fault_hits_as_many_as_it_should(times: int | None, skip: int, hits: list[int]) -> None:
    fault = Fault(lambda _request: True, Answer(500), times, skip)
    taken = [number for number in range(5) if fault.take(request("GET", PODS))]
    assert (taken, fault.hits) == (hits, len(hits))
