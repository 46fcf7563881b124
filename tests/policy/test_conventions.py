# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What regopy 1.5.2 does differently from OPA, kept out of the library by text.

Each was found with both engines side by side; none of them is an error in regopy, so nothing else would tell.
"""

from __future__ import annotations

import re

import pytest

from tests.policy.engines import library

_TEXTS = {path: re.sub(r"(?m)^\s*#.*$", "", text) for path, text in library().modules.items()}
_PATHS = sorted(_TEXTS)
_JOINS = "kubernetesexecution/lib/text/text.rego"


@pytest.mark.parametrize("path", _PATHS)
def test_no_line_begins_with_a_bracket(path: str) -> None:
    """``x := data.a.b`` and ``(y + 1) > 2`` on the next line are one call of ``data.a.b`` to regopy."""
    assert re.findall(r"(?m)^\s*\(.*$", _TEXTS[path]) == []


@pytest.mark.parametrize("path", [path for path in _PATHS if path != _JOINS])
def test_joined_texts_are_made_in_one_place(path: str) -> None:
    """What ``concat`` and its like return gets quotes when ``sprintf`` inserts it, and the answer is no JSON any more."""
    inserted = re.findall(
        r"sprintf\([^\n]*?\b(?:concat|lower|upper|format_int|json\.marshal|regex\.replace)\(", _TEXTS[path]
    )
    assert inserted == []


@pytest.mark.parametrize("path", _PATHS)
def test_values_are_inserted_in_the_one_way_that_both_engines_share(path: str) -> None:
    """``%s`` of a number and ``%d`` of a float differ."""
    formats = "".join(re.findall(r'sprintf\(\s*"([^"]*)"', _TEXTS[path])).replace("%%", "")
    assert set(re.findall(r"%[^v]", formats)) <= {"%0"}  # %02d of a whole number is safe


@pytest.mark.parametrize("path", _PATHS)
def test_numbered_iteration_stands_in_no_comprehension(path: str) -> None:
    """``[i | some i, x in xs]`` does not parse."""
    assert re.findall(r"\|\s*some \w+, ", _TEXTS[path]) == []


def test_functions_of_one_name_take_as_many_arguments_everywhere() -> None:
    """Two packages with ``f(x)`` and ``f(x, y)`` are taken for one function: no bundle, or a crash."""
    heads = {
        (name, arguments.count(","))
        for text in _TEXTS.values()
        for name, arguments in re.findall(r"(?m)^(?:default )?(\w+)\(([^()]*)\)", text)
    }
    names = [name for name, _ in heads]
    assert sorted(name for name in names if names.count(name) > 1) == []


@pytest.mark.parametrize("path", _PATHS)
def test_nothing_reads_a_clock_the_network_or_the_environment(path: str) -> None:
    forbidden = r"\b(?:time\.now_ns|http\.send|opa\.runtime|rand\.intn|uuid\.rfc4122|rego\.metadata\.\w+)\b"
    assert re.findall(forbidden, _TEXTS[path]) == []
