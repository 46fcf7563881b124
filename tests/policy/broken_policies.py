# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies with one mistake each: what ``opa check --strict`` refuses, and the engine mostly does not.

Each is the rest of a file that begins with ``HEAD`` (``policy``). ``LIBRARY`` stands beside it. ``OURS`` are those that
the real compiler accepts and that would be wrong here all the same.
"""

from __future__ import annotations

HEAD = """\
package kubernetesexecution.safety.common.broken

import rego.v1

import data.kubernetesexecution.lib.sizes
{imports}
deny contains "always" if sizes.large(input.parameters.replicas)

{rules}
"""
PATH = "kubernetesexecution/safety/common/broken/broken.rego"

LIBRARY = {
    "kubernetesexecution/lib/sizes/sizes.rego": """\
package kubernetesexecution.lib.sizes

import rego.v1

limit := 20

names contains "web"

large(n) if n > limit

between(low, high) := n if {
	some n in numbers.range(low, high)
	n > 3
}

by_name["web"] := 3

point := {"x": 1, "y": {"z": "deep"}}
""",
    "kubernetesexecution/lib/sizes/more/more.rego": """\
package kubernetesexecution.lib.sizes.more

import rego.v1

limit := 20
""",
    "kubernetesexecution/safety/common/broken/part/part.rego": """\
package kubernetesexecution.safety.common.broken.part

import rego.v1

