# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes the ``with`` clauses out of tests, so that a test runs like a real decision.

regopy 1.5.2 is no engine for ``with``: ``with input as`` crashes as soon as a rule behind it calls a function, values
that come through it can keep their quotes, and a copy of every rule behind each clause is compiled. But nearly every
test gives one document and one config for all it says; those can be evaluated first, and become the real input and
the real data.

A test is *staged* when all its clauses say the same, replace ``input``, ``data`` or parts of them (not functions, not
rules), and use no variable of the test's body. The others have to do with the engine's own ``with``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.names import bound_names, used_names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import Module, Rule, Token

PREFIX = "test_"
FIXTURE = "staged_"


@dataclass(frozen=True)
class SeparatedTests:
    """The tests of one file.

    Attributes:
        staged: Names of the tests whose clauses were taken out.
        staged_text: The file without those clauses and without the other tests; for every staged test ``test_x``
            there is a rule ``staged_test_x``, an object from what is replaced (``input``, ``data.config``) to its
            value.
        others: Names of the other tests.
        others_text: The file without the staged tests.
    """

    staged: tuple[str, ...]
    staged_text: str
    others: tuple[str, ...]
    others_text: str


class _Clause(NamedTuple):
    """Token indices: ``with`` is at ``first``, the value is ``value`` to ``end``."""

    target: str
    first: int
    value: int
    end: int


def separate(module: Module, text: str, packages: frozenset[str]) -> SeparatedTests:
    """Take the tests of a file apart.

    Args:
        module: ``text``, read.
        packages: First parts of all packages of the library: what lies there under ``data`` is a rule.
    """
    rules = [rule for rule in module.rules if rule.name.startswith(PREFIX)]
    names = [rule.name for rule in rules]
    staged: dict[str, Mapping[str, str]] = {}
    for rule in rules:
        replaced = _replaced(rule, text, packages) if names.count(rule.name) == 1 else None
        if replaced is not None:
            staged[rule.name] = replaced
    fixtures = [f"\n{FIXTURE}{name} := {_object(replaced)}\n" for name, replaced in staged.items()]
    return SeparatedTests(
        staged=tuple(sorted(staged)),
        staged_text=_blanked(text, _outside(rules, staged)) + "".join(fixtures),
        others=tuple(sorted(set(names) - set(staged))),
        others_text=_blanked(text, [_extent(rule) for rule in rules if rule.name in staged]),
    )


def without_tests(module: Module, text: str) -> str:
    """What a file of tests offers to other files."""
    return _blanked(text, [_extent(rule) for rule in module.rules if rule.name.startswith(PREFIX)])


def _outside(rules: Sequence[Rule], staged: Mapping[str, object]) -> Iterator[tuple[int, int]]:
    """What the staged tests do without: their clauses, and the other tests."""
    for rule in rules:
        if rule.name in staged:
            for clause in _clauses(rule.tokens):
                yield rule.tokens[clause.first].start, rule.tokens[clause.end - 1].end
        else:
            yield _extent(rule)


def _replaced(rule: Rule, text: str, packages: frozenset[str]) -> Mapping[str, str] | None:
    """What the clauses of a test replace, by what; ``None`` when it cannot be staged."""
    bound = bound_names(rule)
    runs: list[dict[str, str]] = []
    before = -1
    for clause in _clauses(rule.tokens):
        value = rule.tokens[clause.value : clause.end]
        if not _is_document(clause.target, packages) or any(name.path[0] in bound for name in used_names(value)):
            return None
        if before < 0 or any(token.kind != "newline" for token in rule.tokens[before : clause.first]):
            runs.append({})
        runs[-1][clause.target] = text[value[0].start : value[-1].end]
        before = clause.end
    if not runs:
        return {}
    return runs[0] if all(run == runs[0] for run in runs) else None


def _is_document(target: str, packages: frozenset[str]) -> bool:
    root, *rest = target.split(".")
    if "[" in target:
        return False
    return root == "input" or (root == "data" and bool(rest) and rest[0] not in packages)


def _clauses(tokens: Sequence[Token]) -> Iterator[_Clause]:
    for first, token in enumerate(tokens):
        if token.kind != "name" or token.text != "with" or tokens[first - 1].text == ".":
            continue
        value = first + 1
        while value < len(tokens) and tokens[value - 1].text != "as":
            value += 1
        target = "".join(part.text for part in tokens[first + 1 : value - 1])
        yield _Clause(target, first, value, _end(tokens, value))


def _end(tokens: Sequence[Token], value: int) -> int:
    """Index behind the value: it ends at a line's end, a semicolon, another clause or the bracket around all of it."""
    depth = 0
    for index in range(value, len(tokens)):
        token = tokens[index]
        if depth == 0 and index > value and (token.kind == "newline" or token.text in (";", "with")):
            return index
        if token.kind == "op":
            depth += (token.text in "([{") - (token.text in ")]}")
        if depth < 0:
            return index
    return len(tokens)


def _object(replaced: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{target}": {value}' for target, value in replaced.items()) + "}"


def _extent(rule: Rule) -> tuple[int, int]:
    return rule.tokens[0].start, rule.tokens[-1].end


def _blanked(text: str, extents: Iterator[tuple[int, int]] | Sequence[tuple[int, int]]) -> str:
    """The text with spaces in place of the extents; lines stay where they are."""
    parts = list(text)
    for start, end in extents:
        parts[start:end] = ["\n" if character == "\n" else " " for character in parts[start:end]]
    return "".join(parts)
