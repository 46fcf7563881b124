# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the parts of an expression are: assignments, operators, patterns and their variables.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import is_wildcard, path_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node

_SCALARS = frozenset({"STRING", "rawstring", "INT", "FLOAT", "true", "false", "null"})
_PATTERN_ROOTS = frozenset({"var", "array", "object"})
_PATTERNS = _PATTERN_ROOTS | _SCALARS | {"objectitem"}


def not_assignable(left: Node) -> Node | None:
    """The part of the left side of ``:=`` that nothing can be assigned to."""
    if left.kind not in _PATTERN_ROOTS:
        return left
    keys = {id(item.children[0]) for item in left.walk() if item.kind == "objectitem"}
    return next((node for node in left.walk() if node.kind not in _PATTERNS and id(node) not in keys), None)


def assigned(expression: Node) -> bool:
    """Whether an expression is ``left := right``."""
    return infix_operator(expression) == "assign"


def infix_operator(expression: Node) -> str:
    """``assign``, ``unify``, ``equals``, ``add``...; empty for what is no infix expression of two sides."""
    if expression.kind != "exprinfix" or len(expression.children) != 3:
        return ""
    return expression.children[1].children[0].children[0].kind


def declared(literal: Node) -> Iterable[Node]:
    """The variables that an expression of a body declares."""
    expression = literal.children[0]
    if expression.kind == "somedecl":
        return variables(expression.children[0])
    return variables(expression.children[0]) if assigned(expression) else ()


def variables(pattern: Node) -> Iterator[Node]:
    """The variables of a pattern; not the keys of its objects, and nothing inside references or calls."""
    if pattern.kind == "var" and not is_wildcard(pattern):
        yield pattern
    elif pattern.kind == "objectitem":
        yield from variables(pattern.children[1])
    elif pattern.kind in ("array", "object", "set", "exprseq"):
        for child in pattern.children:
            yield from variables(child)


def dotted(term: Node) -> str:
    """A name with its fields, up to the first part that is no constant."""
    return ".".join(path_of(term)[0])
