# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes policies a little, one place at a time, to see whether a test notices.

A change that no test notices marks a condition, a limit or a rule that could be wrong without anybody knowing. Changes
that leave a variable without a value are left out: the linter would refuse them.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import extents
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Module, Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.patterns import infix_operator
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node

_OPERATORS: Mapping[str, tuple[bytes, bytes]] = {
    "equals": (b"==", b"!="),
    "notequals": (b"!=", b"=="),
    "lessthan": (b"<", b"<="),
    "lessthanorequals": (b"<=", b"<"),
    "greaterthan": (b">", b">="),
    "greaterthanorequals": (b">=", b">"),
    "add": (b"+", b"-"),
    "subtract": (b"-", b"+"),
    "multiply": (b"*", b"/"),
    "divide": (b"/", b"*"),
}
_CONDITIONS = frozenset({"exprinfix", "membership", "exprcall", "exprevery", "ref", "var"})
_BINDING = frozenset({"assign", "unify"})
_FLIPPED = {"true": "false", "false": "true"}
_BARE = re.compile(rb"if\b\s*")


@dataclass(frozen=True)
class Mutant:
    """``start`` to ``end`` (bytes) of a file become ``text``."""

    file: str
    line: int
    start: int
    end: int
    text: str
    what: str

    def applied(self, original: str) -> str:
        return extents.replaced(original.encode(), [(self.start, self.end, self.text.encode())]).decode()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def of(module: Module) -> Iterator[Mutant]:
    """All changes of a file, in the order of the text."""
    for rule in module.rules:
        found = {(mutant.start, mutant.end, mutant.text): mutant for mutant in _of_rule(module, rule)}
        yield from sorted(found.values(), key=lambda mutant: (mutant.start, mutant.end, mutant.text))


def sample(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Some of them, always the same for a seed; all when ``count`` is 0 or more than there are."""
    if not 0 < count < len(mutants):
        return list(mutants)
    return sorted(random.Random(seed).sample(mutants, count), key=lambda mutant: (mutant.file, mutant.start))


def _of_rule(module: Module, rule: Rule) -> Iterator[Mutant]:
    inner = {id(literal) for node in rule.nodes if node.kind == "not-expr" for literal in node.children[0].children}
    for node in rule.nodes:
        if node.kind == "literal" and id(node) not in inner:
            yield from _of_condition(module, node)
        elif node.kind in _FLIPPED and node.length:
            yield _mutant(module, node, _FLIPPED[node.kind], f"{node.kind} becomes {_FLIPPED[node.kind]}")
        elif node.kind == "INT":
            yield _mutant(module, node, str(int(node.text) + 1), f"{node.text} becomes {int(node.text) + 1}")
        elif node.kind == "exprinfix":
            yield from _of_operator(module, node)
    for branch in rule.branches:
        if branch.query is not None and branch.query.children:
            yield from _of_body(module, rule, branch.query)


def _of_body(module: Module, rule: Rule, query: Node) -> Iterator[Mutant]:
    start, end = _extent(module, query.children[-1])
    kept = module.source.content[start:end].decode()
    braces = module.source.content[query.start : query.start + 1] == b"{"
    never = f"{kept}; false" if braces else f"{{ {kept}; false }}"
    line = module.source.line(rule.place)
    yield Mutant(module.path, line, start, end, never, f"{rule.text} never holds")
    for node in query.walk():
        if node.kind == "STRING" and len(node.text) > 2:
            yield _mutant(module, node, '"mutated"', f"{node.text} becomes another text")


def _of_operator(module: Module, node: Node) -> Iterator[Mutant]:
    operator = infix_operator(node)
    if operator in _OPERATORS:
        sign = node.children[1].children[0].children[0]
        old, new = _OPERATORS[operator]
        if module.source.content[sign.start : sign.start + sign.length] == old:
            yield _mutant(module, sign, new.decode(), f"{old.decode()} becomes {new.decode()}")


def _of_condition(module: Module, literal: Node) -> Iterator[Mutant]:
    expression = literal.children[0]
    start, end = _extent(module, literal)
    content = module.source.content
    text = " ".join(content[start:end].decode().split())
    line = module.source.line(start)
    if expression.kind == "not-expr":
        yield Mutant(module.path, line, start, end, "true", f"without: {text}")
        yield Mutant(module.path, line, start, start + len("not"), "", f"without not: {text}")
    elif expression.kind in _CONDITIONS and infix_operator(expression) not in _BINDING:
        yield Mutant(module.path, line, start, end, "true", f"without: {text}")
        yield Mutant(module.path, line, start, start, "not ", f"the opposite of: {text}")


def _extent(module: Module, literal: Node) -> tuple[int, int]:
    """Of an expression of a body, with its brackets; the engine lets one behind a bare ``if`` begin there."""
    content = module.source.content
    start = literal.start
    bare = _BARE.match(content, start)
    if bare:
        start = bare.end()
    return start, extents.closed(content, start, extents.last(literal))


def _mutant(module: Module, node: Node, text: str, what: str) -> Mutant:
    return Mutant(module.path, module.source.line(node.start), node.start, node.start + node.length, text, what)
