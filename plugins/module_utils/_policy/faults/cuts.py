# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies of rules that end early.

A body of three statements that ends behind the second one still fails when the first or the second fails, and no
longer when only the third does. Each change is one of bytes in the text of the policy, so that everything else (calls,
loops, ``with``) stays as it was.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import extents
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Branch, Module, Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import NOWHERE, Node

Edit = tuple[int, int, bytes]
_SHOWN = 80
_IF = re.compile(rb"if\b\s*")
_HEADS_OF = {"arraycompr": 1, "setcompr": 1, "objectcompr": 2}
_CLOSURES = frozenset({*_HEADS_OF, "exprevery"})
_PLAIN = frozenset({"var", "STRING", "INT", "FLOAT", "true", "false", "null", "rawstring"})


class Step(NamedTuple):
    """A statement, or a value that the head of its body computes."""

    node: Node
    start: int
    end: int


class Body(NamedTuple):
    """Statements of a rule, of an ``else``, of a comprehension or of ``every``, and what the head computes from them.

    Attributes:
        rule: Path of the rule whose own body this is; empty for those within a statement.
        place: Byte by which people find it.
        insertion: Where a body goes that is not there yet.
        every: It is one of ``every``, which goes on to the next element as long as the body holds.
    """

    module: Module
    rule: tuple[str, ...]
    place: int
    statements: tuple[Step, ...]
    heads: tuple[Step, ...]
    insertion: int
    every: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.statements + self.heads

    def cut(self, kept: int) -> list[Edit]:
        """The changes after which the body ends behind as many steps.

        These go into a comprehension, because the engine may look at ``false`` before it looks at what stands above.
        """
        content = self.module.source.content
        heads = self.heads[: max(0, kept - len(self.statements))]
        more = b"; ".join(
            b"guardrail_%d := %s" % (number, content[head.start : head.end]) for number, head in enumerate(heads)
        )
        if not self.statements:
            tried = b"count([1 | " + more + b"]) < 0" if heads else b"false"
            return [(self.insertion, self.insertion, b" if { " + tried + b" }")]
        first, last = self.statements[0].start, self.statements[-1].end
        if self.every:
            return [(self.statements[kept].start, last, b"true")] if kept < len(self.statements) else []
        if not kept:
            return [(first, last, b"false")]
        behind = self.statements[kept].start if kept < len(self.statements) else last
        more = b"; " + more if more else b""
        return [(first, first, b"count([1 | "), (behind, last, more + b"]) < 0")]

    def describe(self, step: Step) -> tuple[int, str]:
        """Line and text of a step."""
        source = self.module.source
        text = " ".join(source.content[step.start : step.end].decode("utf-8", "replace").split())
        return source.line(step.start), text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."

    @property
    def line(self) -> int:
        return self.module.source.line(self.place)


def of_rule(module: Module, rule: Rule) -> Iterator[Body]:
    """The bodies of a rule. A default has none, nor has a rule that consists of a name."""
    content = module.source.content
    for number, branch in enumerate(() if rule.default else rule.branches):
        statements = _statements(content, branch.query)
        heads = tuple(_step(content, term) for term in branch.terms if _stated(term))
        if not statements and not heads:
            continue
        place = branch.query.place if number and branch.query else rule.place
        computed = tuple(head for head in heads if head.node.kind not in _PLAIN)
        insertion = _behind(content, branch, heads) if not statements else 0
        yield Body(module, rule.path, place, statements, computed, insertion)


def within(module: Module, node: Node) -> Iterator[Body]:
    """The bodies of comprehensions and of ``every`` in a statement; not those inside of them."""
    content = module.source.content
    for closure in _outermost(node):
        query = next((child for child in closure.children if child.kind == "query"), None)
        statements = _statements(content, query)
        if statements:
            heads = closure.children[: _HEADS_OF.get(closure.kind, 0)]
            computed = tuple(_step(content, head) for head in heads if _stated(head) and head.kind not in _PLAIN)
            yield Body(module, (), closure.place, statements, computed, 0, closure.kind == "exprevery")


def outside(node: Node) -> Iterator[Node]:
    """The node and what is below it, without the bodies that ``within`` gives."""
    yield node
    for child in node.children:
        if node.kind not in _CLOSURES or (node.kind == "exprevery" and child.kind != "query"):
            yield from outside(child)


def _outermost(node: Node) -> Iterator[Node]:
    if node.kind in _CLOSURES:
        yield node
    else:
        for child in node.children:
            yield from _outermost(child)


def _statements(content: bytes, query: Node | None) -> tuple[Step, ...]:
    return tuple(_step(content, child) for child in query.children if child.kind == "literal") if query else ()


def _step(content: bytes, node: Node) -> Step:
    """Brackets that stand before the first word belong to it, an ``if`` does not."""
    bare = _IF.match(content, node.place)
    start = bare.end() if bare else node.place
    before = content[:start].rstrip()
    while node.kind != "literal" and before.endswith(b"("):
        start = len(before) - 1
        before = before[:-1].rstrip()
    return Step(node, *extents.of(content, node, start))


def _stated(term: Node) -> bool:
    return any(part.start != NOWHERE for part in term.walk())


def _behind(content: bytes, branch: Branch, heads: tuple[Step, ...]) -> int:
    """Where the head ends: behind its value, and the bracket of ``deny[value]``."""
    end = heads[-1].end
    rest = re.match(rb"\s*\]", content[end:])
    return end + rest.end() if rest else end
