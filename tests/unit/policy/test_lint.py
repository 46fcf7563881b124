# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine lets pass and should not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import errors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.lint import lint
from tests.conftest import ROOT
from tests.unit.policy.libraries import MAIN_PATH, library, rules

DENY = 'deny contains "x"'


def found(modules: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(finding.level, finding.code, str(finding)) for finding in lint(library(modules), with_tests=False)]


def test_sound_library_has_no_finding() -> None:
    assert found({"a.rego": rules("common", DENY)}) == []


def test_policies_of_this_collection_have_no_finding() -> None:
    assert [str(finding) for finding in lint(from_directory(ROOT / "policies"))] == []


@pytest.mark.parametrize(
    ("path", "text", "code", "message"),
    [
        pytest.param("a.rego", "x := 1\n", "lint.no-package", "a.rego:1: The file has no package.", id="no-package"),
        pytest.param(
            "kubernetesexecution/safety/common/a.rego",
            rules("production", DENY),
            "lint.package-directory",
            "kubernetesexecution/safety/common/a.rego:1: The package kubernetesexecution.safety.production does not "
            "belong into the folder kubernetesexecution/safety/common.",
            id="package-directory",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'denies contains "x"'),
            "lint.no-results",
            "a.rego:1: The package kubernetesexecution.safety.common has neither deny nor warn.",
            id="misspelt-deny",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny if input.namespace == "x"'),
            "lint.not-a-set",
            "a.rego:5: deny is no set of results here, so it would deny nothing.",
            id="boolean",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny := ["x"]'),
            "lint.not-a-set",
            "a.rego:5: deny is no set of results here, so it would deny nothing.",
            id="list",
        ),
        pytest.param(
            "a.rego",
            rules("common", "default deny := false"),
            "lint.not-a-set",
            "a.rego:5: deny is no set of results here, so it would deny nothing.",
            id="default",
        ),
        pytest.param(
            "a.rego",
            "package kubernetesexecution.safty.common\n\nimport rego.v1\n\n" + DENY,
            "lint.not-collected",
            "a.rego:5: Nobody asks for deny of the package kubernetesexecution.safty.common.",
            id="misspelt-package",
        ),
        pytest.param(
            "a.rego",
            rules("common", DENY + '\nsub.deny contains "y" if input.b'),
            "lint.not-collected",
            "a.rego:6: Nobody asks for sub.deny of the package kubernetesexecution.safety.common.",
            id="result-of-a-package-below",
        ),
        pytest.param(
            "a.rego",
            'package kubernetesexecution\n\nimport rego.v1\n\nsafety.sub.deny contains "y" if input.b',
            "lint.not-collected",
            "a.rego:5: Nobody asks for safety.sub.deny of the package kubernetesexecution.",
            id="result-of-a-package-from-above",
        ),
        pytest.param(
            "a.rego",
            rules("common . own", DENY),
            "lint.not-collected",
            "a.rego:1: The name of the package is written in a way in which nobody asks for its results.",
            id="package-with-spaces",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny contains "x" if http.send({"url": input.url}).status_code != 200'),
            "lint.forbidden-builtin",
            "a.rego:5: http.send may not be used in a policy.",
            id="network",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny contains "x" if opa.runtime().env.HOME'),
            "lint.forbidden-builtin",
            "a.rego:5: opa.runtime may not be used in a policy.",
            id="environment",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny contains "x" if net.cidr_contains("10.0.0.0/8", input.ip)'),
            "lint.undefined-name",
            "a.rego:5: The function net.cidr_contains is not defined.",
            id="unsupported-builtin",
        ),
    ],
)
def test_mistake_is_an_error(path: str, text: str, code: str, message: str) -> None:
    assert found({path: text}) == [("error", code, message)]


def test_clock_is_a_warning() -> None:
    text = rules("common", 'deny contains "x" if time.now_ns() > 3')
    (finding,) = lint(library({"a.rego": text}), with_tests=False)
    assert (finding.level, finding.code, finding.line) == ("warning", "lint.unsteady", 5)
    assert errors((finding,)) == ()


def test_package_speaks_through_any_of_its_files() -> None:
    assert found({"a.rego": rules("common", DENY), "b.rego": rules("common", "limit := 3")}) == []


def test_files_of_a_package_see_each_other() -> None:
    assert found(
        {"a.rego": rules("common", "deny contains x if big(x)"), "b.rego": rules("common", "big(n) if n > 3")}
    ) == [("error", "lint.undefined-name", "a.rego:5: The name x is not defined.")]


def test_text_that_does_not_parse_is_named_with_its_place() -> None:
    findings = found({"a.rego": rules("common", 'deny contains "x" if { input.a')})
    assert ("error", "policy.parse-error", "a.rego:5: The text is no policy: this is unclosed.") in findings
    assert {code for _level, code, _text in findings} == {"policy.parse-error"}


