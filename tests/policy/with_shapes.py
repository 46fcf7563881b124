# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests with ``with`` in every shape, for both engines. All are the end of a file that begins with ``HEAD``."""

from __future__ import annotations

import dataclasses

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library

POLICY = """\
package p

import rego.v1

import data.lib

default usable := false

usable if data.config.n > 3

limit := data.config.n

over if input.n > limit

deny contains "large" if over

deny contains sprintf("%v is %v", [input.name, lib.size(input.n)]) if lib.size(input.n) == "big"

names contains pod.name if some pod in input.pods

decision := {"allowed": count(deny) == 0, "violations": deny, "size": lib.size(input.n)}

weekday := time.weekday(time.now_ns())

late if weekday == "Sunday"

kind := lib.kind

is_labelled if input.labels == {"a", "b"}

missing if not input

tagged := t if t := concat("", [kind, "!"])
"""
LIB = """\
package lib

import rego.v1

size(n) := "big" if n > data.config.big

size(n) := "small" if n <= data.config.big

double(n) := n * 2

kind := "plain"
"""
HEAD = """\
package {package}

import rego.v1

import data.lib
import data.p

codes(x) := {v | some v in x.violations}

doc(n) := {"n": n, "name": "web"}

conf(n) := {"n": n, "big": 10}

a := {"n": 9, "big": 10}

"""
DATA = {"config": {"n": 5, "big": 10}}


def body(*statements: str) -> str:
    return "test_x if {\n" + "".join(f"\t{statement}\n" for statement in statements) + "}"


# The runner says what opa says.
AGREED = {
    "crossing-two-complete": body(
        "p.usable == false with data.config as conf(1)", "p.usable == true with data.config as conf(8)"
    ),
    "crossing-wrong": body(
        "p.usable == true with data.config as conf(8)", "p.usable == true with data.config as conf(1)"
    ),
    "clauseless-mixed": body("p.limit == 5", "p.limit == 9 with data.config as a"),
    "bound-result": body(
        "r := p.decision with input as doc(7) with data.config as conf(8)", "r.allowed", "codes(r) == set()"
    ),
    "local-doc": body('d := {"n": 7, "name": "web"}', 'p.deny == {"large"} with input as d'),
    "compr-same": body("count([v | some v in p.deny with input as doc(7)]) == 1"),
    "time-mock-right": "test_x if p.late with time.now_ns as 1700352000000000000",
    "two-time-mocks": body(
        "p.late with time.now_ns as 1700352000000000000", "not p.late with time.now_ns as 1700000000000000000"
    ),
    "no-input": "test_x if p.missing",
    "no-input-wrong": "test_x if not p.missing",
    "brackets": 'test_x if p.over with input["n"] as 9',
    "overlap-order2": 'test_x if p.over with input as {"n": 1} with input.n as 9',
    "not-with": "test_x if not p.over with input as doc(1)",
    "nested-value": "test_x if p.over with input as doc(lib.double(p.limit)) with data.config as conf(8)",
    "else": """\
test_x := false if {
	p.over with input as doc(1)
} else := true if {
	not p.over with input as doc(1)
}
""",
    "local-names-in-comprehensions": body(
        '{v | some v in p.deny} == {"large"} with input as doc(7)',
        "{v | some v in p.deny} == set() with input as doc(1)",
    ),
    "helper-nobody-asks": """\
denied(d) if count(p.deny) > 0 with input as d

both(d) if denied(d)

test_x if p.limit == 5
""",
    "shared-const": body(
        "d := doc(7)", 'p.deny == {"large"} with input as d', "p.usable with data.config as conf(d.n)"
    ),
    "const-from-data": body("c := data.config", 'p.usable with data.config as {"n": c.n, "big": 10}'),
    "helper-data-wrong": """\
twice := p.limit * 2

test_x if {
	p.limit == 8 with data.config as conf(8)
	twice == 16
}
""",
    "helper-data-right": """\
twice := p.limit * 2

test_x if {
	p.limit == 8 with data.config as conf(8)
	twice == 10
}
""",
    "every-over-result": body("r := p.decision with input as doc(7)", 'every v in r.violations { v == "large" }'),
    "every-with-same": body('every v in ["large"] { v in p.deny with input as doc(7) }'),
    "every-const-with-outer-differs": body('every v in p.deny { v == "zzz" } with input as doc(7)'),
    "compr-with-outer-rule": "test_x if count({v | some v in p.deny with input as doc(7)}) > p.limit - 5",
    "not-undefined-value": "test_x if { not p.over with input as data.nothing }",
    "input-null": "test_x if { not p.over with input as null }",
    "input-false-missing": "test_x if p.missing with input as false",
    "input-string": 'test_x if p.over with input as "x"',
    "string-quotes": (
        'test_x if p.deny == {"a \\"b\\" is big"}'
        ' with input as {"n": 11, "name": "a \\"b\\""} with data.config as {"n": 99, "big": 10}'
    ),
    "multi-line-with": """\
test_x if {
	p.deny == {"large"}
		with input as doc(
			7,
		)

		with data.config as conf(5)
	not p.usable with data.config as conf(1)
}
""",
    "operators-across-lines": """\
test_x if {
	p.deny ==
		{"large"} with input as doc(7)
	count(p.deny) ==
		0 with input as doc(1)
}
""",
    "operator-at-line-start": """\
test_x if {
	p.deny
		== {"large"} with input as doc(7)
	p.deny == set() with input as doc(1)
}
""",
    "comment-between": """\
test_x if {
	p.over with input as doc(7) # with input as doc(1)

	# p.usable with data.config as conf(1)
	not p.over with input as doc(1)
}
""",
    "shadowed-helper": body('doc := {"n": 7}', "p.over with input as doc", "not p.over with input as conf(1)"),
    "shadowed-import": body("some lib in [1]", "lib == 1", "p.over with input as doc(7)"),
    "unify": body("x = p.limit with data.config as conf(8)", "x == 8", "p.limit == 5"),
    "value-with-body": "test_x := r if {\n\tr := p.over with input as doc(1)\n}",
    "index-binds": body("p.deny[i] with input as doc(7)", 'i == "large"', "not p.over with input as doc(1)"),
    "config-part": body("p.limit == 7 with data.config.n as 7", "p.limit == 3 with data.config.n as 3", "p.limit == 5"),
    "new-data": body('data.extra.x == 3 with data.extra as {"x": 3}', "not data.extra.x"),
    "input-direct": body('input.n == 3 with input as {"n": 3}', "not input.n"),
    "some-in-with": body("some v in p.deny with input as doc(7)", 'v == "large"'),
    "function-with-input": """\
reads(x) := input.n + x

test_x if {
	reads(1) == 8 with input as doc(7)
	reads(1) == 2 with input as doc(1)
}
""",
    "same-var-name-twice": body(
        "every n in [1, 2] { n < p.limit with data.config as conf(8) }",
        "every n in [6, 7] { n > p.limit with data.config as conf(5) }",
    ),
    "clock-value": 'test_x if p.late with time.now_ns as time.parse_rfc3339_ns("2023-11-19T00:00:00+00:00")',
    "clock-and-input": body(
        "p.late with time.now_ns as 1700352000000000000 with input as doc(1)",
        "not p.late with input as doc(1) with time.now_ns as 1700000000000000000",
    ),
    "print": body('print("hello")', "p.over with input as doc(7)", "not p.over with input as doc(1)"),
}