warn contains "part" if input.parameters.replicas > 20
""",
}


def policy(text: str) -> str:
    """The whole file; lines of ``text`` that begin with import go where imports belong."""
    lines = text.split("\n")
    imports = [line for line in lines if line.startswith("import ")]
    rules = [line for line in lines if line not in imports]
    return HEAD.format(imports="".join(f"{line}\n" for line in imports), rules="\n".join(rules).strip())


UNSAFE = {
    "index-under-not": 'deny contains "x" if not input.pods[i]',
    "wildcard-under-not": 'deny contains "x" if not input.pods[_].name == "a"',
    "name-nobody-defines": 'deny contains "x" if input.parameters.replicas > limit',
    "misspelt-local": 'deny contains msg if { replicas := input.n; msg := sprintf("%d", [replica]); replicas > 3 }',
    "head-never-bound": 'deny contains msg if input.action == "DrainNode"',
    "head-of-set": "deny contains pod if { some p in input.pods; p.name }",
    "head-key": 'owners[name] := "x" if input.action == "DrainNode"',
    "head-value": "total := n if input.action",
    "head-object-value": 'deny contains {"code": "x", "message": message} if input.action',
    "comprehension-head": "names := [n | some p in input.pods; p.name]",
    "set-comprehension-head": "names := {n | some p in input.pods; p.name}",
    "object-comprehension-key": "names := {k: 1 | some p in input.pods; p.name}",
    "object-comprehension-value": "names := {p.name: v | some p in input.pods}",
    "name-of-a-comprehension-outside": 'deny contains "x" if { names := [n | some n in input.pods]; count(names) > 1; n == "a" }',
    "name-of-an-every-outside": 'deny contains "x" if { every p in input.pods { p.name }; p == 3 }',
    "name-of-another-rule": 'first if { some p in input.pods; p.name }\n\ndeny contains "x" if p.name == "a"',
    "both-sides-unbound": 'deny contains "x" if a == b',
    "unified-with-nothing": 'deny contains "x" if { a = b; b = a }',
    "argument-of-a-function": 'deny contains "x" if startswith(name, "kube-")',
    "argument-of-own-function": 'deny contains "x" if sizes.large(n)',
    "under-not-only": 'deny contains "x" if { not name == "a"; not name == "b" }',
    "domain-of-some": 'deny contains "x" if { some p in pods; p == 3 }',
    "domain-of-every": 'deny contains "x" if { every p in pods { p } }',
    "body-of-every": 'deny contains "x" if { every p in input.pods { p == q } }',
    "value-of-with": 'deny contains "x" if data.kubernetesexecution.lib.sizes.limit == 3 with input as document',
    "declared-never-bound": 'deny contains "x" if { some i; i > 3 }',
    "declared-bound-under-not": 'deny contains "x" if { some i; not input.pods[i] }',
    "output-of-call-under-not": 'deny contains "x" if { not split(input.namespace, "-", parts); count(parts) > 2 }',
    "result-needs-itself": 'deny contains "x" if { n = n + 1; n > 2 }',
    "circle-of-two": 'deny contains "x" if { a = b + 1; b = a - 1 }',
    "head-of-reference": 'deny contains "x" if pods[i].name == input.namespace',
    "in-a-set-pattern": 'deny contains "x" if { {a} = {1}; a == 1 }',
    "key-of-an-object-pattern": 'deny contains "x" if { {k: 1} = {"a": 1}; k == "a" }',
    "in-an-else": "size := 1 if input.a\n\nelse := n if input.b",
    "arithmetic-head": "double := n * 2 if input.parameters",
    "in-a-template": 'deny contains $"{name} is closed" if input.action',
    "missing-import": 'deny contains "x" if limits.large(input.parameters.replicas)',
    "rest-of-an-import": 'deny contains "x" if lib.sizes.limit == 3',
}

UNDEFINED = {
    "function": 'deny contains "x" if is_large(input.parameters.replicas)',
    "function-of-a-package": 'deny contains "x" if sizes.larg(input.parameters.replicas)',
    "function-by-full-name": 'deny contains "x" if data.kubernetesexecution.lib.sizes.larg(3)',
    "builtin-misspelt": 'deny contains "x" if start_with(input.namespace, "kube-")',
    "builtin-of-a-family-misspelt": 'deny contains "x" if time.parse_rfc3339(input.request.time) > 3',
    "function-in-a-result": 'deny contains sprint("%d", [3]) if input.action',
    "function-in-a-comprehension": "xs := [lowr(p) | some p in input.pods]",
    "function-under-not": 'deny contains "x" if not is_large(3)',
    "function-in-every": 'deny contains "x" if { every p in input.pods { is_large(p) } }',
    "rule-as-function": 'deny contains "x" if sizes.limit(3)',
    "local-as-function": 'deny contains "x" if { f := 3; f(4) }',
    "input-as-function": 'deny contains "x" if input.check(3)',
    "field-of-a-constant": 'deny contains "x" if sizes.point.w == 3',
    "deep-field-of-a-constant": 'deny contains "x" if sizes.point.y.w == "deep"',
    "field-of-a-local": 'deny contains "x" if { p := {"x": 1}; p.y == 1 }',
    "field-of-a-text": 'deny contains "x" if { p := "a"; p.y == 1 }',
    "field-of-a-number": 'deny contains "x" if sizes.limit.max == 1',
    "index-behind-the-end": 'deny contains "x" if { p := [1, 2]; p[2] == 1 }',
    "part-of-a-function": 'deny contains "x" if sizes.large.max == 3',
}

ARITY = {
    "builtin-one-too-few": 'deny contains "x" if startswith(input.namespace)',
    "builtin-two-too-many": 'deny contains "x" if startswith(input.namespace, "kube-", "x", "y")',
    "builtin-none": 'deny contains "x" if lower() == "a"',
    "builtin-result-used-twice": 'deny contains "x" if lower("a", "b") == "a"',
    "own-one-too-many": 'deny contains "x" if sizes.large(1, 2) == true',
    "own-three-too-many": 'deny contains "x" if sizes.large(1, 2, 3)',
    "own-one-too-few": 'deny contains "x" if sizes.between(1) == 2',
    "own-none": 'deny contains "x" if sizes.large()',
    "two-arities": "f(x) := x\n\nf(x, y) := x + y",
    "in-a-comprehension": "xs := [upper(p, p, p) | some p in input.pods]",
    "in-a-head": 'deny contains sprintf("%d") if input.action',
    "infix-with-output": 'deny contains "x" if { y := plus(1); y == 2 }',
}

RECURSION = {
    "itself": "p if p",
    "itself-under-not": "p if not p",
    "function": "f(x) := f(x - 1) if x > 0",
    "two-rules": "p if q\n\nq if p",
    "three-rules": "p if q\n\nq if r\n\nr if p",
    "through-a-function": "p if f(3)\n\nf(x) if { x; p }",
    "through-a-comprehension": "p := [x | some x in q]\n\nq := [x | some x in p]",
    "through-the-head": "p := q\n\nq := p",
    "by-full-name": "p if data.kubernetesexecution.safety.common.broken.p",
    "through-the-package": 'p if data.kubernetesexecution.safety.common.broken["p"]',
    "through-all-packages": "p if { some name; data.kubernetesexecution.safety.common[name].p }",
    "through-an-argument": "p if sizes.large(q)\n\nq := 1 if p",
    "through-an-every": "p if { every x in q { x } }\n\nq contains 1 if p",
    "through-a-default": "default p := false\n\np if q\n\nq if p",
    "through-an-else": "p := 1 if input.a\n\nelse := 2 if q\n\nq if p",
    "partial-set": "p contains x if { some x in p }",
    "partial-object": "p[k] := v if { some k, v in p }",
}

CONFLICTS = {
    "set-and-value": 'p contains "a" if input.a\n\np := 3 if input.b',
    "function-and-value": "f(x) := x\n\nf := 3",
    "set-and-object": 'p contains "a" if input.a\n\np["k"] := 3 if input.b',
    "two-defaults": "default p := 1\n\ndefault p := 2\n\np := 3 if input.a",
    "default-and-set": 'default p := 1\n\np contains "x" if input.a',
    "rule-and-package": "part := 3",
    "default-of-a-call": 'default p := lower("A")\n\np := "b" if input.a',
    "default-of-input": "default p := input.x\n\np := 3 if input.a",
    "default-of-a-variable": "default p := x\n\np := 3 if input.a",
    "assigned-twice": 'deny contains "x" if { n := 1; n := 2; n == 2 }',
    "declared-then-assigned": 'deny contains "x" if { some n; n := 2; n == 2 }',
    "declared-twice": 'deny contains "x" if { some n; some n; input.pods[n] }',
    "assigned-then-declared": 'deny contains "x" if { n := 2; some n; input.pods[n] }',
    "used-before-assigned": 'deny contains "x" if { n > 1; n := input.parameters.replicas }',
    "argument-assigned": "f(x) := y if { x := 3; y := x }",
    "argument-twice-assigned-value": "f(x) := x if { x := x + 1 }",
    "import-twice": "import data.kubernetesexecution.lib.sizes\n\np if sizes.limit",
    "import-under-one-name": "import data.kubernetesexecution.lib.sizes.more as sizes\n\np if sizes.limit",
    "input-assigned": 'deny contains "x" if { input := {"a": 1}; input.a }',
    "data-assigned": 'deny contains "x" if { data := {"a": 1}; data.a }',
    "input-as-argument": "f(input) := input.x",
    "rule-named-input": "input := 3",
    "rule-named-data": "data if true",
    "assigned-to-a-field": 'deny contains "x" if { input.a := 3 }',
    "assigned-to-a-constant": 'deny contains "x" if { 3 := input.a }',
}

UNUSED = {
    "assigned": 'deny contains "x" if { n := input.parameters.replicas; input.action }',
    "one-of-a-pattern": 'deny contains "x" if { [a, b] := split(input.namespace, "-"); a == "kube" }',
    "declared": 'deny contains "x" if { some n; input.action }',
    "declared-of-two": 'deny contains "x" if { some i, j; input.pods[i] }',
    "in-a-comprehension": "xs := [1 | x := input.a]",
    "in-every": 'deny contains "x" if { every k, v in input.labels { v } }',
    "argument": "f(x, y) := x",
    "argument-of-a-test-like-rule": "f(x) := 3",
    "import": "import data.kubernetesexecution.lib.sizes.more",
    "import-under-another-name": "import data.kubernetesexecution.lib.sizes.more as m",
    "import-of-input": "import input.parameters",
    "in-an-else": "p := 1 if input.a\n\nelse := 2 if { n := input.b; input.c }",
}

SYNTAX = {
    "no-if": 'deny contains "x" { input.action }',
    "no-contains": 'deny[msg] { msg := "x" }',
    "no-if-no-value": "p { input.action }",
    "no-if-function": "f(x) := y { y := x }",
    "no-if-else": "p := 1 if input.a\n\nelse := 2 { input.b }",
    "second-expression-outside": 'deny contains "x" if input.action; input.namespace',
    "bracket-missing": 'deny contains "x" if { input.action',
    "operator-missing": 'deny contains "x" if input.action "DrainNode"',
    "assignment-in-a-term": 'deny contains "x" if count(x := 3) > 1',
    "set-of-a-value": 'deny contains "x" := 3 if input.action',
    "old-import": "import future.keywords.nothing\n\np if input.a",
    "import-of-a-name": "import sizes\n\np if sizes.limit",
    "else-of-a-set": "p contains 1 if input.a\n\nelse contains 2 if input.b",
    "else-without-if": "p if input.a\n\nelse := 3 { true }\n",
    "keyword-as-name": "if := 3",
    "keyword-as-variable": 'deny contains "x" if { in := 3; in == 3 }',
}

TYPES = {
    "texts-added": 'deny contains "x" if input.namespace == "a" + "b"',
    "number-and-text-added": 'deny contains "x" if { n := 3; n + "a" == 4 }',
    "text-of-a-number": 'deny contains "x" if lower(3) == "3"',
    "prefix-of-a-number": 'deny contains "x" if startswith(sizes.limit, "2")',
    "count-of-a-number": "p if count(3) > 1",
    "number-equals-text": 'deny contains "x" if { n := 3; n == "3" }',
    "rule-equals-text": 'deny contains "x" if sizes.limit == "20"',
    "call-equals-text": 'deny contains "x" if count(input.pods) == "3"',
    "call-equals-number": 'deny contains "x" if lower(input.namespace) == 3',
    "truth-equals-text": 'deny contains "x" if startswith(input.namespace, "a") == "true"',
    "member-of-a-number-equals": 'deny contains "x" if { some n in [1, 2]; n == "a" }',
    "object-equals-list": 'deny contains "x" if { o := {"a": 1}; o == ["a"] }',
    "argument-is-a-list": 'deny contains "x" if upper(["a"]) == "A"',
    "sum-of-texts": 'deny contains "x" if sum(["a", "b"]) > 1',
    "format-arguments-no-list": 'deny contains msg if msg := sprintf("%d", 3)',
    "result-of-a-call-used-as-text": 'deny contains "x" if startswith(count(input.pods), "3")',
    "under-with": 'p if sizes.limit == "a" with sizes.limit as "a"',
    "print-with-a-result": 'deny contains "x" if { y := print("a"); y }',
}

WITH = {
    "of-a-local": 'deny contains "x" if { x := 3; sizes.limit == x with x as 4 }',
    "of-a-function-by-arity": 'deny contains "x" if sizes.large(3) with sizes.large as startswith',
    "below-a-rule": 'deny contains "x" if sizes.point.x == 3 with sizes.point.x as 4',
    "of-a-builtin-by-a-misspelt": 'deny contains "x" if lower("A") == "a" with lowr as upper',
}

BROKEN: dict[str, str] = {
    f"{kind}-{name}": text
    for kind, texts in {
        "unsafe": UNSAFE,
        "undefined": UNDEFINED,
        "arity": ARITY,
        "recursion": RECURSION,
        "conflict": CONFLICTS,
        "unused": UNUSED,
        "syntax": SYNTAX,
        "type": TYPES,
        "with": WITH,
    }.items()
    for name, text in texts.items()
}

OURS = {
    "rule-of-a-package": 'deny contains "x" if input.parameters.replicas > sizes.limits',
    "rule-by-full-name": 'deny contains "x" if data.kubernetesexecution.lib.sizes.limits > 3',
    "rule-in-a-with": 'deny contains "x" if sizes.limit == 3 with sizes.limts as 4',
    "input-declared": 'deny contains "x" if { some input in [1]; input }',
    "two-bodies": "p if { input.a } { input.b }",
    "import-of-nothing": "import data.kubernetesexecution.lib.colours\n\np if colours",
    "unknown-input": 'deny contains "x" if input.target.nam == "web"',
    "network": 'deny contains "x" if http.send({"method": "get", "url": "http://x"}).status_code == 200',
    "environment": 'deny contains "x" if opa.runtime().env.HOME',
    "not-in-the-engine": 'deny contains "x" if net.cidr_contains("10.0.0.0/8", input.namespace)',
    "deny-as-a-value": 'warn := "x" if input.action',
}
