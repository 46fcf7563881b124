# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that the proxy injects."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.integration.recording import RecordedRequest

Match = Callable[[RecordedRequest], bool]
_REASONS = {
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
}


@dataclass(frozen=True)
class Answer:
    """Answer with this status instead of asking the API server; the body is a ``Status`` object.

    ``retry_after_s`` becomes the header ``Retry-After``.
    """

    status: int
    message: str = "injected by the test"
    retry_after_s: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The ``Status`` object."""
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": _REASONS.get(self.status, ""),
            "details": dict(self.details),
            "code": self.status,
        }
        return json.dumps(status).encode()


@dataclass(frozen=True)
class AnswerAfter:
    """Let the API server carry the request out, then answer with something else: a gateway that gave up too early."""

    answer: Answer


@dataclass(frozen=True)
class ResetBefore:
    """Reset the client's connection; the API server never sees the request."""


@dataclass(frozen=True)
class ResetAfter:
    """Reset the client's connection after the API server carried the request out: the client cannot know."""


@dataclass(frozen=True)
class Delay:
    """Pass the request on after this many seconds."""

    seconds: float


@dataclass(frozen=True)
class Call:
    """Call this before the request is passed on: the moment to change the cluster behind the client's back."""

    function: Callable[[RecordedRequest], object]


Action = Answer | AnswerAfter | ResetBefore | ResetAfter | Delay | Call

BUDGET_REFUSAL = Answer(
    429,
    "Cannot evict pod as it would violate the pod's disruption budget.",
    details={"causes": [{"reason": "DisruptionBudget", "message": "The disruption budget injected by the test"}]},
)


def request_to(path: str, method: str | None = None, *, dry_run: bool | None = None) -> Match:
    """Match requests whose path contains this regular expression.

    Args:
        method: Only this one.
        dry_run: Only dry runs, or only what is none.
    """
    pattern = re.compile(path)

    def matches(request: RecordedRequest) -> bool:
        return (
            bool(pattern.search(request.path))
            and method in (None, request.method)
            and dry_run in (None, request.is_dry_run)
        )

    return matches


class Fault:
    """An action for the requests that match: the first ``skip`` of them pass, the next ``times`` are hit.

    Attributes:
        hits: How many were hit so far.
    """

    def __init__(self, match: Match, action: Action, times: int | None, skip: int) -> None:
        self._match = match
        self._action = action
        self._times = times
        self._skip = skip
        self._seen = 0
        self._lock = threading.Lock()
        self.hits = 0

    def take(self, request: RecordedRequest) -> Action | None:
        """The action for this request, counted; ``None`` when it is not hit."""
        if not self._match(request):
            return None
        with self._lock:
            self._seen += 1
            if self._seen <= self._skip or (self._times is not None and self.hits >= self._times):
                return None
            self.hits += 1
            return self._action
