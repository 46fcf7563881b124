# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests are taken apart into what they replace and what they say."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import read
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.with_clauses import (
    SeparatedTests,
    separate,
    without_tests,
)

HEAD = "package a_test\n\nhelper := 3\n\n"


def separated(text: str) -> SeparatedTests:
    return separate(read("a_test.rego", HEAD + text), HEAD + text, frozenset({"kubernetesexecution"}))


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("test_x if { a with input as f({}) }", '{"input": f({})}'),
        ('test_x if { a == {"b"} with input as {"n": [1]} }', '{"input": {"n": [1]}}'),
        ("test_x if a with input.n as 3", '{"input.n": 3}'),
        (
            "test_x if {\n\ta with input as f(\n\t\t1,\n\t)\n\t\twith data.config as g({})\n\tb\n}",
            '{"input": f(\n\t\t1,\n\t), "data.config": g({})}',
        ),
        ("test_x if { a with input as 1; b with input as 1 }", '{"input": 1}'),
        ("test_x if { a }", "{}"),
    ],
    ids=["call", "literal", "no-braces", "several-lines", "twice-the-same", "nothing"],
)
def test_clauses_that_say_the_same_are_taken_out(text: str, replaced: str) -> None:
    tests = separated(text)
    assert (tests.staged, tests.others) == (("test_x",), ())
    said, _, fixture = tests.staged_text.partition("\nstaged_test_x := ")
    assert fixture == f"{replaced}\n"
    assert "with" not in said
    assert said.count("\n") == (HEAD + text).count("\n")
    assert "test_x" not in tests.others_text


@pytest.mark.parametrize(
    "text",
    [
        "test_x if { a with input as 1; b with input as 2 }",
        "test_x if { a with input as 1; b with input.c as 1 }",
        "test_x if { some n in [1, 2]; a with input as n }",
        "test_x if { a with data.kubernetesexecution.lib.limit as 3 }",
        "test_x if { a with time.now_ns as 3 }",
        'test_x if { a with input["n"] as 3 }',
        "test_x if { a with input as 1 }\n\ntest_x if { b with input as 1 }",
    ],
    ids=["other-value", "other-target", "variable", "rule", "function", "brackets", "two-rules"],
)
def test_other_tests_keep_their_clauses(text: str) -> None:
    tests = separated(text)
    assert (tests.staged, tests.others) == ((), ("test_x",))
    assert tests.others_text == HEAD + text
    assert "test_x" not in tests.staged_text


def test_both_kinds_stand_beside_each_other() -> None:
    tests = separated("test_a if { a with input as 1 }\n\ntest_b if { a with time.now_ns as 3 }\n")
    assert (tests.staged, tests.others) == (("test_a",), ("test_b",))
    assert "test_b" not in tests.staged_text
    assert "test_a" not in tests.others_text
    assert all("helper := 3" in text for text in (tests.staged_text, tests.others_text))


def test_other_files_see_everything_but_the_tests() -> None:
    text = HEAD + "test_x if { a with input as 1 }\n"
    assert without_tests(read("a_test.rego", text), text).split() == HEAD.split()
