# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer of the API server means: its ``Status`` as one of our errors.

Only the text of a ``kind: Status`` is shown, as one line of at most ``MESSAGE_CHARS``: any other body may be the page
of a proxy. About Secrets not even that, since the API server quotes invalid values.

Source: Kubernetes ``staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Conflict

MESSAGE_CHARS = 256

_CODES = {
    400: "api.bad-request",
    401: "api.unauthorized",
    403: "api.forbidden",
    404: "api.not-found",
    405: "api.not-allowed",
    409: "api.conflict",
    410: "api.expired",
    413: "api.too-large",
    422: "api.invalid",
    429: "api.too-many-requests",
}

_HINTS = {
    401: "The token or certificate may have expired: log in again or renew the credential.",
    403: "Grant the identity this right, or run the task with another identity.",
    409: "Somebody else changed the object meanwhile: run the task again.",
    429: "Run the task again later.",
}


class TooManyRequests(ApiFailure):
    """429: the API server is busy, or a disruption budget holds a pod.

    Args:
        budget_cause: Message of the ``DisruptionBudget`` cause; empty when it is no budget that refuses.
    """

    def __init__(self, code: str, message: str, hint: str, retry_after_s: float | None, *, budget_cause: str) -> None:
        super().__init__(code, message, hint, retry_after_s, status=429, api_reason="TooManyRequests")
        self.budget_cause = budget_cause


def parse_status(body: bytes) -> Mapping[str, Any]:
    """The ``Status`` object in the body, or an empty mapping."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) and document.get("kind") == "Status" else {}


def one_line(text: object) -> str:
    """The text on one line without control characters, cut to ``MESSAGE_CHARS``."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text or "")).split())
    return line if len(line) <= MESSAGE_CHARS else line[: MESSAGE_CHARS - 1] + "…"


def failure(
    http_status: int, status: Mapping[str, Any], what: str, *, secret: bool = False, retry_after_s: float | None = None
) -> ApiFailure:
    """The error for an answer.

    Args:
        http_status: Status code of the answer.
        status: ``Status`` object of the body; empty when the body was none.
        what: The request in words, beginning a sentence: ``Patch of Deployment shop/web``.
        secret: The request concerns a Secret.
        retry_after_s: Of the header; the ``Status`` may state it too.
    """
    reason = one_line(status.get("reason"))
    message = f"{what} failed: {http_status}{' ' + reason if reason else ''}, {_words(http_status, status, secret)}"
    details = _mapping(status.get("details"))
    if retry_after_s is None and isinstance(details.get("retryAfterSeconds"), int):
        retry_after_s = float(details["retryAfterSeconds"])
    code = _CODES.get(http_status, "api.server-error" if http_status >= 500 else "api.refused")
    hint = _HINTS.get(http_status, "")
    if http_status == 429:
        return TooManyRequests(code, message, hint, retry_after_s, budget_cause=_budget_cause(details))
    if http_status == 409 and reason == "AlreadyExists":
        return ApiFailure("api.already-exists", message, "", status=409, api_reason=reason)
    if http_status == 409:
        return Conflict(code, message, hint, status=409, api_reason=reason)
    return ApiFailure(code, message, hint, retry_after_s, status=http_status, api_reason=reason)


def _words(http_status: int, status: Mapping[str, Any], secret: bool) -> str:
    if not status:
        return "and the answer is not one of the Kubernetes API."
    if secret:
        return "the API server's text is left out because it may quote values of the Secret."
    if http_status == 401:
        return "the API server does not accept the credential."
    text = one_line(status.get("message")) or "without a message"
    return text if text.endswith((".", "…")) else f"{text}."


def _budget_cause(details: Mapping[str, Any]) -> str:
    causes = details.get("causes")
    for cause in causes if isinstance(causes, list) else ():
        if isinstance(cause, Mapping) and cause.get("reason") == "DisruptionBudget":
            return one_line(cause.get("message")) or "a PodDisruptionBudget"
    return ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def refusal(http_status: int, body: bytes) -> tuple[int, Mapping[str, Any]] | None:
    """Status code and ``Status`` of a refusal; ``None`` for a success."""
    if not 200 <= http_status < 300:
        return http_status, parse_status(body)
    # A success that carries a failed Status: older API servers answered some evictions like that.
    if b'"Failure"' in body[:2048]:
        document = parse_status(body)
        if document.get("status") == "Failure":
            code = document.get("code")
            return (code if isinstance(code, int) and code >= 400 else 500), document
    return None
