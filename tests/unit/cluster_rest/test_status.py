# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Answers of the API server as errors, asserted by text."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.status import (
    TooManyRequests,
    failure,
    one_line,
    parse_status,
)

SHOWN: dict[str, tuple[int, dict[str, Any], str, str]] = {
    "expired-token": (
        401,
        {"reason": "Unauthorized", "message": "Unauthorized"},
        "api.unauthorized",
        "GET /x failed: 401 Unauthorized, the API server does not accept the credential.",
    ),
    "forbidden": (
        403,
        {"reason": "Forbidden", "message": 'nodes is forbidden: User "a" cannot list'},
        "api.forbidden",
        'GET /x failed: 403 Forbidden, nodes is forbidden: User "a" cannot list.',
    ),
    "proxy-page": (502, {}, "api.server-error", "GET /x failed: 502, and the answer is not one of the Kubernetes API."),
    "redirect": (302, {}, "api.refused", "GET /x failed: 302, and the answer is not one of the Kubernetes API."),
    "invalid": (422, {"reason": "Invalid", "message": "a\nb\tc."}, "api.invalid", "GET /x failed: 422 Invalid, a b c."),
    "silent": (418, {"message": None}, "api.refused", "GET /x failed: 418, without a message."),
}


@pytest.mark.parametrize(("code", "document", "expected", "message"), SHOWN.values(), ids=SHOWN.keys())
def test_failure_says_what_happened_in_one_sentence(
    code: int, document: dict[str, Any], expected: str, message: str
) -> None:
    error = failure(code, {"kind": "Status", **document} if document else {}, "GET /x")
    assert (error.code, error.message, error.status) == (expected, message, code)


def test_a_long_message_is_cut() -> None:
    error = failure(403, {"kind": "Status", "message": "x" * 1000}, "GET /x")
    assert error.message == f"GET /x failed: 403, {'x' * 255}…"


def test_one_line_removes_control_characters() -> None:
    assert one_line("a\x1b[31mb\r\n c\x00") == "a [31mb c"


def _budget(causes: Any) -> TooManyRequests:
    error = failure(429, {"kind": "Status", "reason": "TooManyRequests", "details": {"causes": causes}}, "Evict")
    assert isinstance(error, TooManyRequests)
    return error


def test_the_budgets_cause_is_kept() -> None:
    text = "The disruption budget web needs 2 healthy pods and has 2 currently"
    assert _budget([{"reason": "Other"}, {"reason": "DisruptionBudget", "message": text}]).budget_cause == text


@pytest.mark.parametrize("causes", [None, [], ["x"], [{"reason": "Other", "message": "x"}], {"reason": 1}])
def test_a_busy_server_is_no_budget(causes: Any) -> None:
    assert _budget(causes).budget_cause == ""


def test_retry_after_comes_from_the_header_or_the_status() -> None:
    document = {"kind": "Status", "details": {"retryAfterSeconds": 10}}
    assert failure(429, document, "x").retry_after_s == 10.0
    assert failure(429, document, "x", retry_after_s=2.0).retry_after_s == 2.0


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"kind": "Pod"}', b"\xff\xfe", b"[" * 100_000])
def test_only_a_status_is_a_status(body: bytes) -> None:
    assert parse_status(body) == {}
