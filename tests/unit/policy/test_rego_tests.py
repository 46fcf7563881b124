# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runner of the library's own tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import rego_tests
from tests.unit.policy.libraries import library, rules

PACKAGE = "kubernetesexecution.safety.common.size_test"
HEAD = f"package {PACKAGE}\n\nimport rego.v1\n\nimport data.kubernetesexecution.safety.common.size\n\n"
PASSES = 'test_deny_large if { size.deny == {"large"} with input.n as 4 with data.config.limits.n as 3 }\n'


def with_tests(*tests: str, **files: str) -> Library:
    judge = library({"size.rego": rules("common.size", 'deny contains "large" if input.n > data.config.limits.n')})
    texts = {"size_test.rego": HEAD + "\n".join(tests)} if tests else {}
    return replace(judge, tests={**texts, **files})


def outcomes(library_under_test: Library, **options: float) -> list[tuple[str, bool, str]]:
    return [(result.name, result.passed, result.message) for result in rego_tests.run(library_under_test, **options)]


def test_every_test_has_its_own_result() -> None:
    judge = with_tests(
        PASSES,
        "test_false := count(size.deny) > 3",
        'test_undefined if { size.deny["large"] with input.n as 2 with data.config.limits.n as 3 }',
        'test_error if to_number("x") == 3',
        "helper := 3",
    )
    assert outcomes(judge) == [
        ("test_deny_large", True, ""),
        (
            "test_error",
            False,
            "The evaluation failed: invalid syntax",
        ),
        ("test_false", False, "false"),
        ("test_undefined", False, "undefined: a line of its body did not hold"),
    ]
    result = rego_tests.run(judge)[0]
    assert (result.package, result.file) == (PACKAGE, "size_test.rego")
    assert 0 < result.ms < 1000


def test_file_that_loops_fails_alone() -> None:
    loop = "count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b == 0])"
    judge = with_tests(
        PASSES, **{"loop_test.rego": f"package loop_test\n\nimport rego.v1\n\ntest_loop if {loop} == 0\n"}
    )
    assert outcomes(judge, deadline_s=0.5) == [
        ("test_loop", False, "The policies gave no decision within 0.5 s and were stopped."),
        ("test_deny_large", True, ""),
    ]


def test_file_that_does_not_compile_fails_alone() -> None:
    judge = with_tests(PASSES, **{"b_test.rego": "package b_test\n\nimport rego.v1\n\ntest_b if {{{\n"})
    first, second = outcomes(judge)
    assert first[:2] == ("test_b", False)
    assert first[2].startswith("The file cannot be compiled: b_test.rego:5:")
    assert second == ("test_deny_large", True, "")


def test_file_that_crashes_the_engine_fails_alone() -> None:
    nested = "[" * 20000 + "]" * 20000
    judge = with_tests(PASSES, **{"b_test.rego": f"package b_test\n\nimport rego.v1\n\ntest_b := {nested}\n"})
    assert outcomes(judge) == [
        ("test_b", False, "The policies crashed the engine (SIGSEGV)."),
        ("test_deny_large", True, ""),
    ]


def test_whole_input_can_be_replaced() -> None:
    """regopy 1.5.2 crashes on this text as it stands."""
    test = 'test_large if { size.deny == {"large"} with input as {"n": 4} with data.config.limits as {"n": 3} }'
    assert outcomes(with_tests(test)) == [("test_large", True, "")]


CONFIG = {"config": {"limits": {"n": 3}}}


def test_lines_with_different_clauses_are_evaluated_one_by_one() -> None:
    test = "test_both if { size.deny with input.n as 4; count(size.deny) == 0 with input.n as 2 }"
    assert outcomes(replace(with_tests(test), data=CONFIG)) == [("test_both", True, "")]


def test_the_line_that_did_not_hold_is_named() -> None:
    lines = ["count(size.deny) == 1 with input.n as 4", "count(size.deny) == 1 with input.n as 2", "1 < 2"]
    test = "test_both if {\n\t" + "\n\t".join(lines) + "\n}\n"
    (result,) = rego_tests.run(replace(with_tests(test), data=CONFIG))
    assert (result.passed, result.message) == (False, "line 9: undefined: a line of its body did not hold")


