# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document comes out of a line as it went in, or not at all."""

from __future__ import annotations

import base64
import gzip
import random

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.inputs import LONGEST_PACKED, packed, unpacked
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.record import LONGEST_LINE, presentable

DOCUMENT = {"action": "DrainNode", "text": 'é " \n \u2028', "big": 2**70, "none": None, "nested": [{"a": 1.5}]}


def test_a_document_comes_back() -> None:
    assert unpacked(packed(DOCUMENT)) == DOCUMENT


def test_a_document_passes_a_line_unchanged() -> None:
    assert unpacked(presentable({"input": packed(DOCUMENT)})["input"]) == DOCUMENT


def test_a_document_with_a_secret_is_left_out() -> None:
    assert packed({"parameters": {"password": "hunter2"}}) == {"omitted": "it holds something that is masked"}


def _noise(length: int) -> dict[str, str]:
    draw = random.Random(1)
    return {f"pod{number}": "".join(draw.choices("abcdefgh ", k=64)) for number in range(length // 64)}


def test_a_document_that_is_too_long_is_left_out() -> None:
    stated = packed(_noise(200_000))
    assert stated.keys() == {"omitted"}
    assert stated["omitted"].endswith(f"packed, {LONGEST_PACKED} are kept")
    assert unpacked(stated) == f"its input was left out: {stated['omitted']}"


def test_an_input_costs_no_other_field_of_a_line_its_place() -> None:
    rest = {f"field{number}": "x" * 8000 for number in range(6)}
    made = presentable({**rest, "input": packed(_noise(20_000))})
    assert {key: made[key] for key in rest} == rest
    assert made["input"] == {"omitted": "the line is too long with it"}
    assert len(str(made)) < LONGEST_LINE


@pytest.mark.parametrize(
    "stated",
    [
        pytest.param({"gzip": "???"}, id="no base64"),
        pytest.param({"gzip": "aGFsbG8="}, id="no gzip"),
        pytest.param({"gzip": packed(DOCUMENT)["gzip"][:-12]}, id="cut"),
        pytest.param({"gzip": base64.b64encode(gzip.compress(b"[1]")).decode()}, id="no object"),
        pytest.param({"gzip": base64.b64encode(gzip.compress(b" " * 20_000_000)).decode()}, id="bomb"),
    ],
)
def test_what_cannot_be_unpacked_is_said(stated: dict[str, str]) -> None:
    assert unpacked(stated) == "its input cannot be unpacked"


@pytest.mark.parametrize("stated", [None, {}, "gzip"])
def test_a_line_without_an_input_says_so(stated: object) -> None:
    assert unpacked(stated) == "the line holds no input"
