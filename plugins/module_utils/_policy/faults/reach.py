# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules of a package can lead to, judged by the names in the text: rather too much than too little.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name

_REFERENCE = re.compile(r'(?<!["\w.])data\b((?:\s*\.\s*\w+|\["[^"\n]*"\])*)')
_PART = re.compile(r'\.\s*(\w+)|\["([^"\n]*)"\]')
_SAID = re.compile(r'(\["(?:\\.|[^"\\\n])*"\])|"(?:\\.|[^"\\\n])*"|`[^`]*`|#[^\n]*')
"""Texts and comments; a group for those that may be part of a reference."""
Path = tuple[str, ...]


def modules(texts: Mapping[str, str], package: str) -> dict[str, str]:
    """The package and all that it refers to, and what those refer to."""
    packages = {path: tuple(package_name(text).split(".")) for path, text in texts.items()}
    ahead: list[Path] = [tuple(package.split("."))]
    found: dict[str, str] = {}
    while ahead:
        wanted = ahead.pop()
        holder = max((name for name in packages.values() if name == wanted[: len(name)]), key=len, default=wanted)
        for path, name in packages.items():
            if path not in found and (name == holder or name[: len(wanted)] == wanted):
                found[path] = texts[path]
                ahead.extend(references(texts[path]))
    return dict(sorted(found.items()))


def references(text: str) -> set[Path]:
    """Everything below ``data`` that a text names, without the word itself. ``()`` for all of it."""
    found = _REFERENCE.findall(_SAID.sub(lambda said: said[1] or "", text))
    return {tuple(name or quoted for name, quoted in _PART.findall(rest)) for rest in found}


def serves_others(texts: Mapping[str, str], package: str, kind: str) -> bool:
    """Whether anything but the decision may use what the rules ``deny`` or ``warn`` of a package give."""
    rule = (*package.split("."), kind)
    own = [text for text in texts.values() if package_name(text) == package]
    foreign = [text for path, text in texts.items() if path != collector.PATH and package_name(text) != package]
    if any(_related(reference, rule) for text in (*own, *foreign) for reference in references(text)):
        return True
    return any(_named_inside(text, kind) for text in own)


def _named_inside(text: str, kind: str) -> bool:
    """Whether the word stands anywhere but at the beginning of a line, comments and texts aside."""
    bare = _SAID.sub("", text)
    return re.search(rf"^[^\n]*\S[^\n]*\b{kind}\b|^[ \t]+{kind}\b", bare, re.MULTILINE) is not None


def _related(one: Path, other: Path) -> bool:
    """Whether one of them lies below the other."""
    return all(left == right for left, right in zip(one, other, strict=False))


def without(texts: Mapping[str, str], packages: Iterable[str]) -> dict[str, str]:
    """The texts of all other packages."""
    left_out = frozenset(packages)
    return {path: text for path, text in texts.items() if package_name(text) not in left_out}
