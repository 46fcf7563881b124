# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.patches import merge_patch, says


@pytest.mark.parametrize(
    ("current", "wanted", "patch"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {}, {"a": None}),
        ({}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, {"a": {"c": None}}),
        ({"a": [1, 2]}, {"a": [2]}, {"a": [2]}),
        ({"a": {"b": 1}}, {"a": [1]}, {"a": [1]}),
        ({"a": False}, {"a": 0, "b": ""}, {"b": ""}),
    ],
)
def test_a_patch_names_what_differs(current, wanted, patch):
    assert merge_patch(current, wanted) == patch


@pytest.mark.parametrize(
    ("observed", "patch", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": None}, True),
        ({"b": 1}, {"b": None}, False),
        ({}, {"a": {"b": 1}}, False),
        ({"metadata": {"resourceVersion": "9"}}, {"metadata": {"resourceVersion": "8"}}, True),
        ([{"name": "x", "v": 1}, {"name": "y", "v": 2}], [{"name": "y", "v": 2}], True),
        ([{"name": "x", "v": 1}], [{"name": "x", "v": 2}], False),
        ([{"name": "x"}], [{"name": "z"}], False),
        ([1, 2], [1], False),
        (None, {"a": 1}, False),
    ],
)
def test_an_object_says_what_a_patch_would_not_change(observed, patch, expected):
    assert says(observed, patch) is expected
