# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input document: what of it reaches the rules, and what in it forbids to allow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.policy.libraries import ALLOW, DOCUMENT, MAIN_PATH, alone, deciding, judged, library


def _nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _level in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "text",
    ["a\0b", "a\nb\tc", 'say "no"', "back\\slash", "größe \u2028 \U0001f600", "\x01\x7f", "</error>"],
    ids=["nul", "newline", "quotes", "backslash", "unicode", "control", "markup"],
)
def test_input_text_reaches_the_rules_unchanged(text: str) -> None:
    judge = deciding(
        f'{{"allowed": true, "violations": [], "seen": 1}} if input.text == {json.dumps(text, ensure_ascii=False)}'
    )
    assert judged(judge, {**DOCUMENT, "text": text}).allowed


def test_big_integers_reach_the_rules_unchanged() -> None:
    assert judged(deciding(f"{ALLOW} if input.n == {2**63 - 1}"), {**DOCUMENT, "n": 2**63 - 1}).allowed


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        pytest.param({**DOCUMENT, "x": float("nan")}, "policy.input-unusable", "not JSON", id="nan"),
        pytest.param({**DOCUMENT, "x": float("inf")}, "policy.input-unusable", "not JSON", id="infinity"),
        pytest.param({**DOCUMENT, "x": {1, 2}}, "policy.input-unusable", "set is not JSON", id="set"),
        pytest.param({**DOCUMENT, "x": "\ud800"}, "policy.input-unusable", "not JSON", id="surrogate"),
        pytest.param({**DOCUMENT, "x": 2**70}, "policy.input-unsafe", r"input\.x is 11805916", id="number"),
        pytest.param({**DOCUMENT, "x": _nested(100_000)}, "policy.input-unusable", "too deeply", id="nested"),
        pytest.param([], "policy.input-unusable", "no object", id="list"),
        pytest.param(
            {"action": "ScaleDeployment"}, "policy.input-unusable", "which facts are unavailable", id="no-unavailable"
        ),
        pytest.param(
            {**DOCUMENT, "unavailable": ["disruption"]},
            "policy.input-unusable",
            "unavailable",
            id="malformed-unavailable",
        ),
        pytest.param(
            {**DOCUMENT, "action": "DeleteCluster"},
            "policy.action-not-in-catalogue",
            "no action DeleteCluster",
            id="unknown-action",
        ),
        pytest.param({"unavailable": []}, "policy.action-not-in-catalogue", "no action", id="no-action"),
        pytest.param(
            {**DOCUMENT, "action": ["ScaleDeployment"]},
            "policy.action-not-in-catalogue",
            "no action",
            id="action-is-list",
        ),
        pytest.param(
            {**DOCUMENT, "unavailable": [{"fact": "disruption", "reason": "403 Forbidden"}]},
            "policy.fact-unavailable",
            r"ScaleDeployment needs facts that could not be read: disruption \(403 Forbidden\)",
            id="required-fact",
        ),
        pytest.param(
            {**DOCUMENT, "unavailable": [{"fact": "disruption.budgets", "reason": ""}]},
            "policy.fact-unavailable",
            r"disruption\.budgets \(no reason given\)",
            id="part-of-a-required-fact",
        ),
    ],
)
def test_engine_denies_a_document_that_cannot_be_allowed(document: Any, code: str, message: str) -> None:
    violation = alone(judged(deciding(ALLOW), document))
    assert (violation.policy, violation.code) == ("gate", code)
    assert re.search(message, violation.message)


def test_engine_allows_when_a_fact_that_is_not_required_is_unavailable() -> None:
    assert judged(deciding(ALLOW), {**DOCUMENT, "unavailable": [{"fact": "history", "reason": "timeout"}]}).allowed


@pytest.mark.parametrize("config", [{"catalogue": []}, {"catalogue": {"ScaleDeployment": None}}], ids=["list", "null"])
def test_engine_denies_when_the_catalogue_is_malformed(config: Mapping[str, Any]) -> None:
    judge = library(main=deciding(ALLOW).modules[MAIN_PATH], config=config)
    assert alone(judged(judge)).code == "policy.action-not-in-catalogue"


def test_engine_denies_when_required_facts_are_malformed() -> None:
    main = deciding(ALLOW).modules[MAIN_PATH]
    judge = library(main=main, config={"catalogue": {"ScaleDeployment": {"required_facts": "disruption"}}})
    assert alone(judged(judge)).code == "policy.wrong-type"
