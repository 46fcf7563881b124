# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An error of one package is found, and the others are heard."""

from __future__ import annotations

from tests.unit.policy.libraries import alone, codes, judged, library, rules


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
        "The evaluation failed in kubernetesexecution.safety.common.broken: "
    )
    assert decision.violations[0].details == {"packages": ["kubernetesexecution.safety.common.broken"]}
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
        "packages": ["kubernetesexecution.safety.a", "kubernetesexecution.safety.b"]
    }


def test_error_that_takes_all_the_time_to_find_is_still_a_denial() -> None:
    loop = "count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b == 0])"
    broken = "decision := 1 / input.zero if input.zero == 0"
    modules = {"a.rego": rules("slow", f'deny contains "x" if {loop} == 0')}
    judge = library(modules, main=f"package kubernetesexecution\n\nimport rego.v1\n\n{broken}\n")
    violation = alone(judged(judge, {"action": "ScaleDeployment", "unavailable": [], "zero": 0}, deadline_s=0.5))
    assert violation.code == "policy.evaluation-error"
