# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine's own syntax tree of policy text: what linter, coverage and mutation stand on.

The engine writes a module as an s-expression: ``(rego-var |52|1:x)`` is the variable ``x`` at byte 52. Nodes that only
wrap another (``expr``, ``term``, ``scalar``, ``string``, ``exprparens``) are left out, the prefix ``rego-`` as well.

Measured with regopy 1.5.2: a node starts where it says; its length ends before closing brackets, and that of a rule
reaches into the next one. A name that the engine invented for ``_`` begins with ``_$``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_NODE = re.compile(rb"\s*(?:(\))|(\{\})|\(([\w-]+))")
_SOURCE = re.compile(rb" (\d+):")
_PLACE = re.compile(rb" ?\|(\d+)\|(\d+)")
_PREFIX = "rego-"
_WRAPPERS = frozenset({"expr", "term", "scalar", "string", "exprparens"})
NOWHERE = -1


class Node(NamedTuple):
    """``start`` and ``length`` in bytes; ``start`` is ``NOWHERE`` for what the engine added. ``text``: of leaves."""

    kind: str
    start: int
    length: int
    text: str
    children: tuple[Node, ...]

    def walk(self) -> Iterator[Node]:
        """The node and everything below it, in the order of the text."""
        ahead = [self]
        while ahead:
            node = ahead.pop()
            yield node
            ahead.extend(reversed(node.children))

    def child(self, kind: str) -> Node | None:
        """The first child of a kind."""
        return next((node for node in self.children if node.kind == kind), None)

    @property
    def place(self) -> int:
        """Byte where the node begins: its own, or the first that something below it has; 0 when nothing has one."""
        return next((node.start for node in self.walk() if node.start != NOWHERE), 0)


class Source(NamedTuple):
    """One file: its text as bytes, its tree, and where its lines begin."""

    path: str
    content: bytes
    tree: Node
    lines: tuple[int, ...]

    def line(self, place: int) -> int:
        """Number of the line, from 1, in which a byte lies."""
        return bisect.bisect_right(self.lines, place)


def source(path: str, text: str, tree: bytes) -> Source:
    """A file with its tree, as the engine wrote it."""
    content = text.encode()
    lines = (0, *(match.end() for match in re.finditer(rb"\n", content)))
    return Source(path, content, parse(tree), lines)


def parse(tree: bytes) -> Node:
    """Read the engine's s-expression. Returns the node of the module.

    Raises:
        ValueError: It is none.
    """
    position = tree.index(b"(top")
    stack: list[tuple[str, int, int, str, list[Node]]] = []
    while True:
        match = _NODE.match(tree, position)
        if match is None:
            raise ValueError(f"no syntax tree at byte {position}")
        position = match.end()
        if match.group(3):
            start, length, text, position = _location(tree, position)
            stack.append((match.group(3).decode().removeprefix(_PREFIX), start, length, text, []))
        elif match.group(1):
            kind, start, length, text, children = stack.pop()
            node = children[0] if kind in _WRAPPERS and len(children) == 1 else None
            node = node or Node(kind, start, length, text, tuple(children))
            if not stack:
                return node.children[0]
            stack[-1][4].append(node)


def _location(tree: bytes, position: int) -> tuple[int, int, str, int]:
    """Start, length and text behind a node's name, and where they end."""
    text = b""
    match = _SOURCE.match(tree, position)
    if match:  # a text without a place, or the name of the file before a place
        end = match.end() + int(match.group(1))
        text, position = tree[match.end() : end], end
    match = _PLACE.match(tree, position)
    if not match:
        return NOWHERE, 0, text.decode(), position
    start, length, position = int(match.group(1)), int(match.group(2)), match.end()
    if tree[position : position + 1] == b":":
        end = position + 1 + length
        return start, length, tree[position + 1 : end].decode(), end
    return start, length, "", position


def constant(node: Node) -> tuple[bool, object]:
    """Whether the node is a scalar, and its value. A number is a float or an int, like JSON's."""
    if node.kind == "STRING":
        try:
            return True, json.loads(node.text, strict=False)
        except ValueError:
            return True, node.text.strip('"')
    if node.kind == "rawstring":
        return True, node.text.strip("`")
    if node.kind == "INT":
        return True, int(node.text)
    if node.kind == "FLOAT":
        return True, float(node.text)
    literals: dict[str, object] = {"true": True, "false": False, "null": None}
    return (True, literals[node.kind]) if node.kind in literals else (False, None)
