# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a text gets to see of input, data and functions."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import read
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.needs import Needs

MODULES = {
    "a_test.rego": """\
package k.a_test

import data.config.limits
import data.k.lib
import input.request as asked

helper := lib.plain

denied(d) if lib.size with input as d
""",
    "lib.rego": """\
package k.lib

plain := double(3)

double(n) := n * 2

size := data.config.n + double(plain)

over if input.n > size

first := second

second := first

now := time.now_ns()
""",
}


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ('x == "input"', set()),
        ("helper == lib.double(3)", set()),
        ("lib.size == 3", {"data"}),
        ("count(lib.over) > 1", {"count", "data", "input"}),
        ("limits.n", {"data"}),
        ("asked.time", {"input"}),
        ("x.input", set()),
        ("lib[x]", {"data", "input", "time.now_ns"}),
        ("data.k.lib.now", {"time.now_ns"}),
        ("data[x]", {"data", "input", "time.now_ns", "with"}),
        ("lib.first", set()),
        ("denied(1)", {"data", "input", "with"}),
        ("lib.nothing", {"data"}),
    ],
    ids=[
        "none",
        "helper",
        "data-behind-a-rule",
        "both",
        "import-of-data",
        "import-of-input",
        "field",
        "package",
        "full-name",
        "everything",
        "circle",
        "helper-with-clauses",
        "no-rule",
    ],
)
def test_needs_are_found_through_rules(text: str, needs: set[str]) -> None:
    module = read("a_test.rego", MODULES["a_test.rego"])
    tokens = read("b.rego", f"x if {text}\n").rules[0].tokens[2:]
    assert Needs(MODULES).of(tokens, module) == needs
