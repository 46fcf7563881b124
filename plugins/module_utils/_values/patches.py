# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merge patches: how to make one, and whether an object already says what one is to say.

Source: RFC 7396. Lists are taken as a whole, but where a list of a strategic merge patch names its entries (containers),
each is looked up by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge_patch(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The patch that makes ``wanted`` of ``current``; empty where they are equal.

    Args:
        wanted: Without ``None``: a merge patch cannot write one.
    """
    patch: dict[str, Any] = {key: None for key in current if key not in wanted}
    for key, value in wanted.items():
        before = current.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            if inner := merge_patch(before, value):
                patch[key] = inner
        elif key not in current or before != value:
            patch[key] = value
    return patch


def says(observed: Any, patch: Any) -> bool:
    """Whether the patch would change nothing. The version that it names as its precondition does not count."""
    if isinstance(patch, Mapping):
        if not isinstance(observed, Mapping):
            return False
        return all(
            observed.get(key) is None if value is None else says(observed.get(key), value)
            for key, value in patch.items()
            if key != "resourceVersion"
        )
    if _is_named(patch) and isinstance(observed, list):
        found = {entry.get("name"): entry for entry in observed if isinstance(entry, Mapping)}
        return all(says(found.get(entry["name"]), entry) for entry in patch)
    return bool(observed == patch)


def _is_named(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(it, Mapping) and "name" in it for it in value)
