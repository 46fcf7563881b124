# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that nothing defines are found; names that something defines are left alone."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.lint import lint
from tests.unit.policy.libraries import library

UNITS = "package kubernetesexecution.lib.units\n\nimport rego.v1\n\nmebi(n) := n * 1048576\n\nlimit := 3\n"
HEAD = """\
package kubernetesexecution.safety.common

import rego.v1

import data.kubernetesexecution.lib.units
import data.kubernetesexecution.lib.units.limit as ceiling
import data.config.limits

held contains pod.name if some pod in input.pods

size(pod) := pod.requests.memory

"""


def undefined(text: str) -> list[str]:
    """What the linter says about names in the file, without what it says about anything else."""
    findings = lint(library({"units.rego": UNITS, "a.rego": HEAD + text}), with_tests=False)
    return [
        finding.message
        for finding in findings
        if finding.code in ("lint.undefined-name", "lint.unsafe-variable") and finding.file == "a.rego"
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x if input.n > limit", ["limit"]),
        ("x if not limit", ["limit"]),
        ('x := sprintf("%d", [limit]) if input.n > limit', ["limit", "limit"]),
        ("x if { input.n > 3\n\tlimits.a < lmits.b }", ["lmits"]),
        ("x if mebi(3) > 2", ["mebi"]),
        ("x if units.mbi(3) > 2", ["lib.units.mbi"]),
        ("x if data.kubernetesexecution.lib.unit.limit > 2", ["data.kubernetesexecution.lib.unit.limit"]),
        ("x if data.kubernetesexecution.lib.units.limits > 2", ["data.kubernetesexecution.lib.units.limits"]),
        ("x contains y if some z in input.pods", ["y"]),
        ("x[y] { input.pods[z] }", ["y"]),
        ("x := {a: 1} if input.a", ["a"]),
        ("x := [y | some z in input.pods]", ["y"]),
        ("x if { every pod in heldd { pod } }", ["heldd"]),
        ("x if startswith(input.namespace, prefx)", ["prefx"]),
        ("x if contains(input.namespace, prefx) == false", ["prefx"]),
        ("x if time.parse_rfc3339(input.time)", ["time.parse_rfc3339"]),
        ("x if some pod in held\n\ny if pod", ["pod"]),
    ],
)
def test_undefined_name_is_found(text: str, names: list[str]) -> None:
    messages = undefined(text)
    assert len(messages) == len(set(names))
    assert all(name in message for name, message in zip(sorted(set(names)), messages, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "x if units.mebi(3) > units.limit",
        "x if ceiling > limits.replicas",
        "x if count(held) > size(input.pods[0])",
        "x if input.pods[i].name == input.names[i]",
        "x := y if y := 3",
        "x = y { y = 3 }",
        "x contains p.name if some p in input.pods",
        "x contains k if some k, v in input.labels; v",
        'x contains v if some {"value": v} in input.pairs',
        "x if { some i\n\tinput.pods[i].name }",
        "x if every k, v in input.labels { k != v }",
        "x := {k: v | some k, v in input.labels}",
        'x := [a | [a, _] := split(input.image, "/")]',
        "x contains path if walk(input, [path, value]); value",
        'x if { split(input.image, "/", [first, _]); first == "a" }',
        "x if { count(input.pods, n); n > 3 }",
        "f(a, [b, c]) := a + b + c",
        'f({"k": v}) := v',
        "x if input.labels.contains",
        'x if contains(input.namespace, "a")',
        "x if { print(input.n) }",
        "x if time.parse_rfc3339_ns(input.request.time) > 3",
        "x if data.config.anything.at.all",
        "x if held with input.pods as []",
        "x if held with data.config.limits as {}",
        "x := 1 if {\n\tinput.a # and nothing more\n} else := 2 if {\n\tinput.b\n}",
        'x := "nothing in a text, and `nothing` there" if input.a',
        "x := `raw nothing` if input.a",
        "x := set()",
        "x :=\n\tinput.a",
        'deny[msg] { msg := "x" }',
        "a.b.c if input.a",
    ],
)
def test_defined_name_is_left_alone(text: str) -> None:
    assert undefined(text) == []
