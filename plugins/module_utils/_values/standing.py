# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What earlier executions and approvals mean for a request, as policies see it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Window:
    """One rate limit and how far it is used up.

    Attributes:
        scope: ``target``, ``action``, ``namespace``, ``requester`` or ``global``.
        actions: Names of the actions that it counts; none: all.
        count: Executions that were admitted in the window, and those that will be decided before this one.
        max_count: Limit.
        retry_after_seconds: Until there is room again; 0 while there is.
    """

    scope: str
    actions: tuple[str, ...]
    count: int
    max_count: int
    window_seconds: int
    retry_after_seconds: int = 0


@dataclass(frozen=True)
class Draining:
    """Other nodes that are being drained. ``nodes`` holds at most ``NAMES_SHOWN`` names."""

    count: int = 0
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class History:
    """Earlier executions.

    Attributes:
        consecutive_failures: Of the same action on the same target, up to now.
        last_failure_seconds, last_success_seconds: Seconds since the last one of the same action on the same target
            ended so; ``None`` when there is none on record.
    """

    windows: tuple[Window, ...] = ()
    consecutive_failures: int = 0
    last_failure_seconds: int | None = None
    last_success_seconds: int | None = None
    draining: Draining = field(default_factory=Draining)


@dataclass(frozen=True)
class Approval:
    """An approval that counts for the request.

    Attributes:
        name: Of the object.
        type: ``approval`` or ``override``.
        created, expires: RFC 3339, UTC, by the API server's clock.
    """

    name: str
    type: str
    approver: str
    reason: str
    created: str
    expires: str


@dataclass(frozen=True)
class Standing:
    """Where a request stands among the others.

    Attributes:
        running: Other executions in progress on the same target.
        unreadable: Why the records could not be read; empty when they could.
    """

    history: History = field(default_factory=History)
    running: int = 0
    approvals: tuple[Approval, ...] = ()
    unreadable: str = ""
