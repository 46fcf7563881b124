# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.safe_text import (
    LONGEST_ANNOTATION,
    MOST_ANNOTATIONS,
    is_safe,
    safe_annotations,
    safe_name,
)


@pytest.mark.parametrize("text", ["", "team shop", "a: b, c=d (e)", "Zürich", "x" * LONGEST_ANNOTATION])
def test_plain_text_is_safe(text):
    assert is_safe(text)


@pytest.mark.parametrize(
    "text", ['"', "it's", "a\\b", "a\nb", "\x00", "\x7f", "\u2028", "x" * (LONGEST_ANNOTATION + 1)]
)
def test_text_that_the_engine_would_see_differently_is_not(text):
    assert not is_safe(text)


def test_omitted_annotations_are_named():
    assert safe_annotations({"b": "1", "a": "2", "d": "{}\n", "c": '"'}) == ({"a": "2", "b": "1"}, ("c", "d"))
    assert safe_annotations(None) == ({}, ())


def test_the_number_of_annotations_is_bounded():
    kept, omitted = safe_annotations({f"k{number:04}": "v" for number in range(3 * MOST_ANNOTATIONS)})
    assert (len(kept), len(omitted)) == (MOST_ANNOTATIONS, MOST_ANNOTATIONS)


def test_a_name_keeps_its_usual_characters_only():
    assert safe_name("kube-controller-manager") == "kube-controller-manager"
    assert safe_name('a"b\\c\n' + "x" * 300) == "a?b?c?" + "x" * 247