def test_the_time_of_a_test_is_that_of_all_its_parts() -> None:
    heavy = "count([1 | some a in numbers.range(1, 60000); a > input.n])"
    both = f"test_both if {{ {heavy} > 1 with input.n as 4; {heavy} > 1 with input.n as 2 }}\n"
    once = f"test_once if {{ {heavy} > 1 with input.n as 4 }}\n"
    two, one = rego_tests.run(with_tests(both, once))
    assert two.passed
    assert two.ms > 1.4 * one.ms


def test_test_that_cannot_be_evaluated_fails_alone() -> None:
    test = "test_each if { every n in [4, 5] { size.deny with input.n as n } }"
    reason = (
        "line 9 replaces input.n by a value with n, which the test itself finds, which the engine regopy cannot carry out. "
        "Give each value a test of its own."
    )
    assert outcomes(with_tests(PASSES, test)) == [("test_deny_large", True, ""), ("test_each", False, reason)]


def test_value_that_the_engine_cannot_evaluate_fails_alone() -> None:
    test = 'test_x if { size.deny == set() with input.n as to_number("x") }'
    reason = "A value after with cannot be evaluated: invalid syntax"
    assert outcomes(with_tests(PASSES, test)) == [("test_deny_large", True, ""), ("test_x", False, reason)]


def test_input_is_not_there_when_a_test_gives_none() -> None:
    assert outcomes(with_tests("test_x if { not input }", "test_y if { input == {} with input as {} }")) == [
        ("test_x", True, ""),
        ("test_y", True, ""),
    ]


@pytest.mark.parametrize("at_once", [False, True], ids=["alone", "at-once"])
def test_plan_notices_a_change_by_any_part_of_a_test(at_once: bool) -> None:
    test = "test_both if {\n\tcount(size.deny) == 1 with input.n as 4\n\tcount(size.deny) == 0 with input.n as 3\n}\n"
    judge = replace(with_tests(test), data=CONFIG)
    (plan,) = rego_tests.plans(judge)
    texts = rego_tests.module_texts(judge)
    passed = [
        rego_tests.passes(
            plan, judge, {**texts, "size.rego": texts["size.rego"].replace("input.n >", said)}, at_once=at_once
        )
        for said in ("input.n >", "input.n >=", "not input.n >")
    ]
    assert passed == [True, False, False]


def test_plan_with_a_test_that_cannot_be_evaluated_never_passes() -> None:
    judge = with_tests(PASSES, "test_x if { every n in [4] { size.deny with input.n as n } }")
    (plan,) = rego_tests.plans(judge)
    texts = rego_tests.module_texts(judge)
    assert [rego_tests.passes(plan, judge, texts, at_once=at_once) for at_once in (False, True)] == [False, False]


@pytest.mark.parametrize("at_once", [False, True], ids=["alone", "at-once"])
def test_plan_knows_the_time_of_a_test(at_once: bool) -> None:
    rule = rules("common.size", 'deny contains "late" if time.now_ns() > 5 # "time.now_ns()"')
    test = 'test_x if { size.deny == {"late"} with time.now_ns as 6; size.deny == set() with time.now_ns as 5 }'
    judge = replace(with_tests(test), modules={"size.rego": rule})
    (plan,) = rego_tests.plans(judge)
    # The quick way compiles once for all data and leaves this to the other.
    assert rego_tests.passes(plan, judge, rego_tests.module_texts(judge), at_once=at_once) is not at_once


def test_test_whose_replacement_is_undefined_fails() -> None:
    judge = with_tests("test_x if { size.deny == set() with input as data.config.nothing }")
    assert outcomes(judge) == [("test_x", False, "undefined: a value after with has none")]


