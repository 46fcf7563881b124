# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Config means in Python what it means in YAML 1.2 and JSON."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.config_files import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("22:00", "22:00"),
        ("2026-12-24", "2026-12-24"),
        ("2026-12-24T10:00:00Z", "2026-12-24T10:00:00Z"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-3", -3),
        ("010", "010"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        ("2.5e3", 2500.0),
        (".nan", ".nan"),
        ("~", None),
        ("", None),
        ("'3'", "3"),
        ("[a, 1]", ["a", 1]),
        ("<<: 3", {"<<": 3}),
    ],
)
def test_yaml_scalar_has_the_type_of_json(text: str, value: Any) -> None:
    assert parse_yaml(text, "a.yaml") == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "a.yaml: a key stands twice"),
        ("x:\n  1: a\n", "a.yaml:2:3: a key is no text"),
        ("a: !!python/object:os.system x\n", "a.yaml:1:4: "),
        ("a: b: c\n", "a.yaml:1:5: mapping values are not allowed here."),
    ],
    ids=["twice", "number-as-key", "python-object", "syntax"],
)
def test_yaml_that_is_ambiguous_is_refused(text: str, message: str) -> None:
    with pytest.raises(PolicyUnusable) as caught:
        parse_yaml(text, "a.yaml")
    assert caught.value.code == "policy.parse-error"
    assert caught.value.message.startswith(message.split(":")[0])
    assert message in caught.value.message or message.startswith("a.yaml: a key stands twice")
