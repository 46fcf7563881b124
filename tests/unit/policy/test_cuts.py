# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A body that ends early, as text."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import extents, trees
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.faults import cuts

TRIED = "count([1 | "


@pytest.mark.parametrize(
    ("rule", "cut"),
    [
        ("p if {\n\tinput.a\n\tinput.b\n}", ["false", f"{TRIED}input.a\n\t]) < 0", f"{TRIED}input.a\n\tinput.b]) < 0"]),
        ("p if not input.a", ["false", f"{TRIED}not input.a]) < 0"]),
        ("p := upper(x) if x := input.a", ["false", f"{TRIED}x := input.a]) < 0", "; guardrail_0 := upper(x)]) < 0"]),
        ("p := (1 + input.a) * 2", [" if { false }", f" if {{ {TRIED}guardrail_0 := (1 + input.a) * 2]) < 0 }}"]),
        ("p[x] { x := input.a }", ["false", f"{TRIED}x := input.a]) < 0"]),
    ],
    ids=["braces", "bare", "value", "no-body", "old"],
)
def test_each_step_ends_the_body_once(rule: str, cut: list[str]) -> None:
    (module,) = trees.read({"a.rego": f"package a\n\nimport rego.v1\n\n{rule}\n"})
    (body,) = cuts.of_rule(module, module.rules[0])
    changed = [extents.replaced(module.source.content, body.cut(kept)).decode() for kept in range(len(body.steps) + 1)]
    assert len(changed) == len(cut)
    assert all(expected in text for expected, text in zip(cut, changed, strict=True)), changed