def test_same_library_is_read_the_same_way_twice() -> None:
    judge = library({"a.rego": rules("common", "deny contains msg if input.a")})
    assert lint(judge) == lint(judge) != ()


def with_test(test: str, *others: str) -> list[str]:
    head = "package a_test\n\nimport rego.v1\n\nimport data.kubernetesexecution.safety.common\n\n"
    judge = library({"a.rego": rules("common", "\n\n".join((DENY, *others)))})
    mine = replace(judge, tests={"a_test.rego": f"{head}test_x if {test}\n"})
    return [f"{finding.code} {finding}" for finding in lint(mine) if finding.file != MAIN_PATH]


def test_rule_that_a_test_asks_for_is_tested() -> None:
    assert with_test('common.deny == {"x"}') == []


def test_rule_that_no_test_asks_for_is_untested() -> None:
    assert with_test("common.other", 'warn contains "y"', "other := 3") == [
        "lint.untested a.rego:5: No test asks for deny of the package kubernetesexecution.safety.common.",
        "lint.untested a.rego:7: No test asks for warn of the package kubernetesexecution.safety.common.",
    ]


def test_rule_is_tested_through_another() -> None:
    assert with_test('common.deny == {"x"}', 'deny contains "z" if small', "small if input.n < 3") == []


def test_the_decision_of_everything_is_no_test_of_a_rule() -> None:
    assert with_test("{ data.kubernetesexecution.decision; common.other }", "other := 3") == [
        "lint.untested a.rego:5: No test asks for deny of the package kubernetesexecution.safety.common.",
    ]


def test_tests_are_linted_as_well() -> None:
    assert with_test("common.deny == expected") == [
        "lint.undefined-name a_test.rego:7: The name expected is not defined.",
    ]


SCHEMA = {
    "type": "object",
    "properties": {
        "target": {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False},
        "parameters": {"type": "object"},
        "pods": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": ["string", "null"]}},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("condition", "messages"),
    [
        ('input.target.name == "web"', []),
        ("input.parameters.anything.at[_].all", []),
        ('input.pods[_].name == "a"', []),
        ("input.pods[0].name == null", []),
        ('input.target[input.parameters.key] == "a"', []),
        ("input.targt.name", ["The input has no input.targt."]),
        ("input.target.nam", ["The input has no input.target.nam."]),
        ('input["target"].nam', ['The input has no input["target"].nam.']),
        ("input.pods[_].nam", ["The input has no input.pods[_].nam."]),
        ("{ some pod in input.pods; pod.nam }", ["There can be no pod.nam."]),
        ("{ some i; input.pods[i].nam }", ["The input has no input.pods[i].nam."]),
        ("{ every pod in input.pods { pod.nam } }", ["There can be no pod.nam."]),
        ("count([1 | input.pods[_].nam]) > 0", ["The input has no input.pods[_].nam."]),
        ("input.target.name == 3", ["A string is compared with a number: that never holds."]),
        (
            "{ input.nothing with input as {} }",
            ["The engine keeps values from before what with replaces, so the rule may say nothing."],
        ),
    ],
    ids=str,
)
def test_fields_that_the_schema_lacks_are_found(condition: str, messages: list[str]) -> None:
    judge = replace(library({"a.rego": rules("common", f'deny contains "x" if {condition}')}), schema=SCHEMA)
    assert [finding.message for finding in lint(judge, with_tests=False)] == messages


_AGE = {"type": ["number", "null"]}
NULLABLE = {
    "type": "object",
    "properties": {
        "seconds": _AGE,
        "count": {"type": "number"},
        "unknown": {},
        "pods": {"type": "array", "items": {"type": "object", "properties": {"age": _AGE}}},
    },
}


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ("input.seconds < 300", ["input.seconds"]),
        ("300 >= input.seconds", ["input.seconds"]),
        ("not input.seconds > 300", ["input.seconds"]),
        ("{ some pod in input.pods; pod.age > 3 }", ["pod.age"]),
        ("{ since := input.seconds; since < 300 }", ["since"]),
        ("{ is_number(input.seconds); input.seconds < 300 }", []),
        ("{ is_number(input.seconds); since := input.seconds; since < 300 }", []),
        ("{ since := input.seconds; is_number(since); since < 300 }", []),
        ("input.count < 300", []),
        ("input.seconds == 300", []),
        ("input.unknown < 300", []),
    ],
    ids=str,
)
def test_order_of_a_value_that_can_be_null_is_warned_of(condition: str, named: list[str]) -> None:
    judge = replace(library({"a.rego": rules("common", f'deny contains "x" if {condition}')}), schema=NULLABLE)
    found = [finding for finding in lint(judge, with_tests=False) if "can be null" in finding.message]
    assert [finding.message.split()[0] for finding in found] == named
    assert {(finding.code, finding.level) for finding in found} <= {("lint.engine", "warning")}
