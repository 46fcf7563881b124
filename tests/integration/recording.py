# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client sent to the API server, and which of it changes the cluster."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Questions that have the form of a creation; nothing is stored.
_REVIEWS = frozenset(
    {
        "selfsubjectreviews",
        "selfsubjectaccessreviews",
        "selfsubjectrulesreviews",
        "subjectaccessreviews",
        "localsubjectaccessreviews",
        "tokenreviews",
    }
)


@dataclass
class RecordedRequest:
    """One request, recorded when it arrived; ``status`` and ``duration_s`` are set when it was answered.

    Attributes:
        method: Upper case.
        path: Without the query.
        query: Name -> values.
        body: As sent.
        headers: Lower-case name -> value.
        started: ``time.monotonic()`` at arrival.
        duration_s: Until the answer was passed on.
        status: HTTP status that the client got; ``None`` while it waits, and when its connection was reset.
        upstream_status: HTTP status of the API server; ``None`` when it was not asked or did not answer.
        fault: Name of the injected fault, empty without one.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    headers: dict[str, str]
    started: float
    duration_s: float = 0.0
    status: int | None = None
    upstream_status: int | None = None
    fault: str = ""

    @property
    def json(self) -> Any:
        """The body as JSON; ``None`` when it is empty or something else."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def is_dry_run(self) -> bool:
        """Whether the API server carries it out without storing anything."""
        if self.query.get("dryRun") == ["All"]:
            return True
        body = self.json
        if not isinstance(body, dict):
            return False
        if self.method == "DELETE":
            options: Any = body
        elif self.method == "POST" and self.path.endswith("/eviction"):
            options = body.get("deleteOptions") or {}
        else:
            return False  # elsewhere the body is an object, whose content means nothing of the kind
        return bool(options.get("dryRun") == ["All"])

    @property
    def is_review(self) -> bool:
        """Whether it asks for an opinion of the API server."""
        return self.method == "POST" and self.path.rsplit("/", 1)[-1] in _REVIEWS

    @property
    def is_write(self) -> bool:
        """Whether it changes the cluster when the API server accepts it."""
        return self.method in _MUTATING and not self.is_dry_run and not self.is_review

    def __str__(self) -> str:
        outcome = "no answer" if self.status is None else str(self.status)
        return f"{self.method} {self.path} -> {outcome}" + (f" [{self.fault}]" if self.fault else "")
