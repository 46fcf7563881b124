# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema of the input: valid, complete, and what the gate and the tests really give."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values import disruption, facts, standing
from tests.policy.engines import POLICIES, Case, documents

SCHEMA: Mapping[str, Any] = json.loads((POLICIES / "schemas" / "input.json").read_text(encoding="utf-8"))
_EXAMPLES = (
    "scale(5, {})",
    "scale_stateful_set(3, {})",
    "rollback({}, {})",
    "update_resources({})",
    "taint({})",
    "update_hpa({})",
    "expand_pvc({})",
    "quarantine({})",
    'run_job({"spec": {}}, {})',
    "update_config_map({})",
    "update_secret({})",
    "deletion({})",
    "restart({})",
    "update_image({}, {})",
    "delete_pod({})",
    "cordon({})",
    "uncordon({})",
    "drain_under({}, {})",
    'scale(5, {"history": {"windows": [fixtures.window({})]}, "approvals": [fixtures.approval({}), fixtures.override({})]})',
)
_ITEMS = {
    "replicas": facts.Replicas,
    "autoscaler": facts.Autoscaler,
    "pods": disruption.PodGroup,
    "budgets": disruption.Budget,
    "shared": disruption.SharedPod,
    "shortages": disruption.Shortage,
    "quotas": disruption.QuotaUse,
    "locks": facts.ForeignLock,
}


_HISTORY = SCHEMA["properties"]["history"]
_STANDING = {
    "history": (_HISTORY, standing.History),
    "window": (_HISTORY["properties"]["windows"]["items"], standing.Window),
    "draining": (_HISTORY["properties"]["draining"], standing.Draining),
    "approval": (SCHEMA["properties"]["approvals"]["items"], standing.Approval),
}


def _objects(schema: Mapping[str, Any], path: str = "input") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object of the schema that has named keys."""
    if "properties" in schema:
        yield path, schema
        for key, value in schema["properties"].items():
            yield from _objects(value, f"{path}.{key}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            yield from _objects(schema[key], f"{path}[]")


def test_is_a_schema_of_draft_7() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("path", "schema"), list(_objects(SCHEMA)), ids=[path for path, _ in _objects(SCHEMA)])
def test_every_key_is_required_and_described_and_no_other_allowed(path: str, schema: Mapping[str, Any]) -> None:
    assert sorted(schema["required"]) == sorted(schema["properties"])
    assert schema["additionalProperties"] is False
    assert [key for key, value in schema["properties"].items() if not value.get("description")] == []


@pytest.mark.parametrize("example", _EXAMPLES)
def test_the_documents_of_the_tests_are_valid(example: str) -> None:
    given = documents(tuple(Case(f"fixtures.{each}") for each in _EXAMPLES))
    document, _ = given[_EXAMPLES.index(example)]
    assert [error.message for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(document)] == []


@pytest.mark.parametrize("section", [field.name for field in dataclasses.fields(facts.Facts)])
def test_the_sections_are_those_of_the_facts(section: str) -> None:
    value = getattr(facts.Facts(), section)
    if not dataclasses.is_dataclass(value):
        assert SCHEMA["properties"][section]["type"] == "array"
        return
    fields = {field.name for field in dataclasses.fields(value)}
    described = SCHEMA["properties"][section]["properties"]
    added = {"namespace_info": {"environment"}, "subject": {"roles", "tenant", "capabilities", "run_mode"}}
    assert set(described) == fields | added.get(section, set())
    for key in fields & set(_ITEMS):
        item = described[key].get("items", described[key])
        if item["type"] == "integer":  # capacity.pods
            continue
        assert set(item["properties"]) == {field.name for field in dataclasses.fields(_ITEMS[key])}


@pytest.mark.parametrize("part", sorted(_STANDING))
def test_history_and_approvals_are_those_of_the_gate(part: str) -> None:
    schema, kind = _STANDING[part]
    assert set(schema["properties"]) == {field.name for field in dataclasses.fields(kind)}
