# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Index of a library's rules, from the METADATA that stands above them.

A denial carries a code only; title, remedy and facts are kept once, beside the rule. regopy has no ``rego.metadata``,
so the index is kept beside the config, as ``rules`` of the library's data.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.config_files import parse_yaml
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name

VERSION = 2
"""Of the index: raise it when other things come out of the same text."""

_BLOCK = re.compile(r"^[ \t]*#[ \t]*METADATA[ \t]*\n((?:[ \t]*#[^\n]*(?:\n|\Z))*)", re.MULTILINE)


def index(modules: Mapping[str, str], docs: str = "") -> dict[str, dict[str, Any]]:
    """``{code: {title, description, remedy, facts, package, level, docs}}`` of every annotation with a ``custom.code``.

    Args:
        docs: Where a rule is described that does not say so itself (``custom.docs``); ``{code}`` stands for its code.

    Raises:
        PolicyUnusable: ``policy.parse-error`` for an annotation that is no YAML mapping, ``policy.lint-error`` for a
            code that two annotations claim.
    """
    rules: dict[str, dict[str, Any]] = {}
    origin: dict[str, str] = {}
    for path, text in sorted(modules.items()):
        for place, annotation, level in _annotations(path, text):
            custom = annotation.get("custom")
            code = custom.get("code") if isinstance(custom, dict) else None
            if not isinstance(custom, dict) or not isinstance(code, str):
                continue
            if code in rules:
                raise unusable("policy.lint-error", f"{place}: the code {code} is described at {origin[code]} already.")
            origin[code] = place
            rules[code] = {
                "title": _text(annotation.get("title")),
                "description": _text(annotation.get("description")),
                "remedy": _text(custom.get("remedy")),
                "facts": [fact for fact in custom.get("facts") or [] if isinstance(fact, str)],
                "package": package_name(text),
                "level": level,
                "docs": _text(custom.get("docs")) or docs.replace("{code}", code),
            }
    return rules


def _annotations(path: str, text: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Where it stands, what it says, and the level that the rule below it is written with."""
    for match in _BLOCK.finditer(text):
        place = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
        lines = [line.strip().removeprefix("#") for line in match.group(1).splitlines()]
        annotation = parse_yaml(textwrap.dedent("\n".join(lines)), place)
        if not isinstance(annotation, dict):
            raise unusable("policy.parse-error", f"{place}: METADATA has to be a YAML mapping.")
        yield place, annotation, "warn" if text.startswith("warn", match.end()) else "deny"


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
