# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document that is handed over as values is the one that the engine would have parsed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import input_values, rego
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import canonical
from tests.unit.policy.test_laws import PURE, TEXT

WHOLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | TEXT
    | st.sampled_from(["\0", '"', "\\", "\n", "é", "😀"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
# What comes back, what can be compared, what length and keys it has, and what it looks like in a message.
POLICY = """\
package seen

import rego.v1

looked := {
	"whole": input.value,
	"same": input.value == input.other,
	"paths": [[path, value] | walk(input.value, [path, value])],
	"words": sprintf("%v", [input.value]),
	"types": [type_name(value) | walk(input.value, [_, value])],
}
"""


COMPILED = rego.compile_bundle({"seen.rego": POLICY}, ["seen/looked"])


def answer(bundle: bytes, term: str, *, parsed: bool) -> str:
    interpreter = rego.load().Interpreter()
    interpreter.strict_built_in_errors = True
    with rego._file(bundle) as path:
        loaded = interpreter.load_bundle(path, rego.load().BundleFormat.Binary)
    if parsed:
        interpreter.set_input_term(term)
    else:
        interpreter.set_input(input_values.of(term))
    try:
        return str(interpreter.query_bundle_entrypoint(loaded, "seen/looked"))
    except json.JSONDecodeError as error:
        return error.doc


@PURE
@given(WHOLE, WHOLE)
def test_it_is_the_document_that_the_engine_parses(value: Any, other: Any) -> None:
    term = canonical({"value": value, "other": other})
    assert answer(COMPILED, term, parsed=False) == answer(COMPILED, term, parsed=True)


@pytest.mark.parametrize("value", [0.5, 1e300, -0.0, 2**63, -(2**63) - 1, 10**40], ids=str)
def test_numbers_that_would_change_are_left_to_the_parser(value: float) -> None:
    with pytest.raises(input_values.Unsuitable):
        input_values.of(json.dumps({"value": [value]}))


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 0, True, None])
def test_other_values_are_not(value: object) -> None:
    assert input_values.of(json.dumps({"value": value})) == {"value": value}


def test_a_document_that_is_too_deep_is_left_to_the_parser() -> None:
    with pytest.raises(input_values.Unsuitable):
        input_values.of("[" * 100_000 + "]" * 100_000)
