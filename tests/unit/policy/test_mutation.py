# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which changes are made to a policy."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import trees
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import mutation

HEAD = "package a\n\nimport rego.v1\n\n"


def changes(text: str) -> list[str]:
    """The rule as each change leaves it."""
    (module,) = trees.read({"a.rego": f"{HEAD}{text}\n"})
    return [mutant.applied(f"{HEAD}{text}\n").removeprefix(HEAD).rstrip("\n") for mutant in mutation.of(module)]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("p := 3", ["p := 4"]),
        ("p := true", ["p := false"]),
        ("p := input.a", []),
        ("p := input.a + input.b", ["p := input.a - input.b"]),
        ("p if input.a", ["p if not input.a", "p if true", "p if { input.a; false }"]),
        ("p if not input.a", ["p if  input.a", "p if true", "p if { not input.a; false }"]),
        (
            'p if { input.a == "x" }',
            [
                'p if { not input.a == "x" }',
                "p if { true }",
                'p if { input.a == "x"; false }',
                'p if { input.a != "x" }',
                'p if { input.a == "mutated" }',
            ],
        ),
        (
            "p if { x := input.a; x }",
            ["p if { x := input.a; not x }", "p if { x := input.a; true }", "p if { x := input.a; x; false }"],
        ),
        ("p contains x if { some x in input.a }", ["p contains x if { some x in input.a; false }"]),
        (
            "p if { f(input.a[0]) }",
            ["p if { not f(input.a[0]) }", "p if { true }", "p if { f(input.a[0]); false }", "p if { f(input.a[1]) }"],
        ),
    ],
)
def test_every_place_is_changed_once(text: str, changed: list[str]) -> None:
    assert sorted(changes(text)) == sorted(changed)


def test_comparison_is_moved_by_one() -> None:
    assert {"p if input.a >= 3", "p if input.a > 4"} <= set(changes("p if input.a > 3"))


def test_default_stays_a_default() -> None:
    assert changes("default p := 3") == ["default p := 4"]


def test_sample_is_the_same_for_a_seed() -> None:
    (module,) = trees.read({"a.rego": HEAD + "\n".join(f"p{number} := {number}" for number in range(30))})
    mutants = list(mutation.of(module))
    assert mutation.sample(mutants, 5, 1) == mutation.sample(mutants, 5, 1)
    assert mutation.sample(mutants, 5, 1) != mutation.sample(mutants, 5, 2)
    assert [mutant.start for mutant in mutation.sample(mutants, 5, 1)] == sorted(
        mutant.start for mutant in mutation.sample(mutants, 5, 1)
    )
    assert mutation.sample(mutants, 0, 1) == mutants
