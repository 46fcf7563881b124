# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests are taken apart into what they replace and what they say."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import read
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.with_clauses import (
    SeparatedTests,
    separate,
    without_tests,
)

PATH = "a_test.rego"
HEAD = "package a_test\n\nhelper := 3\n\n"


def separated(text: str) -> SeparatedTests:
    return separate(read(PATH, HEAD + text), {PATH: HEAD + text}, frozenset({"kubernetesexecution"}))


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("test_x if { a with input as f({}) }", '"input": f({})'),
        ('test_x if { a == {"b"} with input as {"n": [1]} }', '"input": {"n": [1]}'),
        ("test_x if a with input.n as 3", '"input.n": 3'),
        (
            "test_x if {\n\ta with input as f(\n\t\t1,\n\t)\n\t\twith data.config as g({})\n\tb == 1\n}",
            '"input": f(\n\t\t1,\n\t), "data.config": g({})',
        ),
        ("test_x if { a with input as 1; b with input as 1 }", '"input": 1'),
        ('test_x if { a with input["n"] as 3 }', '"input.n": 3'),
        ("test_x if { a with time.now_ns as 3 }", '"time.now_ns": 3'),
    ],
    ids=["call", "literal", "no-braces", "several-lines", "twice-the-same", "brackets", "clock"],
)
def test_clauses_that_say_the_same_are_taken_out(text: str, replaced: str) -> None:
    tests = separated(text)
    assert ([*tests.parts], tests.refused) == (["test_x"], {})
    said, _, fixture = tests.text.partition("\nstaged_test_x := ")
    assert f"values := {{{replaced}}}\n" in fixture
    assert "with" not in said
    assert said.count("\n") == (HEAD + text).count("\n")


def test_test_without_clauses_stays_as_it_is() -> None:
    tests = separated("test_x if { a }")
    fixture = 'staged_test_x := {"values": {}, "json": true}'
    assert tests.text.split("\n") == [*HEAD.split("\n")[:-1], "test_x if { a }", fixture, ""]


def test_test_with_different_clauses_becomes_rules_of_its_own() -> None:
    tests = separated('test_x if {\n\td := {"n": 1}\n\ta with input as d\n\tb with input as 2\n\tc\n\td.n == 1\n}\n')
    assert tests.parts == {"test_x": [("part_1_test_x", [7, 9, 10]), ("part_2_test_x", [8])]}
    written = tests.text.replace(" \n", "\n").split("\n\n")
    assert 'part_2_test_x if {\n\td := {"n": 1}\n\tb\n}' in written
    assert "test_x if {\n\td" not in tests.text.replace("part_1_test_x", "").replace("part_2_test_x", "")


def test_parts_are_in_the_language_of_the_file() -> None:
    tests = separated("test_x {\n\ta with input as 1\n\tb with input as 2\n}\n")
    assert "part_2_test_x {\n\tb\n}" in tests.text.replace(" \n", "\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("test_x if { a with input as 1 }\n\ntest_x if { b with input as 1 }", "Several rules have the name test_x."),
        ("test_x contains 1 if a", "A test with cases cannot be evaluated here."),
        ("test_x[n] if { some n in [1] }", "A test with cases cannot be evaluated here."),
        ("test_x if { some n in [1, 2]; a with input as n }", "line 5 replaces input by a value with n,"),
    ],
    ids=["two-rules", "set", "cases", "variable"],
)
def test_other_tests_are_refused(text: str, reason: str) -> None:
    tests = separated(text)
    assert (tests.parts, [*tests.refused]) == ({}, ["test_x"])
    assert tests.refused["test_x"].startswith(reason)
    assert "test_x" not in tests.text


def test_helper_with_clauses_is_kept_from_the_engine() -> None:
    """One such rule in a file, and no test of it could be compiled."""
    tests = separated("denied(d) if a with input as d\n\ntest_a if denied(1)\n\ntest_b if helper == 3\n")
    assert ([*tests.parts], [*tests.refused]) == (["test_b"], ["test_a"])
    assert "denied" not in tests.text


def test_other_files_see_everything_but_the_tests() -> None:
    text = HEAD + "test_x if { a with input as 1 }\n"
    assert without_tests(read(PATH, text), text).split() == HEAD.split()
