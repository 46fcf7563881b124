# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Policies that fail while they are evaluated: what fails, and where in a library it stands.

Each is whole files. The lines that are to be named end with ``# here``; the input is ``DOCUMENT``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.unit.policy.libraries import rules

DOCUMENT: Mapping[str, Any] = {
    "action": "ScaleDeployment",
    "namespace": "shop",
    "unavailable": [],
    "zero": 0,
    "names": ["a", "b"],
    "mixed": [1, "x"],
}
FILE = "kubernetesexecution/safety/acme/acme.rego"
OTHER_FILE = "kubernetesexecution/lib/acme/acme.rego"
STAGING = "kubernetesexecution/safety/staging/acme/acme.rego"
MARK = "# here"
LOOP = "count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b == 0])"


class Kind(NamedTuple):
    """``statement`` fails, or one of ``rules`` that it refers to. ``opa``: the real ``opa`` calls it an error as well."""

    statement: str
    rules: str = ""
    opa: bool = True


KINDS: Mapping[str, Kind] = {
    "division-by-zero": Kind("1 / input.zero > 3"),
    "remainder-of-a-fraction": Kind("1.5 % 2 == 0"),
    "text-less-a-number": Kind("input.namespace - 1 > 0"),
    "number-of-a-text": Kind("to_number(input.namespace) > 3"),
    "format-without-argument": Kind('sprintf("%s %d", [input.namespace]) == "x"', opa=False),
    "format-of-another-type": Kind('sprintf("%d", [input.namespace]) == "x"', opa=False),
    "format-without-list": Kind('sprintf("%s", input.namespace) == "x"'),
    "regular-expression": Kind('regex.match("(", input.namespace)'),
    "key-of-a-text": Kind('object.get(input.namespace, "a", 1) == 2'),
    "json-of-rubbish": Kind("json.unmarshal(input.namespace) == {}"),
    "time-of-rubbish": Kind("time.parse_rfc3339_ns(input.namespace) > 1"),
    "unknown-time-zone": Kind("time.clock([1, input.namespace])[0] > 1"),
    "units-of-rubbish": Kind("units.parse(input.namespace) > 1"),
    "bytes-of-rubbish": Kind("units.parse_bytes(input.namespace) > 1"),
    "range-from-a-text": Kind("count(numbers.range(input.namespace, 3)) > 1"),
    "size-of-a-number": Kind("count(input.zero) > 1"),
    "negative-offset": Kind('substring(input.namespace, -1, 2) == "x"'),
    "join-of-a-number": Kind('concat(",", input.mixed) == "x"'),
    "split-of-a-number": Kind('split(input.zero, ",") == []'),
    "duration-of-rubbish": Kind("time.parse_duration_ns(input.namespace) > 1"),
    "hexadecimal-of-rubbish": Kind('hex.decode(input.namespace) == "x"'),
    "yaml-of-rubbish": Kind('yaml.unmarshal("a: [") == {}'),
    "two-values-of-a-key": Kind('{k: v | some k in ["a"]; some v in [1, input.zero]}.a == 1'),
    "values-of-a-rule": Kind("limit > 3", f"limit := 1 if input.zero == 0 {MARK}\n\nlimit := 2 if input.names {MARK}"),
    "values-of-a-function": Kind("limit(0) > 3", f"limit(n) := 1 if n == 0 {MARK}\n\nlimit(n) := 2 if n < 2 {MARK}"),
    "values-of-an-object": Kind(
        "limits.b > 3",
        f'limits[k] := 1 if some k in ["a", "b"] {MARK}\n\nlimits[k] := 2 if some k in ["b", "c"] {MARK}',
    ),
    "statement-of-a-comprehension": Kind(
        "count(sizes) > 9", f"sizes := [size |\n\tsome name in input.names\n\tsize := to_number(name) {MARK}\n]"
    ),
    "value-of-a-comprehension": Kind(
        "count(sizes) > 9", f"sizes := [\n\tto_number(name) | {MARK}\n\tsome name in input.names\n]"
    ),
    "statement-of-every": Kind(
        "sized",
        f'sized if {{\n\tevery name in input.names {{\n\t\tname != ""\n\t\tto_number(name) > 1 {MARK}\n\t}}\n}}',
    ),
    "value-of-else": Kind(
        'size("a") > 1',
        f'size(n) := n if is_number(n)\n\nelse := 3 if n == ""\n\nelse := (1 + to_number(n)) * 2 {MARK}',
    ),
    "value-of-a-function": Kind('size("a") > 1', f"size(n) := to_number(n) {MARK}"),
    "use-of-a-function": Kind(f'to_number(size("a")) > 1 {MARK}', "size(n) := upper(n)"),
    "negated": Kind("not sized", f"sized if {{\n\tinput.zero == 0\n\tto_number(input.namespace) > 1 {MARK}\n}}"),
}
"""Kinds of errors whose rules have no mark fail in the statement itself."""


def _in_rule(kind: Kind, kind_of_rule: str, package: str = "acme") -> str:
    return rules(
        package,
        f"""deny contains "a denial of the same file" if input.zero == 0

warn contains "a warning of the same file" if input.zero == 0

{kind_of_rule} contains message if {{
	input.zero == 0
	message := "never said"
	{_marked(kind)}
	input.zero < 4
}}

{kind.rules}""",
    )


def _with_helper(call: str, helper: str = "") -> str:
    return rules(
        "acme",
        f"""deny contains "a denial of the same file" if input.zero == 0

warn contains "a warning of the same file" if input.zero == 0

deny contains "never said" if {{
	some name in input.names
	{call}
}}

{helper}""",
    )


def _helper(kind: Kind) -> str:
    return f'odd(name) if {{\n\tname != ""\n\t{_marked(kind)}\n\tname != "c"\n}}\n\n{kind.rules}'


def _marked(kind: Kind) -> str:
    return kind.statement if MARK in kind.rules + kind.statement else f"{kind.statement} {MARK}"


def placements(kind: Kind) -> dict[str, dict[str, str]]:
    """The files with the error in one place or another."""
    lib = f"package kubernetesexecution.lib.acme\n\nimport rego.v1\n\n{_helper(kind)}"
    return {
        "deny": {FILE: _in_rule(kind, "deny")},
        "warn": {FILE: _in_rule(kind, "warn")},
        "helper": {FILE: _with_helper("odd(name)", _helper(kind))},
        "other-file": {FILE: _with_helper("data.kubernetesexecution.lib.acme.odd(name)"), OTHER_FILE: lib},
        "other-environment": {STAGING: _in_rule(kind, "deny", "staging.acme")},
    }


def marked_places(modules: Mapping[str, str]) -> list[str]:
    """``file:line`` of the marked lines, in the order of the text."""
    return [f"{path}:{line}" for path, line in _marked_lines(modules)]


def _marked_lines(modules: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for path, text in modules.items():
        for number, line in enumerate(text.splitlines(), 1):
            if line.endswith(MARK):
                yield path, number
