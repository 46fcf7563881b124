# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data reaches the rules unchanged, through the engine's compiled form."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import data_modules, input_safety
from tests.unit.policy.libraries import DOCUMENT, alone, judged, library, rules
from tests.unit.policy.test_laws import EVALUATING, JSON

DATA = {"config": {"limits": {"a": 1}, "empty": [], "none": {}, "names": {"a-b": 1}}, "more": {}}


def test_data_becomes_rules_of_packages() -> None:
    """A mapping becomes a package of its own where its keys can be names of rules."""
    assert data_modules.generate(DATA) == {
        "data/config.rego": 'package config\n\nimport rego.v1\n\nempty := []\n\nnames := {"a-b": 1}\n\nnone := {}\n',
        "data/config/limits.rego": "package config.limits\n\nimport rego.v1\n\na := 1\n",
        "data/more.rego": "package more\n\nimport rego.v1\n",
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"config": []}, "data.config has to be a mapping of names to values."),
        ({"a-b": {}}, "data.a-b: the name has to consist of letters, digits and _ only."),
        ({"config": {"a.b": 1}}, "data.config.a.b: the name has to consist of letters, digits and _ only."),
        ({"config": {"default": 1}}, "data.config.default: the name has to consist of letters, digits and _ only."),
    ],
    ids=["list", "root", "dot", "keyword"],
)
def test_data_that_cannot_be_rules_is_refused(data: Mapping[str, Any], message: str) -> None:
    with pytest.raises(PolicyUnusable) as caught:
        data_modules.generate(data)
    assert (caught.value.code, caught.value.message) == ("policy.parse-error", message)


def test_text_from_data_has_no_quotes_in_a_message() -> None:
    """regopy 1.5.2 leaves them there when the data itself is compiled: the answer is no JSON then."""
    text = 'deny contains sprintf("%v and %v", [data.config.names[0], input.namespace])'
    judge = library({"a.rego": rules("common", text)}, config={"names": ["first"]})
    assert alone(judged(judge)).message == "first and shop"


@pytest.mark.parametrize(
    "condition",
    [
        'data.config.limits == {"a": 1, "b": [2], "c": {"d": 3}}',
        "data.config.limits.c.d == 3",
        "data.config.limits[input.key] == 1",
        "not data.config.limits[input.namespace]",
        'object.get(data.config.limits, "z", 9) == 9',
        'object.get(data.config, ["limits", "c", "d"], 9) == 3',
        'object.keys(data.config.limits) == {"a", "b", "c"}',
        'object.keys(data.config) == {"catalogue", "limits"}',
        "count(data.config.limits) == 3",
        '[value | some value in data.config.limits] == [1, [2], {"d": 3}]',
        "is_object(data.config.limits)",
        "count([path | walk(data.config.limits, [path, 3])]) == 1",
    ],
)
def test_a_mapping_is_the_same_as_a_package(condition: str) -> None:
    """Each condition holds in OPA, where data is data; see tests/policy for whole decisions in both."""
    config = {"limits": {"a": 1, "b": [2], "c": {"d": 3}}}
    judge = library({"a.rego": rules("common", f'deny contains "holds" if {{ {condition} }}')}, config=config)
    assert alone(judged(judge, {**DOCUMENT, "key": "a"})).message == "holds"


def _judged(value: Any) -> bool:
    """Whether the gate lets the engine see the value."""
    with contextlib.suppress(PolicyUnusable):
        input_safety.require_safe({"value": value})
        return "\\u0000" not in json.dumps(value)
    return False


@EVALUATING
@given(JSON.filter(_judged), st.sampled_from(["shop", "other"]))
def test_data_equals_itself_in_the_input(value: Any, namespace: str) -> None:
    text = 'deny contains "differs" if not data.config.value == input.value'
    judge = library({"a.rego": rules("common", text)}, config={"value": value})
    assert judged(judge, {**DOCUMENT, "value": value, "namespace": namespace}).allowed
