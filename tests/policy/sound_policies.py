# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies that ``opa check --strict`` accepts, among them what a careless linter would refuse.

Each is the rest of a file as ``broken_policies.policy`` completes it; those of ``OLD`` are whole files in the language
before OPA 1.0.
"""

from __future__ import annotations

SOUND = {
    "function-of-a-package": 'deny contains "x" if sizes.between(1, 9) == 4',
    "function-by-full-name": 'deny contains "x" if data.kubernetesexecution.lib.sizes.large(3)',
    "output-of-a-function": 'deny contains "x" if { sizes.between(1, 9, n); n > 3 }',
    "output-of-a-builtin": 'deny contains "x" if { split(input.image, "/", [first, _]); first == "a" }',
    "walk": "deny contains path[0] if walk(input, [path, 3])",
    "index-of-two-lists": 'deny contains "x" if input.pods[i].name == input.names[i]',
    "member-of-an-empty-default": 'default most := {}\n\ndeny contains "x" if most.replicas > 3',
    "wildcards": 'deny contains "x" if input.pods[_].containers[_].name == "a"',
    "index-bound-later": 'deny contains "x" if { not input.pods[i].ready; input.pods[i] }',
    "order-does-not-matter": 'deny contains "x" if { a > 3; a = input.parameters.replicas }',
    "unified-patterns": 'deny contains "x" if { [a, {"k": b}] = [input.a, {"k": input.b}]; a == b }',
    "unified-with-a-pattern": 'deny contains "x" if { {"name": name} = input.target; name != "" }',
    "chain-of-bindings": 'deny contains "x" if { a = b; b = c; c = input.n; a > 3 }',
    "pattern-assigned": 'deny contains "x" if { [first, _] := split(input.image, "/"); first == "a" }',
    "object-pattern-assigned": 'deny contains "x" if { {"name": name} := input.target; name == "a" }',
    "elements": "deny contains pod.name if some pod in input.pods",
    "keys": 'deny contains name if some name, "frozen" in input.labels',
    "pattern-of-elements": 'deny contains v if some {"name": "tier", "value": v} in input.pairs',
    "element-of-an-element": "deny contains c.name if { some p in input.pods; some c in p.containers }",
    "declared-index": 'deny contains "x" if { some i; input.pods[i].ready == false }',
    "declared-outside-of-a-comprehension": "ready := [i | some i; input.pods[i].ready]",
    "comprehension-sees-the-body": 'deny contains "x" if { some p in input.pods; count([1 | p.name == input.names[_]]) > 1 }',
    "comprehension-of-a-comprehension": "grid := [[a, b] | some a in input.as; some b in [c | some c in input.bs; c > a]]",
    "set-comprehension": 'names := {p.name | some p in input.pods; p.name != ""}',
    "object-comprehension": "by_name := {p.name: p | some p in input.pods}",
    "comprehension-head-is-a-reference": "names := [input.pods[i].name | input.ready[i]]",
    "head-is-a-reference": "first_name := input.pods[0].name if input.pods",
    "same-name-in-two-comprehensions": "both := [n | n := input.as[_]] if count([n | n := input.bs[_]]) > 0",
    "shadowed-in-a-comprehension": "outer := n if { n := 3; count([n | n := input.as[_]]) > n }",
    "every": 'deny contains "x" if { every p in input.pods { p.ready } }',
    "every-with-a-key": 'deny contains "x" if { every k, v in input.labels { k != v } }',
    "every-sees-the-body": 'deny contains "x" if { n := input.n; every p in input.pods { p.restarts > n } }',
    "every-in-every": 'deny contains "x" if { every p in input.pods { every c in p.containers { c != p.name } } }',
    "else": "size := 1 if input.a\n\nelse := 2 if input.b\n\nelse := 3",
    "else-in-braces": "size := n if { n := input.a } else := m if { m := input.b }",
    "default": "default size := 3\n\nsize := input.a if input.a",
    "default-object": 'default limits := {"a": [1, 2], "b": {}}\n\nlimits := input.limits if input.limits',
    "default-function": "default f(_) := 3\n\nf(x) := 4 if x == 1",
    "function-of-a-pattern": "f([a, b]) := a + b",
    "function-of-a-constant": 'f("a") := 1\n\nf("b") := 2',
    "function-of-an-object": 'f({"k": v}) := v',
    "function-without-value": "f(x) if x > 3",
    "function-calls-function": "f(x) := g(x) + 1\n\ng(x) := x * 2",
    "function-as-argument-value": "f(x) := count(g(x))\n\ng(x) := [x]",
    "partial-object": "owner[pod.name] := pod.owner if some pod in input.pods",
    "partial-object-of-sets": "owner[pod.name] contains pod.owner if some pod in input.pods",
    "dotted-rule": "limits.replicas := 3\n\nlimits.pods := 4\n\nboth := limits.replicas + limits.pods",
    "dotted-rule-with-a-variable": "limits[name].replicas := 3 if some name in input.names",
    "set-operations": 'extra := ({1, 2} | {3}) - {1 | input.a} if count({"a"} & {"b"}) == 0',
    "arithmetic": "n := ((1 + 2) * 3 - 4) / 5 % 2 if input.a",
    "negative-numbers": "n := -1 if input.a > -3",
    "membership": 'deny contains "x" if input.namespace in {"a", "b"}',
    "membership-with-a-key": 'deny contains "x" if "tier", "web" in input.labels',
    "membership-under-not": 'deny contains "x" if not input.namespace in {"a", "b"}',
    "not-of-a-call": 'deny contains "x" if not startswith(input.namespace, "kube-")',
    "not-of-a-known-index": 'deny contains "x" if { some i, _ in input.pods; not input.pods[i].ready }',
    "string-interpolation": 'deny contains $"{input.namespace} is closed" if input.action',
    "raw-text": 'deny contains `x "y" {{{` if input.action',
    "text-with-keywords": 'deny contains "if not some x in y := { [ (" if input.action',
    "comment-with-brackets": 'deny contains "x" if { # { [ (\n\tinput.action # ) ]\n}',
    "over-lines": 'deny contains sprintf(\n\t"%v: %v",\n\t[\n\t\tinput.a,\n\t\tinput.b,\n\t],\n) if {\n\tinput.a\n}',
    "object-result": 'deny contains {"code": "x", "message": msg} if msg := sprintf("%v", [input.a])',
    "rule-of-this-package-by-full-name": "p if data.kubernetesexecution.safety.common.broken.q\n\nq if input.a",
    "data-of-the-config": 'deny contains "x" if input.n > data.config.limits.anything[input.namespace]',
    "data-of-a-variable": "values := [v | some name in input.names; v := data.config[name]]",
    "whole-package": "names := object.keys(data.kubernetesexecution.lib.sizes.by_name)",
    "field-of-a-constant": 'deny contains "x" if sizes.point.y.z == "deep"',
    "key-of-a-constant-by-variable": 'deny contains "x" if { some k in ["x", "y"]; sizes.point[k] }',
    "member-of-a-set-rule": 'deny contains "x" if sizes.names[input.namespace]',
    "import-of-a-rule": 'import data.kubernetesexecution.lib.sizes.limit\n\ndeny contains "x" if input.n > limit',
    "import-renamed": 'import data.kubernetesexecution.lib.sizes.more as less\n\ndeny contains "x" if input.n > less.limit',
    "import-of-input": 'import input.parameters as given\n\ndeny contains "x" if given.replicas > 3',
    "import-of-data": 'import data.config.limits\n\ndeny contains "x" if limits.replicas > 3',
    "object-get": 'deny contains "x" if object.get(input, ["target", "name"], "") == "a"',
    "union-of-types": 'deny contains "x" if { v := object.get(input.labels, "a", false); v == "yes" }',
    "compared-with-null": 'deny contains "x" if input.parameters.grace == null',
    "number-or-text": 'value(x) := 3 if x == "a"\n\nvalue(x) := "b" if x == "b"\n\ndeny contains "x" if value(input.a) == "b"',
    "mixed-list": 'deny contains "x" if { some v in ["a", 1, null]; v == 1 }',
    "empty-collections": "p if { input.a == []; input.b == {}; input.c == set() }",
    "print": 'deny contains "x" if { print("a", input.a); input.b }',
    "time": 'deny contains "x" if time.parse_rfc3339_ns(input.request.time) > 3',
    "concat-of-a-split": 'deny contains concat("/", array.slice(split(input.image, "/"), 0, 1)) if input.action',
    "concat-is-a-text": 'deny contains "x" if startswith(concat("/", ["a", "b"]), "a")',
    "count-of-an-object": 'deny contains "x" if count({"a": 1}) == 1',
    "reverse-is-a-text": 'deny contains "x" if lower(strings.reverse("abc")) == "cba"',
    "call-with-a-call": 'deny contains "x" if count(split(lower(trim_space(input.a)), ",")) > 3',
    "field-of-a-call": 'deny contains "x" if json.unmarshal(input.a).b == 3',
    "index-of-a-call": 'deny contains "x" if split(input.a, ",")[0] == "b"',
    "keyword-as-a-field": 'deny contains "x" if { input.contains.in; input["if"].every }',
    "name-of-a-builtin": 'deny contains "x" if { count := 3; input.a > count }',
    "rule-before-and-behind": "p if q\n\nq if r\n\nr if input.a",
    "same-condition-twice": 'deny contains "a" if input.a == 1\n\ndeny contains "b" if input.a == 1',
    "semicolons": 'deny contains "x" if { input.a; input.b ; input.c }',
    "line-ends-in-a-comma": 'p := {\n\t"a": 1,\n\t"b": [\n\t\t1,\n\t\t2,\n\t],\n}',
    "metadata": '# METADATA\n# title: X\n# custom:\n#   code: a.b\ndeny contains "x" if input.a',
    "non-ascii": 'deny contains "ä → é" if input.ü == "ö"'.replace("input.ü", 'input["ü"]'),
}

# Sound for OPA; what the engine makes of it is not what OPA does.
WITH = {
    "with-input": 'p if q with input as {"a": 3}\n\nq if input.a == 3',
    "with-a-part-of-input": "p if q with input.a as 3\n\nq if input.a == 3",
    "with-data": 'p if q with data.config.limits as {"n": 1}\n\nq if data.config.limits.n == 1',
    "with-a-rule": "p if q with sizes.limit as 4\n\nq if sizes.limit == 4",
    "with-a-function": "p if q with sizes.large as small\n\nq if sizes.large(1)\n\nsmall(n) if n < 3",
    "with-a-builtin": 'p if q with lower as upper\n\nq if lower("a") == "A"',
    "with-a-value-of-the-body": "p if { n := input.n; q with input.a as n }\n\nq if input.a == 3",
}

OLD = {
    "imported-keywords": """\
package kubernetesexecution.safety.production

import future.keywords.if
import future.keywords.in

default allow = false

deny[msg] {
    live
    input.parameters.replicas > 20
    msg := sprintf("%d replicas are more than 20", [input.parameters.replicas])
}

live if { input.labels["environment"] in ["production", "prod"] }

allow if { not live }
""",
    "no-keywords": """\
package kubernetesexecution.safety.production

deny[msg] {
    input.namespace == closed[_]
    msg = sprintf("namespace %s is closed", [input.namespace])
}

closed = ["kube-system"]

ceiling(n) = 20 { n > 3 }

else = 10 { n > 1 }
""",
    "every-brings-in": """\
package kubernetesexecution.safety.production

import future.keywords.every

deny[msg] {
    every pod in input.pods { pod.ready }
    some name in input.names
    msg := name
}
""",
    "all-keywords": """\
package kubernetesexecution.safety.production

import future.keywords

deny contains msg if {
    some msg in input.messages
}

warn[msg] { msg := input.warning }
""",
}
