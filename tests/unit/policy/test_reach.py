# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a package leads to, and who else uses its denials."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.faults import reach

TEXTS = {
    "a.rego": 'package a.one\n\nimport data.lib.sizes\n\ndeny contains "x" if sizes.large(1)\n',
    "sizes.rego": 'package lib.sizes\n\nlarge(n) if n > data["config"].limits.most\n',
    "config.rego": "package config\n\nlimits := {}\n",
    "main.rego": "package a\n\nimport data.b\n\nall := b.deny\n",
    "b.rego": 'package b\n\n# data.a.one\ndeny contains "y"\n',
}


def test_modules_are_what_the_text_names_and_nothing_else() -> None:
    assert list(reach.modules(TEXTS, "a.one")) == ["a.rego", "config.rego", "sizes.rego"]
    assert list(reach.modules(TEXTS, "a")) == sorted(TEXTS)


def test_texts_and_comments_refer_to_nothing() -> None:
    text = 'package a\n\np := "data.b" # data.c\n\nq := [input.data.d, x["data"], data.e["f g"].h]\n'
    assert reach.references(text) == {("e", "f g", "h")}


@pytest.mark.parametrize(
    ("rule", "path", "serves"),
    [
        ('warn contains "deny"', "a.rego", False),
        ("free if count(deny) == 0", "a.rego", True),
        ('warn contains "x" if {\n\tdeny["x"]\n}', "a.rego", True),
        ("free if count(data.a.one.deny) == 0", "b.rego", True),
        ("free if count(data.a[_].deny) == 0", "b.rego", True),
        ("free if count(data.a.one.warn) == 0", "b.rego", False),
    ],
)
def test_denials_serve_others_when_a_rule_may_read_them(rule: str, path: str, serves: bool) -> None:
    texts = {**TEXTS, path: f"{TEXTS[path]}\n{rule}\n"}
    assert reach.serves_others(texts, "a.one", "deny") is serves
