# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Config that names a rule or a level which does not exist: it would do nothing, and nobody would hear of it.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import rego_text
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library

FILE = "config"
LEVELS = ("deny", "warn", "dryrun")
_RULES = re.compile(r"kubernetesexecution\.(?:safety\.)?(.+)")
_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


def check(library: Library) -> Iterator[Finding]:
    """Warnings about ``config.enforcement``, ``config.exceptions`` and ``config.overrides.codes``."""
    config: Any = library.data.get("config")
    if not isinstance(config, Mapping):
        return
    codes: frozenset[str] | None = None
    for path, code in _named(config):
        if codes is None:
            codes = _codes(library)
        if code not in codes:
            message = f"data.config.{path} names {code}, which no rule reports."
            remedy = (
                "Correct the spelling: policy_library_info and docs/rules list the codes. Until then it does nothing."
            )
            yield Finding(FILE, 0, "lint.unknown-code", "warning", message, remedy)
    levels = config.get("enforcement")
    for code, level in levels.items() if isinstance(levels, Mapping) else ():
        if level not in LEVELS:
            message = f"data.config.enforcement gives {code} the level {level!r}, which counts as deny."
            yield Finding(FILE, 0, "lint.unknown-level", "warning", message, f"Write one of {', '.join(LEVELS)}.")


def _named(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Path and text of every code that the config names."""
    for code in _mapping(config.get("enforcement")):
        yield "enforcement", code
    for number, entry in enumerate(_list(config.get("exceptions"))):
        for code in _list(_mapping(entry).get("rules")):
            yield f"exceptions[{number}].rules", str(code)
    for code in _list(_mapping(config.get("overrides")).get("codes")):
        yield "overrides.codes", str(code)


def _codes(library: Library) -> frozenset[str]:
    """What a rule can report: codes of METADATA, texts of the policies, and packages, by which plain texts go."""
    codes = set(library.data.get("rules", {}))
    for text in library.modules.values():
        codes.update(_TEXT.findall(text))
        if named := _RULES.fullmatch(rego_text.package_name(text)):
            codes.add(named[1])
    return frozenset(codes)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
