# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole decisions, by both engines, with the data that is shipped and with other levels and rules."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from tests.policy.engines import Case, codes, embedded_decisions, opa_decisions, with_rule

EVIL = (
    'fixtures.update_image({"image": "docker.io/evil/web:1.0", "registry": "docker.io", "repository": "evil/web", '
    '"tag": "1.0", "digest": ""}, {})'
)
SHIPPED = (
    ("fixtures.scale(5, {})", [], []),
    ("fixtures.scale(20, {})", [], []),
    ("fixtures.scale(50, {})", ["replica-ceiling.exceeded"], []),
    ("fixtures.scale(50, fixtures.in_development({}))", [], []),
    ("fixtures.drain({})", [], []),
    (
        'fixtures.drain_under({"disruptions_allowed": 0, "current_healthy": 4, "rounds": 0}, {})',
        ["disruption-budgets.nothing-allowed"],
        [],
    ),
    ('fixtures.drain_under({"rounds": 3, "pods": 3}, {})', [], ["disruption-budgets.several-rounds"]),
    ("fixtures.cordon({})", [], []),
    ("fixtures.uncordon({})", [], []),
    ("fixtures.delete_pod({})", [], []),
    ("fixtures.restart({})", [], []),
    ("fixtures.update_image({}, {})", ["change-approval.required"], []),
    ("fixtures.update_image({}, fixtures.in_development({}))", [], []),
    (EVIL, ["change-approval.required", "image-registry.digest-required", "image-registry.not-allowed"], []),
    ('fixtures.document({"action": "FormatDisk"})', ["policy.action-not-in-catalogue"], []),
)
RULE = "package kubernetesexecution.safety.{group}\n\nimport rego.v1\n\n{rule}\n"


@pytest.mark.parametrize(("document", "denied", "warned"), SHIPPED, ids=[f"{case[0][9:60]}" for case in SHIPPED])
def test_the_library_as_it_is_shipped(document: str, denied: list[str], warned: list[str]) -> None:
    decision = _shipped()[document]
    assert decision["allowed"] is (not denied)
    assert (codes(decision["violations"]), codes(decision["warnings"])) == (denied, warned)
    assert decision["violations_text"] == [violation["message"] for violation in decision["violations"]]


def test_a_finding_is_told_completely() -> None:
    assert _shipped()["fixtures.scale(50, {})"]["violations"] == [
        {
            "policy": "production/replica_ceiling",
            "code": "replica-ceiling.exceeded",
            "message": "Deployment shop/web: 50 replicas are more than the 20 that production allows.",
            "remedy": "Ask for 20 replicas or fewer, or have a policy admin give shop/web an entry in "
            "data.config.replica_ceilings.",
            "details": {"replicas": 50, "ceiling": 20},
        }
    ]


@pytest.mark.parametrize(
    ("level", "violations", "warnings", "dryrun"),
    [
        ("deny", ["text"], [], []),
        ("warn", [], ["text"], []),
        ("dryrun", [], [], ["text"]),
        ("off", ["text"], [], []),
    ],
)
@pytest.mark.parametrize("kind", ["deny", "warn"])
def test_data_moves_a_rule_between_the_levels(
    kind: str, level: str, violations: list[str], warnings: list[str], dryrun: list[str]
) -> None:
    rule = _rule("own", f'{kind} contains {{"code": "own.rule", "message": "text"}} if input.action')
    case = Case("fixtures.scale(5, {})", f'fixtures.config({{"enforcement": {{"own.rule": "{level}"}}}})')
    (decision,) = _agreed([case], rule)
    found = [[finding["message"] for finding in decision[key]] for key in ("violations", "warnings", "dryrun")]
    assert found == [violations, warnings, dryrun]


