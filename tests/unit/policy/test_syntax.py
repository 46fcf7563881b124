# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine's syntax tree, as it is written and as it is read."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import extents, trees
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Import, Module
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node, constant, parse

TREE = b"""file_to_rego
structure
(top
  {}
  (rego-module 6:x.rego|0|348
    {}
    (rego-expr |8|1
      (rego-term |8|1
        (rego-var |8|1:a)))
    (rego-string |10|10
      (rego-STRING |10|10:"(\n) \xc3\xa4 {"))
    (rego-var 3:_$0)
    (rego-true)))
"""


def module(text: str) -> Module:
    (read,) = trees.read({"x.rego": f"package a.b\n\nimport rego.v1\n\n{text}\n"})
    return read


def test_tree_is_read_without_its_wrappers() -> None:
    assert parse(TREE) == Node(
        "module",
        0,
        348,
        "",
        (
            Node("var", 8, 1, "a", ()),
            Node("STRING", 10, 10, '"(\n) ä {"', ()),
            Node("var", -1, 0, "_$0", ()),
            Node("true", -1, 0, "", ()),
        ),
    )


@pytest.mark.parametrize("text", [b"(top (rego-module", b"(top nonsense"])
def test_text_that_is_no_tree_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="no syntax tree"):
        parse(text)


def test_places_are_bytes_and_lines_are_counted() -> None:
    read = module('p := "ä"\n\nq := 3')
    first, second = read.rules
    assert [read.source.line(rule.place) for rule in (first, second)] == [5, 7]
    assert read.source.content[second.place :].startswith(b"q := 3")


@pytest.mark.parametrize(
    ("text", "value"),
    [('"a\\nb"', "a\nb"), ("`a\\n`", "a\\n"), ("3", 3), ("1.5e3", 1500.0), ("true", True), ("null", None)],
)
def test_constants_have_values(text: str, value: object) -> None:
    (rule,) = module(f"p := {text}").rules
    assert constant(rule.branches[0].terms[0]) == (True, value)


def test_imports_are_paths_with_aliases() -> None:
    read = trees.read({"x.rego": 'package a\n\nimport data.b["c"] as d\nimport input.e\n'})[0]
    assert read.imports == (
        Import(("data", "b", "c"), "d", 11, True),
        Import(("input", "e"), "e", 35, False),
    )


@pytest.mark.parametrize(
    ("text", "kind", "name", "counts"),
    [
        ("p := 3", "value", ("p",), (0, 0, 1)),
        ("p if input.a", "value", ("p",), (0, 0, 1)),
        ("p contains 3", "set", ("p",), (0, 0, 1)),
        ("p[x] := 3 if x := input.a", "object", ("p",), (0, 0, 1)),
        ("p.q.r := 3", "value", ("p", "q", "r"), (0, 0, 1)),
        ("p[x].y contains 3 if some x in input", "set", ("p",), (2, 0, 1)),
        ("f(x, [y]) := x if y", "function", ("f",), (0, 2, 1)),
        ("p := 1 if input.a\n\nelse := 2 if input.b\n\nelse := 3", "value", ("p",), (0, 0, 3)),
        ("p { input.a } { input.b }", "value", ("p",), (0, 0, 2)),
    ],
)
def test_rules_have_kind_name_keys_arguments_and_branches(
    text: str, kind: str, name: tuple[str, ...], counts: tuple[int, int, int]
) -> None:
    (rule,) = module(text).rules
    assert (rule.kind, rule.name, rule.path) == (kind, name, ("a", "b", *name))
    assert (len(rule.keys), len(rule.arguments), len(rule.branches)) == counts


@pytest.mark.parametrize(
    "term",
    [
        "input.a",
        "input.a[0]",
        'input["a"].b',
        'f(g("x)"), [1, {2: `}`}])',
        "[x | some x in input.a; x[0] > 1]",
        "{1, 2} | {3}",
        "set()",
        "[]",
        "((1 + 2) * 3)",
        '"a ] b"',
    ],
)
def test_extent_of_a_term_has_its_brackets(term: str) -> None:
    read = module(f"p := [{term}, 1]")
    content = read.source.content
    (array,) = read.rules[0].branches[0].terms
    start, end = extents.of(content, array)
    assert content[start:end].decode() == f"[{term}, 1]"


def test_text_that_does_not_parse_is_refused_with_its_place() -> None:
    with pytest.raises(PolicyUnusable, match=r"x\.rego:5:"):
        module("p if {")
