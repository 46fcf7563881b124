# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statements of a rule's body and the ``with`` clauses in them, from words alone.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import Module, Token, unfinished

_JOINING = frozenset({"as", "in", "with"})
_MEMBER = re.compile(r'\["([A-Za-z_]\w*)"\]')


class Clause(NamedTuple):
    """Token indices: ``with`` is at ``first``, the value is ``value`` to ``end``."""

    target: str
    first: int
    value: int
    end: int


class Statement(NamedTuple):
    """Tokens ``first`` to ``end`` of a rule.

    ``clauses``: those at its end, which replace something for all of it. ``inner``: those in brackets inside.
    """

    first: int
    end: int
    clauses: Sequence[Clause]
    inner: Sequence[Clause]


def body(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """Where the statements of ``name if { ... }``, ``name { ... }`` or ``name if ...`` stand; ``None`` for other rules."""
    depths = _depths(tokens)
    last = max(index for index, token in enumerate(tokens) if token.kind != "newline")
    words = {token.text: index for index, token in enumerate(tokens) if token.kind == "name" and depths[index] == 0}
    first = 2 if "if" in words else 1
    if "else" in words or words.get("if", 1) != 1 or first > last or any(t.kind == "newline" for t in tokens[:first]):
        return None
    if tokens[first].text == "{":
        inside = range(first + 1, last)
        closes = tokens[last].text == "}" and all(depths[index] > 0 for index in inside)
        return (first + 1, last) if closes and not _is_comprehension(tokens, depths, inside) else None
    return (first, last + 1) if first == 2 else None


def split(tokens: Sequence[Token], imports: Module, first: int, end: int) -> list[Statement]:
    """The statements between two tokens, none of which is empty."""
    found = []
    start = first
    depth = 0
    for index in range(first, end + 1):
        token = tokens[index] if index < end else None
        if token is not None and token.kind == "op":
            depth += (token.text in "([{") - (token.text in ")]}")
        if token is None or (depth == 0 and (token.text == ";" or _ends_line(tokens, index))):
            inside = [at for at in range(start, index) if tokens[at].kind != "newline"]
            if inside:
                found.append(_statement(tokens, imports, inside[0], inside[-1] + 1))
            start = index + 1
    return found


def clauses(tokens: Sequence[Token], module: Module) -> Iterator[Clause]:
    """Every clause of a rule. Targets are whole paths with dots, as far as they can be written so."""
    for first in (index for index in range(len(tokens)) if is_with(tokens, index)):
        value = first + 1
        while value < len(tokens) and tokens[value - 1].text != "as":
            value += 1
        target = "".join(part.text for part in tokens[first + 1 : value - 1])
        yield Clause(_whole(_MEMBER.sub(r".\1", target), module), first, value, _end(tokens, value))


def is_with(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    return token.kind == "name" and token.text == "with" and (index == 0 or tokens[index - 1].text != ".")


def uncovered(tokens: Sequence[Token], statement: Statement) -> list[Token]:
    """What no clause counts for."""
    covered: set[int] = set()
    for clause in (*statement.inner, *statement.clauses):
        covered |= set(range(_expression(tokens, statement.first, clause.first), clause.end))
    return [tokens[index] for index in range(statement.first, statement.end) if index not in covered]


def outside_clauses(tokens: Sequence[Token], statement: Statement) -> list[Token]:
    """All but the clauses."""
    said = [range(clause.first, clause.end) for clause in (*statement.inner, *statement.clauses)]
    return [tokens[at] for at in range(statement.first, statement.end) if not any(at in clause for clause in said)]


def outside_closures(tokens: Sequence[Token]) -> list[Token]:
    """What is left without comprehensions, and without the variables and the body of ``every``: variables that occur
    in those alone are theirs."""
    depths = _depths(tokens)
    inner: set[int] = set()
    for index, token in enumerate(tokens):
        if token.kind == "op" and token.text in "{[":
            last = next((at for at in range(index + 1, len(tokens)) if depths[at] <= depths[index]), len(tokens))
            inside = range(index + 1, last)
            if _is_comprehension(tokens, depths, inside) or _is_every(tokens, index, depths):
                inner |= set(inside)
        elif token.kind == "name" and token.text == "every":
            inner |= set(range(index, next((at for at in range(index, len(tokens)) if tokens[at].text == "in"), index)))
    return [token for index, token in enumerate(tokens) if index not in inner]


def _is_every(tokens: Sequence[Token], index: int, depths: Sequence[int]) -> bool:
    """Whether the brace at an index begins the body of ``every``."""
    before = [at for at in range(index) if depths[at] == depths[index] and tokens[at].text == "every"]
    return bool(before) and tokens[index].text == "{" and tokens[index - 1].text != "in"


def _is_comprehension(tokens: Sequence[Token], depths: Sequence[int], inside: range) -> bool:
    return any(tokens[at].text == "|" and depths[at] == depths[inside.start - 1] + 1 for at in inside)


def _depths(tokens: Sequence[Token]) -> list[int]:
    """In how many brackets each token lies; a bracket lies outside of itself."""
    depths = []
    depth = 0
    for token in tokens:
        closes = token.kind == "op" and token.text in ")]}"
        depths.append(depth - closes)
        depth += (token.kind == "op" and token.text in "([{") - closes
    return depths


def _statement(tokens: Sequence[Token], module: Module, first: int, end: int) -> Statement:
    found = [clause for clause in clauses(tokens[:end], module) if clause.first >= first]
    own: list[Clause] = []
    stop = end
    for clause in reversed(found):
        between = tokens[clause.end : stop]
        if _depths(tokens[first:end])[clause.first - first] == 0 and all(t.kind == "newline" for t in between):
            own.insert(0, clause)
            stop = clause.first
    return Statement(first, end, tuple(own), tuple(clause for clause in found if clause not in own))


def _whole(target: str, module: Module) -> str:
    first, dot, rest = target.partition(".")
    return ".".join(module.imports[first].path) + dot + rest if first in module.imports else target


def _ends_line(tokens: Sequence[Token], index: int) -> bool:
    """Whether a statement that stands on this line ends with it."""
    if tokens[index].kind != "newline":
        return False
    after = next((token for token in tokens[index:] if token.kind != "newline"), None)
    before = next((token for token in reversed(tokens[:index]) if token.kind != "newline"), None)
    goes_on = after is not None and (unfinished(after) if after.kind == "op" else after.text in _JOINING)
    return not goes_on and not (before is not None and unfinished(before))


def _expression(tokens: Sequence[Token], first: int, clause: int) -> int:
    """Where the expression begins that a clause belongs to."""
    depth = 0
    for index in range(clause - 1, first - 1, -1):
        token = tokens[index]
        if token.kind == "op":
            depth += (token.text in ")]}") - (token.text in "([{")
        separates = token.text in (";", "|", "if") or _ends_line(tokens, index)
        if depth < 0 or (depth == 0 and separates):
            return index + 1
    return first


def _end(tokens: Sequence[Token], value: int) -> int:
    """Index behind the value: it ends at a line's end, a semicolon, another clause or the bracket around all of it."""
    depth = 0
    for index in range(value, len(tokens)):
        token = tokens[index]
        if depth == 0 and index > value and (token.text == ";" or is_with(tokens, index) or _ends_line(tokens, index)):
            return index
        if token.kind == "op":
            depth += (token.text in "([{") - (token.text in ")]}")
        if depth < 0:
            return index
    return len(tokens)
