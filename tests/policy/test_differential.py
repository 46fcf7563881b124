# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Both engines decide alike on generated documents; and whoever looks for differences would find one.

``GUARDRAIL_DIFFERENTIAL`` is the number of documents and ``GUARDRAIL_SEED`` what they are drawn from (``make differential``).
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from tests.policy.differential import plausible, trial
from tests.policy.differential.comparison import Answer, Generated, same, smallest
from tests.policy.differential.edits import ABSENT, Edit, Editor, edited, numbers
from tests.policy.differential.opa_server import serve
from tests.policy.differential.user_policies import with_user_policies
from tests.policy.engines import library

# So many documents let every rule of the library fire, in whatever order they come.
ENOUGH = 700
COUNT = int(os.environ.get("GUARDRAIL_DIFFERENTIAL", ENOUGH))
SEED = int(os.environ.get("GUARDRAIL_SEED", "1"))
CEILING = "kubernetesexecution/safety/production/replica_ceiling/replica_ceiling.rego"


def test_both_engines_decide_alike_on_generated_documents() -> None:
    report = trial.run(COUNT, SEED)
    assert str(report) == ""
    assert report.count == COUNT
    # Documents that are refused, or that only say that something is missing, prove nothing about the rules.
    assert report.judged > 0.85 * COUNT
    assert report.fired["facts.section-missing"] < 0.1 * COUNT
    assert report.silent == [] or COUNT < ENOUGH


def test_both_engines_decide_alike_with_policies_of_a_team() -> None:
    report = trial.run(max(150, COUNT // 10), SEED, with_user_policies())
    assert str(report) == ""
    own = {"own-labels.missing", "own-rates.sum", "own-rates.busy", "own-drains.pods", "own-images.registry"}
    assert own | {"common.own_limits", "common.own_namespaces", "common.own_permissions"} <= set(report.fired)


def test_a_rule_that_differs_is_reported_with_the_fewest_edits() -> None:
    modules = library().modules
    changed = {**modules, CEILING: modules[CEILING].replace("replicas > ceiling", "replicas >= ceiling", 1)}
    edits = [
        Edit(("labels", "team"), "shop"),
        Edit(("parameters", "replicas"), 20),
        Edit(("nodes", "total"), 12),
        Edit(("target", "paused"), ABSENT),
    ]
    with serve(changed) as server:
        both = trial.engines(library(), server, "shipped", plausible.configs()["shipped"])
        difference = trial.reduced(both, Generated("fixtures.scale(5, {})", edits))
    message = "Deployment shop/web: 20 replicas are more than the 20 that production allows."
    told = str(difference).splitlines()
    assert told[:3] == [
        "fixtures.scale(5, {})",
        "with the config shipped and these edits:",
        "  input.parameters.replicas = 20",
    ]
    assert told[3:5] == ["  only embedded: allowed: True", "  only opa:      allowed: False"]
    assert told[-1] == f"  only opa:      violations_text: {message}"
    assert any("replica-ceiling.exceeded" in line for line in told)


def test_an_error_is_an_answer_of_both() -> None:
    with serve(library().modules) as server:
        both = trial.engines(library(), server, "strict", plausible.configs()["strict"])
        broken = Generated("fixtures.drain({})", [Edit(("request", "time"), "yesterday")])
        nameless = broken._replace(edits=[*broken.edits, Edit(("action",), ABSENT)])
        ordinary = Generated("fixtures.drain({})", ())
        answers = both.compare([trial.document(each) for each in (broken, nameless, ordinary)])
    kinds = [(ours.kind, theirs.kind) for ours, theirs in answers]
    assert kinds == [("error", "error"), ("error", "error"), ("decision", "decision")]
    assert "time.parse_rfc3339_ns" in answers[0][1].value


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        pytest.param('{"a": [1, 2]}', '{"a": [2, 1]}', True, id="order"),
        pytest.param('{"a": [{"b": [1, 2]}]}', '{"a": [{"b": [2, 1]}]}', False, id="order-inside"),
        pytest.param('{"a": 1.0}', '{"a": 1}', True, id="fraction"),
        pytest.param('{"a": 0.30000000000000004}', '{"a": 0.3}', True, id="last-digit"),
        pytest.param('{"a": 0.3001}', '{"a": 0.3}', False, id="number"),
        pytest.param('{"a": 1}', '{"a": true}', False, id="boolean"),
        pytest.param('{"a": "1e+06 of 5."}', '{"a": "1000000 of 5."}', True, id="number-in-text"),
        pytest.param('{"a": "web-1.2.3"}', '{"a": "web-1.20.3"}', False, id="version-in-text"),
        pytest.param('{"a": []}', '{"a": [1]}', False, id="missing"),
        pytest.param('{"a": []}', "{}", False, id="missing-key"),
        pytest.param(None, "{}", False, id="undefined"),
        pytest.param("{,}", "{}", False, id="no-json"),
    ],
)
def test_answers_are_compared_by_what_they_mean(one: str | None, other: str, alike: bool) -> None:
    assert same(Answer.read(one), Answer.read(other)) is alike


def test_an_answer_may_quote_an_input_as_deep_as_the_gate_takes() -> None:
    levels = 600
    deep = '{"a":' * levels + "1.50" + "}" * levels
    shallow = deep.replace("1.50", "1.51")
    one, same_value, other = (
        Answer.read(f'{{"violations": [{text}]}}') for text in (deep, deep.replace("50", "5"), shallow)
    )
    assert same(one, same_value)
    assert not same(one, other)


def test_errors_are_alike_whatever_they_say() -> None:
    assert same(Answer("error", "a"), Answer("error", "b"))
    assert not same(Answer("error", "a"), Answer("undefined"))


def test_edits_are_the_same_for_a_seed_and_leave_the_document_alone() -> None:
    base = plausible.documents()["fixtures.drain({})"]
    before = repr(base)
    drawn = [_editor(seed).draw(base, 5) for seed in (3, 3, 4)]
    assert repr(drawn[0]) == repr(drawn[1]) != repr(drawn[2])
    edited(base, drawn[0])
    assert repr(base) == before


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (Edit(("a", 0, "b"), 7), {"a": [{"b": 7}]}),
        (Edit(("a", 0, "c"), 7), {"a": [{"b": 1, "c": 7}]}),
        (Edit(("a", 0), ABSENT), {"a": []}),
        (Edit(("a",), ABSENT), {}),
        (Edit(("x", "y"), 7), {"a": [{"b": 1}]}),
        (Edit(("a", 3), 7), {"a": [{"b": 1}]}),
        (Edit((), None), None),
    ],
    ids=str,
)
def test_an_edit_puts_a_value_at_its_place(edit: Edit, expected: Any) -> None:
    assert edited({"a": [{"b": 1}]}, [edit]) == expected


def test_of_many_edits_those_that_matter_are_left() -> None:
    edits = [Edit(("a",), number) for number in range(6)]
    assert smallest(edits, lambda left: {edits[1], edits[4]} <= set(left)) == [edits[1], edits[4]]


def _editor(seed: int) -> Editor:
    documents = list(plausible.documents().values())
    return Editor(random.Random(seed), library().schema or {}, documents, numbers(plausible.configs()["shipped"]))
