# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The limits of the library's config that need records: which of them apply to a request, and how far they look back.

Entries of an unusable form are left out here; the library itself denies them (``safety/common/config``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SCOPES = ("target", "action", "namespace", "requester", "global")
DRAIN = "DrainNode"


@dataclass(frozen=True)
class RateLimit:
    """At most ``max_count`` admitted executions in ``window_seconds``. Without ``actions`` it counts all."""

    scope: str
    actions: tuple[str, ...]
    max_count: int
    window_seconds: int


@dataclass(frozen=True)
class Limits:
    """What applies to one action.

    Attributes:
        rates: In the order of the config.
        draining_nodes: How many nodes may be drained at once, for a drain; ``None`` when nothing is to be counted.
        memory_s: How far back the records of the target matter.
    """

    rates: tuple[RateLimit, ...] = ()
    draining_nodes: int | None = None
    memory_s: int = 0


def limits_of(config: Mapping[str, Any], action: str) -> Limits:
    """The limits that apply to ``action``. ``config`` is ``data.config`` of the library."""
    stated = config.get("rate_limits")
    rates = tuple(
        rate
        for entry in (stated if isinstance(stated, list) else ())
        if (rate := _rate(entry)) is not None and (not rate.actions or action in rate.actions)
    )
    block, cool_down = _mapping(config, "failure_block"), _mapping(config, "cool_down_seconds")
    draining = _mapping(config, "limits").get("draining_nodes")
    memories = [rate.window_seconds for rate in rates if rate.scope == "target"]
    memories += [_count(block.get("seconds")) or 0, _count(cool_down.get(action)) or 0]
    return Limits(rates, _count(draining) if action == DRAIN else None, max(memories))


def _rate(entry: Any) -> RateLimit | None:
    if not isinstance(entry, Mapping):
        return None
    actions = entry.get("actions") or []
    most, window_s = _count(entry.get("max")), _count(entry.get("window_seconds"))
    if entry.get("scope") not in SCOPES or not isinstance(actions, list) or most is None or window_s is None:
        return None
    return RateLimit(entry["scope"], tuple(str(name) for name in actions), most, window_s)


def _mapping(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = config.get(key)
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int | None:
    """A whole number from 0, also one that YAML spells ``10.0``: policies see no difference. ``None`` for the rest."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or value != int(value):
        return None
    return int(value)
