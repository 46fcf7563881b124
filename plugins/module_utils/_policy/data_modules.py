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
    """Modules that define the data. The two upper levels of the data have to be mappings of names that can be rules'.

    A mapping on the third level becomes a package of its own, as far as its keys can be rules' names: the engine builds the
    whole of a rule's value when one member is asked for (0.6 ms for the catalogue), but only the one rule of a package.

    Raises:
        PolicyUnusable: ``policy.parse-error``.
    """
    modules: dict[str, str] = {}
    for root, content in sorted(data.items()):
        _require_names(root, content)
        inner = {name: value for name, value in content.items() if _is_package(value)}
        modules[f"data/{root}.rego"] = _module(root, {name: content[name] for name in content if name not in inner})
        modules.update((f"data/{root}/{name}.rego", _module(f"{root}.{name}", inner[name])) for name in sorted(inner))
    return modules


def _require_names(root: str, content: Any) -> None:
    if not isinstance(content, Mapping):
        raise unusable("policy.parse-error", f"data.{root} has to be a mapping of names to values.")
    for name in (root, *content):
        if not _is_name(name):
            place = f"data.{root}" if name == root else f"data.{root}.{name}"
            raise unusable("policy.parse-error", f"{place}: the name has to consist of letters, digits and _ only.")


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(_NAME.match(name)) and name not in _RESERVED


def _is_package(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(_is_name(name) for name in value)


def _module(package: str, content: Mapping[str, Any]) -> str:
    rules = [f"\n{name} := {_literal(value)}\n" for name, value in sorted(content.items())]
    return f"package {package}\n\nimport rego.v1\n{''.join(rules)}"


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
