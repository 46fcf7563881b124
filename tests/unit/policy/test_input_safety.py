# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The values that the engine would judge wrongly: named with their place, and nothing else is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import input_safety
from tests.benchmarks.decision_inputs import drain_input
from tests.conftest import ROOT
from tests.unit.policy.libraries import ALLOW, DOCUMENT, alone, deciding, judged


@pytest.mark.parametrize(
    ("document", "place"),
    [
        pytest.param({"nodes": {"total": "9"}}, "input.nodes.total is '9'", id="text"),
        pytest.param({"nodes": {"total": None}}, "input.nodes.total is None", id="null"),
        pytest.param({"nodes": {"total": True}}, "input.nodes.total is True", id="boolean"),
        pytest.param({"target": {"replicas": {"ready": []}}}, "input.target.replicas.ready is []", id="list"),
        pytest.param(
            {"disruption": {"budgets": [{"pods": 1}, {"pods": {}}]}},
            "input.disruption.budgets[1].pods is {}",
            id="in-list",
        ),
        pytest.param(
            {"concurrent_actions": {"Node//a": {"count": "1"}}},
            "input.concurrent_actions.Node//a.count is '1'",
            id="by-name",
        ),
        pytest.param(
            {"history": {"last_failure_seconds": "3"}}, "input.history.last_failure_seconds is '3'", id="nullable"
        ),
    ],
)
def test_something_else_than_a_number_where_the_schema_has_one_is_refused(document: Any, place: str) -> None:
    assert place in _refused(document)


@pytest.mark.parametrize(
    "number",
    [2**63, -(2**63), 10**40, 2.0**53, -1e22, 1e308, 5e-324, 1e-300, -0.0],
    ids=[
        "65-bits",
        "most-negative",
        "long",
        "float-without-fraction",
        "negative",
        "largest",
        "denormal",
        "almost-denormal",
        "negative-zero",
    ],
)
@pytest.mark.parametrize("document", [{"parameters": {"n": 0}}, {"request": {"claims": {"n": 0}}}, {"n": 0}], ids=str)
def test_a_number_that_the_engine_does_not_compute_exactly_is_refused(document: Any, number: Any) -> None:
    given = json.loads(json.dumps(document).replace("0", repr(number)))
    assert "n is " in _refused(given)
    assert len(_refused({"n": [[{"x": number}]]})) < 200


@pytest.mark.parametrize(
    "value",
    [
        2**63 - 1,
        -(2**63) + 1,
        2.0**53 - 1,
        0.0,
        0.1 + 0.2,
        1e-7,
        True,
        None,
        "5e400",
        "a\0b",
        'say "no"',
        "\u0301",
        [[]],
    ],
    ids=repr,
)
def test_anything_else_is_left_to_the_rules(value: Any) -> None:
    input_safety.require_safe({"parameters": {"x": value}, "target": {"labels": {"x": value}}, "history": [value]})


def test_missing_keys_and_sections_of_another_type_are_left_to_the_rules() -> None:
    input_safety.require_safe({"nodes": {}, "disruption": {"pods": {"a": 1}, "budgets": None}, "capacity": "none"})
    input_safety.require_safe({"history": {"last_failure_seconds": None}, "target": {"replicas": None}})


def test_the_tables_are_those_of_the_schema() -> None:
    schema = json.loads((ROOT / "policies" / "schemas" / "input.json").read_text(encoding="utf-8"))
    stated = {
        f"{path}.{key}": nullable
        for table, nullable in ((input_safety.NUMBERS, False), (input_safety.NUMBERS_OR_NULL, True))
        for path, keys in table
        for key in keys
    }
    assert stated == dict(_numbers(schema, ""))


def test_the_input_of_a_large_drain_is_safe() -> None:
    input_safety.require_safe(drain_input({}))


def test_the_engine_refuses_and_keeps_the_digest_of_the_input() -> None:
    decision = judged(deciding(ALLOW), {**DOCUMENT, "nodes": {"total": "many"}})
    violation = alone(decision)
    assert (violation.policy, violation.code, len(decision.input_sha256)) == ("gate", "policy.input-unsafe", 64)
    assert violation.message == (
        "input.nodes.total is 'many', and the engine would judge it wrongly: a number is expected there."
    )


def _refused(document: Mapping[str, Any]) -> str:
    with pytest.raises(PolicyUnusable) as raised:
        input_safety.require_safe(document)
    assert raised.value.code == "policy.input-unsafe"
    return raised.value.message


def _numbers(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, bool]]:
    stated = schema.get("type", [])
    types = stated if isinstance(stated, list) else [stated]
    if {"integer", "number"} & set(types):
        yield path, "null" in types
    for key, value in schema.get("properties", {}).items():
        yield from _numbers(value, f"{path}.{key}" if path else key)
    for below in ("items", "additionalProperties"):
        if isinstance(schema.get(below), Mapping):
            yield from _numbers(schema[below], f"{path}.*")
