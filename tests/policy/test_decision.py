# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole decisions, by both engines, with the data that is shipped and with other levels and rules."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from tests.policy.engines import Case, codes, embedded_decisions, opa_decisions, with_rule

EVIL = (
    'fixtures.update_image({"image": "docker.io/evil/web:1.0", "registry": "docker.io", "repository": "evil/web", '
    '"tag": "1.0", "digest": ""}, {})'
)
DRAINING = '"history": {"draining": {"count": 1, "nodes": ["node-2"]}}'
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
    ('fixtures.update_image({}, {"approvals": [fixtures.approval({})]})', [], []),
    (
        'fixtures.scale(5, {"history": {"windows": [fixtures.window({}), fixtures.window({"scope": "global"})]}})',
        ["rate-limits.exceeded", "rate-limits.exceeded"],
        [],
    ),
    ('fixtures.restart({"history": {"last_success_seconds": 59}})', ["execution-history.cool-down"], []),
    (
        'fixtures.restart({"history": {"consecutive_failures": 3, "last_failure_seconds": 20}})',
        ["execution-history.failure-block"],
        [],
    ),
    (f"fixtures.drain({{{DRAINING}}})", ["execution-history.concurrent-drains"], []),
    (
        f'fixtures.drain({{{DRAINING}, "approvals": [fixtures.override({{}})]}})',
        [],
        ["execution-history.concurrent-drains"],
    ),
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


OVERRIDDEN = "A drain. Overridden by alice: the shop is down."


@pytest.mark.parametrize(
    ("group", "code", "listed", "level", "found"),
    [
        ("own", "own.rule", "own.rule", "deny", ("warn", OVERRIDDEN)),
        ("own", "own.rule", "own.other", "deny", ("deny", "A drain.")),
        ("own", "own.rule", "own.rule", "dryrun", ("dryrun", "A drain.")),
        ("own", "own.rule", "own.rule", "warn", ("warn", "A drain.")),
        ("own", "policy.own", "policy.own", "deny", ("deny", "A drain.")),
        ("common.facts", "own.rule", "own.rule", "deny", ("deny", "A drain.")),
        ("common.config", "own.rule", "own.rule", "deny", ("deny", "A drain.")),
        ("common.namespace_protection", "own.rule", "own.rule", "deny", ("deny", "A drain.")),
        ("common.protected_objects", "own.rule", "own.rule", "deny", ("deny", "A drain.")),
    ],
    ids=["listed", "not-listed", "on-trial", "warning", "gate", "facts", "config", "namespaces", "objects"],
)
def test_an_override_makes_a_warning_of_what_is_listed(
    group: str, code: str, listed: str, level: str, found: tuple[str, str]
) -> None:
    rule = _rule(group, f'deny contains {{"code": "{code}", "message": "A drain."}} if input.action')
    decision = _decision(Case(_OVERRIDE, _listing(listed, {code: level})), rule)
    lists = {"deny": "violations", "warn": "warnings", "dryrun": "dryrun"}
    told = [(name, finding["message"]) for name, key in lists.items() for finding in decision[key]]
    assert told == [found]
    assert decision["allowed"] is (found[0] != "deny")


def test_an_override_lifts_no_missing_right() -> None:
    path = "kubernetesexecution/rbac/own/own.rego"
    text = 'package kubernetesexecution.rbac.own\n\nimport rego.v1\n\ndeny contains "no right" if input.action\n'
    (decision,) = _agreed([Case(_OVERRIDE, _listing("rbac.own", {}))], with_rule(path, text))
    assert (codes(decision["violations"]), decision["warnings"]) == (["rbac.own"], [])


_OVERRIDE = 'fixtures.scale(5, {"approvals": [fixtures.override({"reason": "the shop is down."})]})'


def _listing(code: str, enforcement: dict[str, str]) -> str:
    changes = {"overrides": {"codes": [code]}, "enforcement": enforcement}
    return f"fixtures.config({json.dumps(changes)})"


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
