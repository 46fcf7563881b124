# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies of rules are read statement by statement."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import Rule, Token, read
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import statements
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.statements import Statement

HEAD = "package a_test\n\nimport data.p\nimport data.settings.limits as ceiling\n\n"


def rule(text: str) -> Rule:
    return read("a_test.rego", HEAD + text).rules[0]


def found(text: str) -> list[Statement]:
    extent = statements.body(rule(text).tokens)
    assert extent is not None
    return statements.split(rule(text).tokens, read("a_test.rego", HEAD + text), *extent)


def words(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens if token.kind != "newline")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("if { a; b }", ["a", "b"]),
        ("if {\n\ta\n\n\tb # c\n}", ["a", "b"]),
        ("{\n\ta\n\tb\n}", ["a", "b"]),
        ("if a == b", ["a == b"]),
        ("if {\n\ta ==\n\t\tb\n\tc\n\t\t== d\n}", ["a == b", "c == d"]),
        ("if {\n\tf(\n\t\t1,\n\t)\n\t[x |\n\t\tsome x in y\n\t\tz\n\t]\n}", None),
        ("if {\n\ta\n\t\twith input as 1\n\t\twith input.n as 2\n\tnot b\n}", None),
    ],
    ids=["semicolon", "lines", "old", "no-braces", "operators", "brackets", "with"],
)
def test_body_is_a_list_of_statements(body: str, said: list[str] | None) -> None:
    tokens = rule(f"test_x {body}").tokens
    texts = [words(list(tokens[it.first : it.end])) for it in found(f"test_x {body}")]
    assert texts == said if said else len(texts) == 2


@pytest.mark.parametrize(
    "text",
    ["test_x := a", "test_x := a if { b }", "test_x if { a } else := b if { c }", "test_x if {x | x := 1} == y"],
    ids=["value", "value-and-body", "else", "comprehension"],
)
def test_other_rules_are_no_list_of_statements(text: str) -> None:
    extent = statements.body(rule(text).tokens)
    assert extent is None or len(found(text)) == 1


def test_clauses_at_the_end_count_for_the_whole_statement_and_others_do_not() -> None:
    text = 'test_x if { count([1 | a; b with input.n as 1]) == c with ceiling["n"] as 2 with input as {"with": 3} }'
    tokens = rule(text).tokens
    (statement,) = found(text)
    assert [clause.target for clause in statement.clauses] == ["data.settings.limits.n", "input"]
    assert [clause.target for clause in statement.inner] == ["input.n"]
    assert words(statements.outside_clauses(tokens, statement)) == "count ( [ 1 | a ; b ] ) == c"
    inner = statement._replace(clauses=())
    assert words(statements.uncovered(tokens, inner)).startswith("count ( [ 1 | a ; ] ) == c")


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("a == {x | some x in y}", "a == { }"),
        ("every k, v in a { v == b }", "in a { }"),
        ('f([a, {"b": c}])', 'f ( [ a , { "b" : c } ] )'),
    ],
    ids=["comprehension", "every", "literals"],
)
def test_variables_of_closures_are_their_own(text: str, outside: str) -> None:
    tokens = rule(f"test_x if {text}").tokens[2:]
    assert words(statements.outside_closures(tokens)) == outside
