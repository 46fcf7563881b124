# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns a library's data into policy text for the engine.

regopy 1.5.2 spoils data in its binary bundles: a text from ``data`` keeps its quotes in ``sprintf("%v: %v", ...)``,
which makes the answer invalid JSON, and ``json.marshal`` of a list fails. The same values as constants of a package
are right. So ``data.config.limits`` becomes the rule ``limits`` of the package ``config``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable

_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_RESERVED = frozenset(
    {"as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null"}
    | {"package", "some", "true", "with"}
)


def generate(data: Mapping[str, Any]) -> dict[str, str]:
    """One module per top-level key. The two upper levels of the data have to be mappings of names that can be rules'.

    Raises:
        PolicyUnusable: ``policy.parse-error``.
    """
    return {f"data/{root}.rego": _module(root, content) for root, content in sorted(data.items())}


def _module(root: str, content: Any) -> str:
    if not isinstance(content, Mapping):
        raise unusable("policy.parse-error", f"data.{root} has to be a mapping of names to values.")
    for name in (root, *content):
        if not isinstance(name, str) or not _NAME.match(name) or name in _RESERVED:
            place = f"data.{root}" if name == root else f"data.{root}.{name}"
            raise unusable("policy.parse-error", f"{place}: the name has to consist of letters, digits and _ only.")
    rules = [f"\n{name} := {_literal(value)}\n" for name, value in sorted(content.items())]
    return f"package {root}\n\nimport rego.v1\n{''.join(rules)}"


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
