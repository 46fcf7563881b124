# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Nulls that have to get through a merge patch, which takes one for the wish to delete (RFC 7396).

A record's status is written by merge patches. What a way back says about something that was not there before, such as
``data: {new: null}``, would be lost on the way: its places are noted next to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

NULLS = "nullAt"
"""Key of the note: a list of places, each a list of keys."""


def noted(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same without nulls, and with a note of where they were, if there were any."""
    places = [list(place) for place in _places(value)]
    stated: dict[str, Any] = without_nulls(value)
    return {**stated, NULLS: places} if places else stated


def restored(value: Mapping[str, Any]) -> dict[str, Any]:
    """What was ``noted``. A note that fits nowhere is passed over."""
    stated: dict[str, Any] = _copied({key: item for key, item in value.items() if key != NULLS})
    places = value.get(NULLS)
    for place in places if isinstance(places, list) else ():
        inside: Any = stated
        for key in place[:-1]:
            inside = inside.setdefault(key, {}) if isinstance(inside, dict) else None
        if isinstance(inside, dict) and place:
            inside.setdefault(place[-1], None)
    return stated


def without_nulls(value: Any) -> Any:
    """The same without keys whose value is null, at any depth of mappings."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _places(value: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, item in value.items():
        if item is None:
            yield (key,)
        elif isinstance(item, Mapping):
            yield from ((key, *place) for place in _places(item))


def _copied(value: Any) -> Any:
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, Mapping) else value
