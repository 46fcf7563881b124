# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names a text uses and which it gives a value, from its words alone.

For the ``with`` clauses of tests, which are taken out of the text before the engine sees it. A name is taken as given a
value when anything anywhere in its rule can do so, whatever the order.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import Rule, Token

_KEYWORDS = frozenset(
    {"_", "as", "contains", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null"}
    | {"package", "set", "some", "true", "with"}
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_BEGINNING = frozenset("\n;{|")
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}


class Name(NamedTuple):
    """A name in use. ``called``: a function of this name is called."""

    path: tuple[str, ...]
    line: int
    called: bool

    @property
    def text(self) -> str:
        return ".".join(self.path)


def used_names(statement: Sequence[Token]) -> Iterator[Name]:
    """Every name in tokens with the fields that follow it, keywords aside."""
    tokens = [token for token in statement if token.kind != "newline"]
    index = 0
    while index < len(tokens):
        token = tokens[index]
        start = index
        index += 1
        if token.kind != "name" or (start > 0 and tokens[start - 1].text == "."):
            continue
        path = [token.text]
        while index + 1 < len(tokens) and tokens[index].text == "." and tokens[index + 1].kind == "name":
            path.append(tokens[index + 1].text)
            index += 2
        called = index < len(tokens) and tokens[index].text == "(" and tokens[index].glued
        if token.text not in _KEYWORDS or (token.text == "contains" and called):
            yield Name(tuple(path), token.line, called)


def bound_names(rule: Rule) -> set[str]:
    """Names that something in the rule can give a value."""
    tokens = rule.tokens
    bound: set[str] = set()
    covered = 0
    for index, token in enumerate(tokens):
        if token.kind == "name" and token.text in ("some", "every"):
            bound |= _declared(tokens, index + 1)
        elif token.text in (":=", "="):
            bound |= _names(_before(tokens, index))
            if token.text == "=":
                bound |= _names(_after(tokens, index))
        elif index >= covered and _binds(rule, index):
            group = _group(tokens, index)
            covered = index + len(group)
            bound |= _names(group)
        elif token.text == "(" and tokens[index - 1].kind == "name":
            bound |= _output(tokens, index)
    return bound


def _output(tokens: Sequence[Token], index: int) -> set[str]:
    """The names that a call of the old form ``split(text, "/", [first, _])`` gives values.

    Such a call stands for itself and its last argument uses names that the rule uses again; a name used once is rather
    misspelt.
    """
    group = [token for token in _group(tokens, index)[:-1] if token.kind != "newline"]
    if group[-1].text == ",":
        group.pop()
    pattern = _before(group, len(group))
    start = _call_start(tokens, index)
    alone = start > 0 and tokens[start - 1].text in _BEGINNING
    if not alone or len(group) - len(pattern) < 3 or group[-len(pattern) - 1].text != ",":
        return set()
    uses = Counter(token.text for token in tokens)
    return {name for name in _names(pattern) if uses[name] > 1}


def _call_start(tokens: Sequence[Token], index: int) -> int:
    """Index of the first part of the dotted name that ends before ``index``."""
    start = index - 1
    while start > 1 and tokens[start - 1].text == "." and tokens[start - 2].kind == "name":
        start -= 2
    return max(start, 0)


def _binds(rule: Rule, index: int) -> bool:
    """Whether a bracket opens at ``index`` whose names get a value there.

    An index that nothing else defines iterates; so does the pattern of ``walk``. The arguments of a function are given.
    """
    token = rule.tokens[index]
    if token.text == "[":
        return token.glued and not _is_head(rule, index)
    return token.text == "(" and (rule.tokens[index - 1].text == "walk" or _is_head(rule, index))


def _is_head(rule: Rule, index: int) -> bool:
    """Whether the bracket at ``index`` follows the rule's own name (arguments of a function, ``deny[x]``)."""
    return _call_start(rule.tokens, index) == 0


def _declared(tokens: Sequence[Token], start: int) -> set[str]:
    """What ``some`` or ``every`` declares: all up to ``in`` or the end of the expression."""
    depth = 0
    found = []
    for token in tokens[start:]:
        if token.kind == "op" and token.text in _PAIRS:
            depth += 1
        elif token.kind == "op" and token.text in _CLOSING:
            depth -= 1
        if depth < 0 or (depth == 0 and (token.kind == "newline" or token.text in ("in", ";"))):
            break
        found.append(token)
    return _names(found)


def _before(tokens: Sequence[Token], index: int) -> Sequence[Token]:
    """The name or the pattern in brackets that ends before ``index``."""
    if index == 0 or tokens[index - 1].text not in _CLOSING:
        return tokens[max(0, index - 1) : index]
    depth = 0
    for start in range(index - 1, -1, -1):
        if tokens[start].kind == "op":
            depth += (tokens[start].text in _CLOSING) - (tokens[start].text in _PAIRS)
        if depth == 0:
            return tokens[start:index]
    return ()


def _after(tokens: Sequence[Token], index: int) -> Sequence[Token]:
    following = tokens[index + 1 : index + 2]
    if following and following[0].text in _PAIRS:
        return _group(tokens, index + 1)
    return following


def _group(tokens: Sequence[Token], start: int) -> Sequence[Token]:
    """From the bracket at ``start`` to the one that closes it."""
    depth = 0
    for index in range(start, len(tokens)):
        if tokens[index].kind == "op":
            depth += (tokens[index].text in _PAIRS) - (tokens[index].text in _CLOSING)
        if depth == 0:
            return tokens[start : index + 1]
    return tokens[start:]


def _names(tokens: Sequence[Token]) -> set[str]:
    return {token.text for token in tokens if token.kind == "name"}


def declared_names(tokens: Sequence[Token]) -> set[str]:
    """Names that ``some``, ``every`` or ``:=`` declare: variables, whatever else has the same name."""
    found: set[str] = set()
    for index, token in enumerate(tokens):
        if token.kind == "name" and token.text in ("some", "every"):
            found |= _declared(tokens, index + 1)
        elif token.text == ":=":
            found |= _names(_before(tokens, index))
    return found
