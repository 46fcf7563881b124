# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records for tests, with the one interesting argument each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.history import View
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import Record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
WEB = ObjectRef("Deployment", "web", "shop")
API = ObjectRef("Deployment", "api", "shop")
OWN = Record(
    name="own",
    resource_version="100",
    id="id-own",
    action="ScaleDeployment",
    target=WEB,
    uid="uid-web",
    digest="d" * 64,
    requester="runner",
    phase="Pending",
    created=NOW,
    admitted_at=None,
    ended_at=None,
    pending_s=30,
    timeout_s=120,
    raw={},
)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def pending(order: int, age_s: float = 1, **changes: Any) -> Record:
    """A record that nobody has decided on yet."""
    return replace(OWN, name=f"pending-{order}", resource_version=str(order), created=ago(age_s), **changes)


def executing(age_s: float = 10, **changes: Any) -> Record:
    """A record whose action has begun."""
    begun = {"created": ago(age_s + 1), "admitted_at": ago(age_s), "phase": "Executing", "resource_version": "50"}
    return replace(OWN, name=f"executing-{age_s:g}", **{**begun, **changes})


def ended(phase: str, age_s: float, took_s: float = 1, **changes: Any) -> Record:
    """A record whose action has ended so long ago."""
    begun = {"admitted_at": ago(age_s + took_s), "ended_at": ago(age_s)}
    return replace(executing(age_s + took_s), name=f"{phase.lower()}-{age_s:g}", phase=phase, **{**begun, **changes})


def view(*others: Record, own: Record = OWN, queued: bool = True) -> View:
    return View(own, NOW, others, queued)
