# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be read off policy text without a parser: tokens, package, imports and rule heads.

regopy shows neither its syntax tree nor the names that a module defines, and it accepts names that nothing defines. The
collector and the linter need just enough structure to see those; what the text means is the engine's business.

A statement begins at an identifier at the start of a line outside all brackets, unless the line before is unfinished.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+)|(?P<comment>\#[^\n]*)|(?P<newline>\n)
    |(?P<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<op>:=|==|!=|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)
_PACKAGE = re.compile(r"^[ \t]*package[ \t]+([^\s#;]+)", re.MULTILINE)
_BRACKETED = re.compile(r"""\[["`]([A-Za-z_]\w*)["`]\]""")
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")
_UNFINISHED = frozenset({":=", "=", "==", "!=", "<", ">", "<=", ">=", ",", ".", ":", "|", "&", "+", "-", "*", "/", "%"})
_UNFINISHED_WORDS = frozenset(
    {"as", "contains", "default", "else", "every", "if", "import", "in", "not", "some", "with"}
)


class Token(NamedTuple):
    """``kind``: string, number, name, op or newline. ``glued``: no space between it and the token before.

    ``start`` is its offset in the text.
    """

    kind: str
    text: str
    line: int
    glued: bool
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Rule:
    """One rule or function.

    Attributes:
        name: First part of the head's name: ``deny``.
        shape: ``set`` (``deny contains x``), ``keyed`` (``deny[x]``), ``function``, ``default`` or ``value``.
        tokens: The whole statement, newlines included.
    """

    name: str
    shape: str
    line: int
    tokens: Sequence[Token]


class Import(NamedTuple):
    path: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Module:
    """One policy file. ``package`` is empty when the text has none; ``imports`` has the alias as key."""

    path: str
    package: tuple[str, ...]
    imports: Mapping[str, Import]
    rules: tuple[Rule, ...]

    def rules_named(self, *names: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.name in names)


def package_name(text: str) -> str:
    """``kubernetesexecution.safety.common`` for a text that begins so; empty without a package.

    ``safety["common"]`` is the same name; what no dot could stand before stays in its brackets.
    """
    found = _PACKAGE.search(text)
    return _BRACKETED.sub(r".\1", found.group(1)) if found else ""


def read(path: str, text: str) -> Module:
    """Take a policy file apart. Never fails: text that is no policy has no package and no rules."""
    package: tuple[str, ...] = ()
    imports: dict[str, Import] = {}
    rules: list[Rule] = []
    for statement in _statements(_tokens(text)):
        word = statement[0].text
        if word == "package" and not package:
            package = tuple(package_name(text).split("."))
        elif word == "import":
            imported = [token.text for token in statement if token.kind == "name"][1:]
            alias = imported[-1] if imported else ""
            target = imported[:-2] if len(imported) > 2 and imported[-2] == "as" else imported
            imports[alias] = Import(tuple(target), statement[0].line)
        elif word != "package":
            rules.append(_rule(statement))
    return Module(path, package, imports, tuple(rules))


def _tokens(text: str) -> Iterator[Token]:
    line = 1
    glued = False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "op"
        if kind in ("space", "comment"):
            glued = False
            continue
        yield Token(kind, match.group(), line, glued, match.start())
        line += match.group().count("\n")
        glued = kind != "newline"


def _statements(tokens: Iterator[Token]) -> Iterator[list[Token]]:
    depth = 0
    current: list[Token] = []
    last: Token | None = None
    for token in tokens:
        if token.kind == "name" and depth == 0 and current and _begins(token, current[-1], last):
            yield current
            current = []
        if token.text in _OPENING and token.kind == "op":
            depth += 1
        elif token.text in _CLOSING and token.kind == "op":
            depth = max(0, depth - 1)
        if current or token.kind == "name":
            current.append(token)
        if token.kind != "newline":
            last = token
    if current:
        yield current


def _begins(token: Token, before: Token, last: Token | None) -> bool:
    """Whether a name outside all brackets starts a new statement."""
    if before.kind != "newline" or token.text == "else" or last is None:
        return False
    return not unfinished(last)


def unfinished(token: Token) -> bool:
    """Whether the text has to go on behind a token, also on the next line."""
    return token.text in (_UNFINISHED if token.kind == "op" else _UNFINISHED_WORDS)


def _rule(statement: Sequence[Token]) -> Rule:
    first = statement[0]
    default = first.text == "default" and len(statement) > 1
    name = statement[1] if default else first
    rest = [token for token in statement[1:4] if token.kind != "newline"]
    after = rest[0] if rest else Token("newline", "\n", first.line, False, first.start)
    if default:
        shape = "default"
    elif after.text == "contains":
        shape = "set"
    elif after.text == "[" and after.glued:
        shape = "keyed"
    elif after.text == "(" and after.glued:
        shape = "function"
    else:
        shape = "value"
    return Rule(name.text, shape, name.line, statement)