def test_only_what_a_file_leads_to_is_compiled() -> None:
    texts = {
        "main.rego": "package k\n\nimport data.k.collected\n",
        "collected.rego": "package k.collected\n\ndeny contains data.k.a.deny\n",
        "a.rego": "package k.a\n\nimport data.k.lib.x\n",
        "a2.rego": "package k.a\n",
        "ab.rego": "package k.ab\n",
        "x.rego": "package k.lib.x\n",
        "y.rego": "package k.lib.y\n",
        "a_test.rego": "package k.a_test\n\nimport data.k.a\n",
        "main_test.rego": "package k_test\n\nimport data.k\n",
        "lib_test.rego": "package k.lib_test\n\nimport data.k.lib\n",
    }
    assert {path: sorted(rego_tests.reachable(path, texts)) for path in ("a_test.rego", "lib_test.rego")} == {
        "a_test.rego": ["a.rego", "a2.rego", "a_test.rego", "x.rego"],
        "lib_test.rego": ["lib_test.rego", "x.rego", "y.rego"],
    }
    assert {"main.rego", "collected.rego", "a.rego", "x.rego"} <= rego_tests.reachable("main_test.rego", texts)


def test_library_without_tests_has_no_results() -> None:
    assert rego_tests.run(with_tests()) == ()


def test_only_tests_whose_names_match_are_run() -> None:
    judge = with_tests(PASSES, "test_other := true", **{"b_test.rego": "package b_test\n\ntest_deny_b := true\n"})
    assert [result.name for result in rego_tests.run(judge, only=r"size_test\.test_deny")] == ["test_deny_large"]
    assert rego_tests.run(judge, only="nothing") == ()


def test_filter_that_is_no_expression_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"^\( is no regular expression"):
        rego_tests.run(with_tests(PASSES), only="(")


SMALL = """\
default limit := 3

limit := 4 if input.large

deny contains "large" if input.n > limit

deny contains sprintf("%v", [pod.name]) if some pod in input.pods

level(n) := "high" if n > 5

else := "low"

warn[msg] if {
	msg := level(input.n)
	input.warn
}
"""


def covered(*tests: str) -> tuple[list[str], list[int]]:
    judge = replace(
        library({"size.rego": rules("common.size", SMALL)}, main=""), tests={"size_test.rego": HEAD + "\n".join(tests)}
    )
    results, coverage = rego_tests.run_covered(judge)
    assert [result.message for result in results if not result.passed] == []
    first = SMALL.splitlines()
    return [first[point.line - 5] for point in coverage.missed], sorted(coverage.covered)


def test_rules_that_held_in_a_test_are_covered() -> None:
    assert covered('test_x if { size.deny == {"large"} with input as {"n": 4} }') == (
        [
            "limit := 4 if input.large",
            'deny contains sprintf("%v", [pod.name]) if some pod in input.pods',
            'level(n) := "high" if n > 5',
            'else := "low"',
            "warn[msg] if {",
        ],
        [2],
    )


def test_every_kind_of_rule_can_be_covered() -> None:
    document = '{"n": 6, "large": true, "warn": true, "pods": [{"name": "a"}]}'
    large = f"count(size.deny) == 2 with input as {document}"
    high = f'size.warn == {{"high": true}} with input as {document}'
    test = f"test_x if {{\n\t{large}\n\t{high}\n}}"
    low = 'test_y if { size.level(2) == "low" }'
    assert covered(test, low) == ([], [1, 2, 3, 4, 5, 6])


def test_condition_that_fails_last_covers_nothing() -> None:
    test = 'test_x if { size.warn == {} with input as {"n": 6, "warn": false} }'
    missed, held = covered(test)
    assert ("warn[msg] if {" in missed, held) == (True, [4])


def test_every_part_of_a_test_covers_rules() -> None:
    lines = (
        'size.deny == {"large"} with input as {"n": 4}',
        'size.level(6) == "high"',
        "size.limit == 4 with input.large as true",
    )
    missed, held = covered("test_x if {\n\t" + "\n\t".join(lines) + "\n}")
    assert held == [1, 2, 4], missed
