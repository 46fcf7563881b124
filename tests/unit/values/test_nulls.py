# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Nulls on their way through a merge patch."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.nulls import noted, restored, without_nulls

WAYS = [
    {},
    {"name": "web", "data": {"level": "info", "new": None}},
    {"containers": {"web": {"limits": {"nvidia.com/gpu": None}, "requests": {"cpu": "1"}}}, "value": None},
    {"data": {"new": None}, "restart": [{"name": "web", "kind": None}]},
]


@pytest.mark.parametrize("value", WAYS)
def test_what_is_noted_is_restored(value: dict[str, Any]) -> None:
    assert restored(noted(value)) == value


def test_nothing_that_a_patch_would_take_for_a_deletion_is_left() -> None:
    assert noted(WAYS[1]) == {"name": "web", "data": {"level": "info"}, "nullAt": [["data", "new"]]}


def test_a_patch_drops_a_mapping_that_has_become_empty_from_nothing() -> None:
    assert restored({"name": "web", "nullAt": [["data", "new"]]}) == {"name": "web", "data": {"new": None}}


@pytest.mark.parametrize("note", ["x", [[]], [["name", "x"]], [["name"]]])
def test_a_note_that_fits_nowhere_is_passed_over(note: Any) -> None:
    assert restored({"name": "web", "nullAt": note}) == {"name": "web"}


def test_what_differs_only_in_nulls_is_the_same() -> None:
    assert without_nulls({"data": {"a": None, "b": "x"}}) == without_nulls({"data": {"b": "x"}})