# The runner refuses them, whatever opa says.
REFUSED = {
    "two-results": body("x := p.decision with input as doc(7)", "y := p.decision with input as doc(1)", "x != y"),
    "some": body("some n in [1, 7]", 'p.deny == {"large"} with input as doc(n)'),
    "every-wrong": body('every n in [7, 1] { p.deny == {"large"} with input as doc(n) }'),
    "every-complete-wrong": body("every n in [7, 1] { p.usable with data.config as conf(n) }"),
    "helper": """\
denied(d) if count(p.deny) > 0 with input as d

test_x if {
	denied(doc(7))
	not denied(doc(1))
}
""",
    "helper-wrong": """\
denied(d) if count(p.deny) > 0 with input as d

test_x if {
	denied(doc(7))
	denied(doc(1))
}
""",
    "rule-mock": 'test_x if p.kind == "gold" with data.lib.kind as "gold"',
    "rule-mock-own": 'test_x if p.deny == {"large"} with p.over as true',
    "fn-mock": """\
big(_) := "big"

test_x if p.deny == {"x is big"} with input as {"n": 1, "name": "x"} with data.lib.size as big
""",
    "set-input": 'test_x if p.is_labelled with input.labels as {"a", "b"}',
    "keyed-cases": 'test_x[c] if {\n\tsome c, n in {"a": 7, "b": 1}\n\tp.over with input as doc(n)\n}',
    "contains": 'test_x contains "a" if { p.over with input as doc(1) }',
    "overlap-order": 'test_x if p.over with input.n as 9 with input as {"n": 1}',
    "some-doc": body("some doc", 'doc = {"n": 7}', "p.over with input as doc"),
    "two-rules": "test_x if p.over with input as doc(7)\n\ntest_x if p.over with input as doc(1)",
    "constant-that-sees-a-loop": body(
        "some n in [7, 1]",
        "x := [a | a := n]",
        "x == [1]",
        "not p.usable with data.config as conf(2)",
        'p.over with input as {"n": x[0]}',
    ),
    "member-of-a-test": "test_x.a if p.over with input as doc(1)",
    "helper-on-result-sees-data": """\
bigger(r) if r > data.config.n

test_x if {
	r := p.limit with data.config as conf(7)
	bigger(r)
}
""",
    "compr-with-outer-rule-data": body("count({v | some v in p.deny with data.config as conf(8)}) > p.limit - 8"),
    "unify-wrong": body("x = p.limit with data.config as conf(8)", "x == 8", "x = p.limit"),
    "destructured-docs": body("[x, y] := [doc(7), doc(1)]", "p.over with input as x", "not p.over with input as y"),
    "value-with-body-two": """\
test_x := r if {
	r := p.usable with data.config as conf(1)
	p.usable with data.config as conf(8)
}
""",
    "asks-other-test": "test_a if p.over with input as doc(7)\n\ntest_x if not test_a",
    "index-shared": body("some i", "p.deny[i] with input as doc(7)", "not p.deny[i] with input as doc(1)"),
    "input-direct-wrong": body('x := 3 with input as {"n": 3}', "input.n == x"),
    "literal-integer-keys": 'test_x if input[1] == "a" with input as {1: "a"}',
    "set-inside": 'test_x if not is_array(input.x) with input as {"x": {"y": {1, 2}}}',
    "clock-string": 'test_x if p.late with time.now_ns as "x"',
}


def package(number: int) -> str:
    return f"shape_{number}_test"


def library() -> Library:
    """All shapes, each in a file of its own."""
    shapes = enumerate((AGREED | REFUSED).values())
    tests = {f"{package(number)}.rego": HEAD.replace("{package}", package(number)) + text for number, text in shapes}
    judge = Library("shapes", "1", "a test", {"p.rego": POLICY, "lib.rego": LIB}, data=DATA)
    return dataclasses.replace(judge, tests=tests)
