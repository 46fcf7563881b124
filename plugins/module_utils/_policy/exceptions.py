# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exceptions of a library for people: who answers for what, and which of them are over. Policies judge by themselves.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

_TEXTS = ("name", "owner", "reason", "ticket", "expires")
_LISTS = ("rules", "actions", "namespaces", "targets", "environments")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def listed(config: Any, now: datetime) -> list[dict[str, Any]]:
    """Every entry of ``config.exceptions`` with ``state``: ``active``, ``expired``, or ``unusable`` for what has no day.

    What an entry does not state is an empty text or list.

    Args:
        now: With a time zone. An entry counts to the end of its day, in its own time zone.
    """
    entries = config.get("exceptions") if isinstance(config, Mapping) else None
    return [_shown(entry, now) for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def unknown_zones(value: Any, path: str = "data.config") -> Iterator[tuple[str, str]]:
    """Path and name of each ``time_zone`` below a value that this machine does not know."""
    if isinstance(value, Mapping):
        stated = value.get("time_zone")
        if isinstance(stated, str) and zone(stated) is None:
            yield f"{path}.time_zone", stated
        for key, inner in value.items():
            yield from unknown_zones(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from unknown_zones(inner, f"{path}[{number}]")


def zone(name: str) -> tzinfo | None:
    """The time zone of a name; ``None`` when this machine knows none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, no name of a zone, a directory
        return None


def _shown(entry: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    texts = {key: entry[key] if isinstance(entry.get(key), str) else "" for key in _TEXTS}
    lists = {key: entry[key] if isinstance(entry.get(key), list) else [] for key in _LISTS}
    stated = entry.get("time_zone", "UTC")
    place = zone(stated) if isinstance(stated, str) else None
    state = "unusable"
    if place is not None and _DATE.fullmatch(texts["expires"]):
        state = "expired" if now.astimezone(place).date().isoformat() > texts["expires"] else "active"
    return {**texts, **lists, "time_zone": str(stated), "state": state}
