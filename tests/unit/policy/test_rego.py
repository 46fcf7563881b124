# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The adapter: what the engine says, in words that can be used."""

from __future__ import annotations

import json

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child, rego

HEAD = "package kubernetesexecution\n\nimport rego.v1\n\n"


@pytest.fixture(autouse=True)
def _prepared() -> None:
    rego.prepare()


def evaluated(text: str, term: str = "{}") -> tuple[str | None, str]:
    """Value as JSON and error of ``decision``. Everything that runs policy text does so in a child."""

    def work() -> bytes:
        bundle = rego.compile_bundle({"main.rego": HEAD + text}, [rego.ENTRYPOINT])
        return json.dumps(rego.evaluate(bundle, term).text).encode()

    outcome = child.run(work)
    return (json.loads(outcome.answer) if outcome.answer else None), outcome.error


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("decision := [1, {}]", "[1,{}]"),
        ("decision := input.a", "3"),
        ("decision := input.b", None),
        ("decisions := 1", None),
    ],
    ids=["value", "input", "undefined", "no-such-rule"],
)
def test_value_comes_back_as_json(text: str, value: str | None) -> None:
    found, error = evaluated(text, '{"a":3}')
    assert (found and found.replace(", ", ",").replace(" ", ""), error) == (value, "")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('decision := to_number("x")', "invalid syntax"),
        (
            "decision := 1 if input.a\n\ndecision := 2 if input.a",
            "complete rules must not produce multiple outputs",
        ),
        ("decision := nosuch(input.a)", "Function not found: nosuch"),
        ("decision := {", "this is unclosed"),
        ("decision := http.send({})", "HTTP builtins are not supported"),
    ],
    ids=["built-in", "conflict", "undefined-function", "syntax", "unsupported-built-in"],
)
def test_error_is_one_line(text: str, error: str) -> None:
    assert evaluated(text, '{"a":3}') == (None, error)


def test_printed_errors_name_file_and_line_once_each() -> None:
    output = """Errors:
Invalid rule head
-- a/b.rego:3:6
deny contains if }
     ~~~~~~~~

--
wellformed_error

----------------
Invalid rule head
-- a/b.rego:3:6

----------------
this is unclosed
-- c.rego:1:1
x {
"""
    assert rego.printed_errors(output) == "a/b.rego:3:6: Invalid rule head; c.rego:1:1: this is unclosed"
    assert rego.printed_errors("hello\n") == ""


@pytest.mark.parametrize(
    ("name", "known"),
    [("count", True), ("time.parse_rfc3339_ns", True), ("print", True), ("net.cidr_contains", False), ("limit", False)],
)
def test_builtins_are_those_that_the_engine_has(name: str, known: bool) -> None:
    assert rego.is_builtin(name) is known
