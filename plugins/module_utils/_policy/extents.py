# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a term ends in the text: the tree says where it begins, and leaves out brackets that close it.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import NOWHERE, Node

BRACKET = re.compile(rb'"(?:\\.|[^"\\\n])*"|`[^`]*`|#[^\n]*|[()\[\]{}]')
_LISTS = frozenset({"refargseq", "withseq", "exprseq"})
PAIRS: Mapping[bytes, bytes] = {b"(": b")", b"[": b"]", b"{": b"}"}


def of(content: bytes, node: Node, start: int | None = None) -> tuple[int, int]:
    """First byte of a term and the one behind it.

    Args:
        start: Where it begins, if that is before its own place (a bracket around it).
    """
    begin = node.place if start is None else start
    return begin, closed(content, begin, last(node))


def last(node: Node) -> int:
    """The byte behind the last word below a node. Lists without elements say nothing: they reach too far."""
    leaves = (part for part in node.walk() if not part.children and part.kind not in _LISTS and part.start != NOWHERE)
    return max((leaf.start + leaf.length for leaf in leaves), default=node.place)


def closed(content: bytes, begin: int, stop: int) -> int:
    """The first place from ``stop`` on at which every bracket that opened since ``begin`` is closed."""
    depth = 0
    for match in BRACKET.finditer(content, begin):
        if match.start() >= stop and depth <= 0:
            break
        found = match.group()
        if found in PAIRS:
            depth += 1
        elif found in PAIRS.values():
            depth -= 1
            if match.start() >= stop:
                stop = match.end()
        elif match.end() > stop > match.start():
            stop = match.end()
    return stop


def replaced(content: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    """The text with other text in some places (first byte, the one behind the last, text). They do not overlap."""
    for start, end, text in sorted(edits, reverse=True):
        content = content[:start] + text + content[end:]
    return content
