# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A raw answer is understood completely or refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import (
    Decision,
    Verdict,
    Violation,
    understood,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import REMEDIES

ENTRY = {"policy": "common/size", "code": "size.large", "message": "too large"}


def raw(**changes: Any) -> dict[str, Any]:
    return {"allowed": False, "violations": [ENTRY], "warnings": [], "dryrun": [], **changes}


def test_answer_is_understood_with_everything_in_it() -> None:
    answer = raw(
        violations=[{**ENTRY, "details": {"n": 3}, "remedy": "Wait.", "more": 1}],
        warnings=[{**ENTRY, "message": "b"}, {**ENTRY, "message": "a"}],
        dryrun=[{**ENTRY, "code": "policy.no-reason"}],
        violations_text=["too large"],
    )
    rules = {"size.large": {"remedy": "Make it smaller."}}
    assert understood(answer, rules) == Verdict(
        allowed=False,
        violations=(Violation("common/size", "size.large", "too large", "Wait.", {"n": 3}),),
        warnings=tuple(Violation("common/size", "size.large", text, "Make it smaller.") for text in ("a", "b")),
        dryrun=(
            Violation(
                "common/size",
                "policy.no-reason",
                "too large",
                REMEDIES["policy.no-reason"],
            ),
        ),
    )


def test_lists_that_are_left_out_are_empty() -> None:
    assert understood({"allowed": True, "violations": []}, {}) == Verdict(True)


@pytest.mark.parametrize(
    "rules", [{"size.large": {"remedy": 3}}, {"size.large": "x"}, {}], ids=["number", "text", "none"]
)
def test_rule_without_a_usable_remedy_gives_none(rules: dict[str, Any]) -> None:
    assert understood(raw(), rules).violations[0].remedy == ""


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        pytest.param(None, "the decision is nothing, expected an object", id="null"),
        pytest.param(3, "the decision is a number, expected an object", id="number"),
        pytest.param(raw(allowed=1), "allowed is a number, expected true or false", id="allowed-number"),
        pytest.param(raw(allowed=None), "allowed is nothing, expected true or false", id="allowed-null"),
        pytest.param(raw(violations={}), "violations is an object, expected a list", id="violations-object"),
        pytest.param(raw(violations=None), "violations is nothing, expected a list", id="violations-null"),
        pytest.param(raw(warnings="x"), "warnings is a text, expected a list", id="warnings-text"),
        pytest.param(raw(dryrun=None), "dryrun is nothing, expected a list", id="dryrun-null"),
    ],
)
def test_malformed_answer_is_refused(answer: Any, what: str) -> None:
    with pytest.raises(PolicyUnusable) as caught:
        understood(answer, {})
    assert caught.value.code == "policy.wrong-type"
    assert caught.value.message.startswith(f"The decision of the library is malformed: {what}")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        pytest.param(raw(violations=["x"]), "violations[0] is a text, expected an object", id="entry-text"),
        pytest.param(
            raw(violations=[ENTRY, {**ENTRY, "message": 3}]),
            "violations[1].message is a number, expected a text",
            id="message-number",
        ),
        pytest.param(
            raw(violations=[{**ENTRY, "code": ""}]), "violations[0].code is empty, expected a text", id="no-code"
        ),
        pytest.param(
            raw(violations=[{"code": "a", "message": "b"}]),
            "violations[0].policy is nothing, expected a text",
            id="no-policy",
        ),
        pytest.param(raw(violations=[{**ENTRY, "remedy": 3}]), "violations[0].remedy is a number", id="remedy-number"),
        pytest.param(raw(violations=[{**ENTRY, "details": []}]), "violations[0].details is a list", id="details-list"),
        pytest.param(raw(warnings=[{**ENTRY, "details": 1}]), "warnings[0].details is a number", id="warning"),
    ],
)
def test_malformed_entry_denies(answer: Any, what: str) -> None:
    verdict = understood(answer, {})
    assert not verdict.allowed
    assert (verdict.violations[0].policy, verdict.violations[0].code) == ("gate", "policy.wrong-type")
    assert verdict.violations[0].message.startswith(f"The decision of the library is malformed: {what}")


@pytest.mark.parametrize("name", ["violations", "warnings", "dryrun"])
def test_malformed_entry_hides_nothing_else(name: str) -> None:
    malformed = {**ENTRY, "policy": "common/mine", "details": "text"}
    lists = {"violations": [ENTRY], "warnings": [ENTRY], "dryrun": [ENTRY]}
    good = understood(raw(**lists), {})
    verdict = understood(raw(**lists | {name: [malformed, ENTRY]}), {})
    assert verdict == Verdict(False, (verdict.violations[0], *good.violations), good.warnings, good.dryrun)
    assert verdict.violations[0].message.endswith(" It comes from the policy common/mine.")


def test_malformed_entry_beside_an_allowing_answer_denies() -> None:
    assert not understood(raw(allowed=True, violations=[], warnings=[3]), {}).allowed


def test_result_has_the_documented_form() -> None:
    decision = Decision(
        allowed=False,
        reason="Denied: [common/size] too large",
        violations=(Violation("common/size", "size.large", "too large", "Wait.", {"n": 3}),),
        warnings=(),
        dryrun=(Violation("a", "a.b", "c"),),
        decision_id="id",
        library={"name": "n", "version": "v", "revision": "r", "source": "s"},
        engine={"name": "regopy", "version": "1"},
        input_sha256="abc",
        evaluation_ms=0.5,
        unavailable=({"fact": "nodes", "reason": "403"},),
    )
    assert decision.as_result() == {
        "allowed": False,
        "reason": "Denied: [common/size] too large",
        "policy_violations": ["[common/size] too large"],
        "violations": [
            {
                "policy": "common/size",
                "code": "size.large",
                "message": "too large",
                "remedy": "Wait.",
                "details": {"n": 3},
                "docs": "",
            }
        ],
        "violations_text": ["too large"],
        "warnings": [],
        "dryrun": [{"policy": "a", "code": "a.b", "message": "c", "remedy": "", "details": {}, "docs": ""}],
        "decision_id": "id",
        "library": {"name": "n", "version": "v", "revision": "r", "source": "s"},
        "engine": {"name": "regopy", "version": "1"},
        "input_sha256": "abc",
        "evaluation_ms": 0.5,
        "unavailable": [{"fact": "nodes", "reason": "403"}],
    }