@pytest.mark.parametrize(
    ("result", "code", "message"),
    [
        ('"a text"', "own", "a text"),
        ('{"message": "a text"}', "own", "a text"),
        ('{"message": "a text", "code": "own.rule"}', "own.rule", "a text"),
        ('{"message": "a text", "code": "own.rule", "policy": "forged"}', "own.rule", "a text"),
        ("7", "policy.malformed-result", None),
        ("null", "policy.malformed-result", None),
        ('["a text"]', "policy.malformed-result", None),
        ('{"code": "own.rule"}', "policy.malformed-result", None),
        ('{"message": 7}', "policy.malformed-result", None),
        ('{"message": "a text", "code": 7}', "policy.malformed-result", None),
    ],
)
@pytest.mark.parametrize("kind", ["deny", "warn"])
def test_texts_and_objects_count_and_anything_else_denies(
    kind: str, result: str, code: str, message: str | None
) -> None:
    rule = _rule("own", f"{kind} contains {result} if input.action")
    decision = _decision(Case("fixtures.scale(5, {})"), rule)
    key = "violations" if kind == "deny" or message is None else "warnings"
    (finding,) = decision[key]
    assert (finding["policy"], finding["code"]) == ("own", code)
    assert message is None or finding["message"] == message


@pytest.mark.parametrize(
    ("group", "environments"),
    [
        ("production", ["production"]),
        ("staging", ["staging"]),
        ("development", ["development"]),
        ("own", ["production", "staging", "development"]),
    ],
)
@pytest.mark.parametrize("package", ["{group}", "{group}.family"], ids=["group itself", "family"])
@pytest.mark.parametrize("kind", ["deny", "warn"])
def test_a_group_named_after_an_environment_counts_there_only(
    package: str, kind: str, group: str, environments: list[str]
) -> None:
    rule = _rule(package.format(group=group), f'{kind} contains "no" if input.action')
    cases = {
        environment: Case(f'fixtures.scale(5, {{"namespace_info": {{"environment": "{environment}"}}}})')
        for environment in ("production", "staging", "development")
    }
    decisions = dict(zip(cases, _agreed(list(cases.values()), rule), strict=True))
    key = "violations" if kind == "deny" else "warnings"
    assert [name for name, decision in decisions.items() if decision[key]] == environments


def test_findings_are_sorted_by_code_and_message() -> None:
    rule = _rule(
        "own",
        'deny contains {"code": code, "message": text} if { some code in ["b.x", "a.x"]; some text in ["2", "1"] }',
    )
    (decision,) = _agreed([Case("fixtures.scale(5, {})")], rule)
    found = [(violation["code"], violation["message"]) for violation in decision["violations"]]
    assert found == [("a.x", "1"), ("a.x", "2"), ("b.x", "1"), ("b.x", "2")]


@pytest.mark.parametrize(
    "config", ["{}", 'fixtures.config({"catalogue": {"ScaleDeployment": true}})'], ids=["none", "no mapping"]
)
def test_without_a_catalogue_entry_nothing_is_allowed(config: str) -> None:
    (decision,) = _agreed([Case("fixtures.scale(5, {})", config)])
    assert decision["allowed"] is False
    assert "policy.action-not-in-catalogue" in codes(decision["violations"])


@functools.cache
def _shipped() -> dict[str, Any]:
    documents = [document for document, _, _ in SHIPPED]
    return dict(zip(documents, _agreed([Case(document, None) for document in documents]), strict=True))


def _rule(group: str, rule: str) -> dict[str, str]:
    path = f"kubernetesexecution/safety/{group.replace('.', '/')}/own.rego"
    return with_rule(path, RULE.format(group=group, rule=rule))


def _agreed(cases: list[Case], modules: dict[str, str] | None = None) -> list[Any]:
    """Decisions of the embedded engine, which have to be those of OPA."""
    decisions = embedded_decisions(cases, modules)
    assert decisions == opa_decisions(cases, modules)
    return decisions


def _decision(case: Case, modules: dict[str, str]) -> Any:
    """One decision on which the engines agree but for the words of a malformed result: they print values differently."""
    (ours,), (theirs,) = embedded_decisions([case], modules), opa_decisions([case], modules)
    assert {**ours, "violations": codes(ours["violations"]), "violations_text": []} == {
        **theirs,
        "violations": codes(theirs["violations"]),
        "violations_text": [],
    }
    return ours
