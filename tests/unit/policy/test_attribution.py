# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An error of one package is found, and the others are heard."""

from __future__ import annotations

import json

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import from_published
from tests.unit.policy.libraries import CATALOGUE, DOCUMENT, MAIN_PATH, alone, codes, judged, library, rules


def test_error_in_one_package_is_named_and_hides_no_other_denial() -> None:
    judge = library(
        {
            "a.rego": rules("common.broken", 'deny contains "x" if to_number(input.namespace) > 3'),
            "b.rego": rules("common.sound", 'deny contains "frozen"\n\nwarn contains "soon"'),
        }
    )
    decision = judged(judge)
    assert codes(decision) == [("gate", "policy.evaluation-error"), ("common/sound", "common/sound")]
    assert decision.violations[0].message.startswith(
        "The evaluation failed at a.rego:5 (to_number(input.namespace) > 3): "
    )
    assert decision.violations[0].details == {
        "packages": ["kubernetesexecution.safety.common.broken"],
        "places": ["a.rego:5"],
    }
    assert [warning.message for warning in decision.warnings] == ["soon"]


def test_error_outside_all_packages_is_denied_without_a_name() -> None:
    violation = alone(judged(library({"a.rego": rules("common", 'deny contains {"code": "c", "details": 1 / 0}')})))
    assert violation.code == "policy.evaluation-error"


def test_error_in_a_shared_function_is_named_for_every_package_that_calls_it() -> None:
    shared = "package kubernetesexecution.lib.numbers\n\nimport rego.v1\n\nsize(x) := to_number(x)\n"
    text = 'deny contains "large" if data.kubernetesexecution.lib.numbers.size(input.namespace) > 3'
    modules = {"lib.rego": shared, "a.rego": rules("a", text), "b.rego": rules("b", text)}
    modules["c.rego"] = rules("c", 'deny contains "frozen"')
    decision = judged(library(modules))
    assert codes(decision) == [("gate", "policy.evaluation-error"), ("c", "c")]
    assert decision.violations[0].details == {
        "packages": ["kubernetesexecution.safety.a", "kubernetesexecution.safety.b"],
        "places": ["lib.rego:5"],
    }


def test_error_that_takes_all_the_time_to_find_is_still_a_denial() -> None:
    loop = "count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b == 0])"
    broken = "decision := 1 / input.zero if input.zero == 0"
    modules = {"a.rego": rules("slow", f'deny contains "x" if {loop} == 0')}
    judge = library(modules, main=f"package kubernetesexecution\n\nimport rego.v1\n\n{broken}\n")
    violation = alone(judged(judge, {"action": "ScaleDeployment", "unavailable": [], "zero": 0}, deadline_s=0.5))
    assert violation.code == "policy.evaluation-error"


HELPED = """
deny contains "open" if not closed

deny contains "always"

warn contains "soon"

closed if to_number(input.namespace) > 3
"""


def test_rule_that_fails_hides_no_other_rule_of_its_file() -> None:
    decision = judged(library({"a.rego": rules("a", HELPED)}))
    assert [violation.message for violation in decision.violations[1:]] == ["always"]
    assert [warning.message for warning in decision.warnings] == ["soon"]
    assert decision.violations[0].details["places"] == ["a.rego:12"]


def test_package_whose_denials_another_rule_uses_goes_as_a_whole() -> None:
    used = {"a.rego": rules("a", f"{HELPED}\nfree if count(deny) == 0"), "b.rego": rules("b", 'deny contains "b"')}
    asked = {
        "a.rego": rules("a", HELPED),
        "b.rego": rules("b", 'deny contains "b" if not "open" in data.kubernetesexecution.safety.a.deny'),
    }
    assert codes(judged(library(used))) == [("gate", "policy.evaluation-error"), ("b", "b")]
    assert codes(judged(library(asked))) == [("gate", "policy.evaluation-error")]


def test_several_errors_are_all_named() -> None:
    text = """
deny contains "a" if 1 / input.zero > 0

warn contains "b" if 2 / input.zero > 0

deny contains "c" if input.zero == 0

deny contains "d" if {
	input.zero == 0
	3 / input.zero > 0
}
"""
    decision = judged(library({"a.rego": rules("a", text)}), {**DOCUMENT, "zero": 0})
    assert decision.violations[0].details["places"] == ["a.rego:6", "a.rego:14", "a.rego:8"]
    assert [violation.message for violation in decision.violations[1:]] == ["c"]


def test_place_in_a_published_library_is_the_path_of_the_file() -> None:
    published = {
        "kubernetesexecution.main.rego": library().modules[MAIN_PATH],
        "kubernetesexecution.safety.acme.acme.rego": rules("acme", 'deny contains "x" if 1 / input.zero > 0'),
        "production.rego": "package kubernetesexecution.safety.production\n\ndeny[msg] { msg := sprintf(input.zero, []) }\n",
        "data.json": json.dumps({"config": {"catalogue": CATALOGUE}}),
    }
    judge = from_published(published, name="tests", version="", revision=None, source="configmap")
    details = judged(judge, {**DOCUMENT, "zero": 0}).violations[0].details
    assert details["places"] == ["kubernetesexecution/safety/acme/acme.rego:5", "production.rego:3"]


def test_error_in_the_decision_itself_has_a_place() -> None:
    judge = library(main='package kubernetesexecution\n\nimport rego.v1\n\ndecision := {"allowed": 1 / input.zero}\n')
    violation = alone(judged(judge, {**DOCUMENT, "zero": 0}))
    assert violation.details == {"places": ["kubernetesexecution/main.rego:5"]}
