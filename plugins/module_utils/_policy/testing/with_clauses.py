# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes the ``with`` clauses out of tests, so that a test runs like a real decision.

What they replace is evaluated first, and becomes the real input and the real data of each part of a test (``staging``).

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import Module, Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.needs import WITH, Needs
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.staging import (
    CannotStage,
    Part,
    Stage,
    Staged,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.statements import (
    Clause,
    Statement,
    is_with,
)

PREFIX = "test_"
FIXTURE = "staged_"
_Extent = tuple[int, int]
VALUES, JSON = "values", "json"


@dataclass(frozen=True)
class SeparatedTests:
    """The tests of one file.

    Attributes:
        parts: The rules that make up each test, each with the lines that it stands for. A test of one part is that rule
            itself, without its clauses.
        text: The file with those rules in place of the tests, and without whatever else has a ``with``. For every such
            rule ``test_x`` there is one ``staged_test_x``: under ``values`` an object from what is replaced (``input``,
            ``data.config``) to its value, under ``json`` whether that is JSON.
        refused: Why each of the other tests cannot be evaluated.
    """

    parts: Mapping[str, Sequence[tuple[str, Sequence[int]]]]
    text: str
    refused: Mapping[str, str]


def separate(module: Module, texts: Mapping[str, str], packages: frozenset[str]) -> SeparatedTests:
    """Take the tests of a file apart.

    Args:
        texts: All modules that the file leads to, and itself.
        packages: First parts of all packages of the library: what lies there under ``data`` is a rule.
    """
    text = texts[module.path]
    needs = Needs(texts)
    parts: dict[str, list[tuple[str, list[int]]]] = {}
    refused: dict[str, str] = {}
    extents: list[_Extent] = []
    added: list[str] = []
    for rule in module.rules:
        if not rule.name.startswith(PREFIX):
            extents += [_extent(rule)] * _leads_to_with(rule, module, needs)
            continue
        try:
            _require_one(rule, module)
            staged = Stage(rule, module, text, needs, packages).divided()
        except CannotStage as reason:
            refused[rule.name] = str(reason)
            extents.append(_extent(rule))
            continue
        extents += _clauses(rule, staged.parts[0]) if staged.whole else [_extent(rule)]
        parts[rule.name] = list(_written(rule, text, staged, added))
    return SeparatedTests(parts, _blanked(text, extents) + "".join(added), refused)


def without_tests(module: Module, text: str) -> str:
    """What a file of tests offers to other files."""
    return _blanked(text, [_extent(rule) for rule in module.rules if rule.name.startswith(PREFIX)])


def _leads_to_with(rule: Rule, module: Module, needs: Needs) -> bool:
    return WITH in needs.of(rule.tokens, module) or any(is_with(rule.tokens, at) for at in range(len(rule.tokens)))


def _require_one(rule: Rule, module: Module) -> None:
    if rule.shape != "value" or rule.tokens[1].text == ".":
        raise CannotStage("A test with cases cannot be evaluated here. Give each case a test of its own.")
    if len(module.rules_named(rule.name)) > 1:
        raise CannotStage(f"Several rules have the name {rule.name}. Give each a name of its own.")


def _written(rule: Rule, text: str, staged: Staged, added: list[str]) -> Iterator[tuple[str, list[int]]]:
    """Name and lines of each part, whose rules are added to the others."""
    keyword = "if " if any(token.text == "if" for token in rule.tokens) else ""
    constants = [_without_clauses(rule, text, statement) for statement in staged.constants]
    for number, part in enumerate(staged.parts, start=1):
        name = rule.name if staged.whole else f"part_{number}_{rule.name}"
        if not staged.whole:
            said = [_without_clauses(rule, text, statement) for statement in part.statements]
            added.append(f"\n{name} {keyword}{_braced(said)}\n")
        added.append(_fixture(name, part, constants, keyword))
        shared = set(staged.constants) if len(part.statements) > len(staged.constants) else set()
        lines = {rule.tokens[it.first].line for it in part.statements if it not in shared}
        yield name, sorted(lines)


def _fixture(name: str, part: Part, constants: Sequence[str], keyword: str) -> str:
    values = ", ".join(f'"{target}": {value}' for target, value in part.replaced.items())
    if not values:
        return f'\n{FIXTURE}{name} := {{"{VALUES}": {{}}, "{JSON}": true}}\n'
    body = [*constants, f"values := {{{values}}}", "plain := values == json.unmarshal(json.marshal(values))"]
    return f'\n{FIXTURE}{name} := {{"{VALUES}": values, "{JSON}": plain}} {keyword}{_braced(body)}\n'


def _braced(said: Sequence[str]) -> str:
    return "{\n" + "".join(f"\t{statement}\n" for statement in said) + "}"


def _without_clauses(rule: Rule, text: str, statement: Statement) -> str:
    start, end = rule.tokens[statement.first].start, rule.tokens[statement.end - 1].end
    extents = _taken_out(rule, (*statement.inner, *statement.clauses))
    return _blanked(text[start:end], [(first - start, last - start) for first, last in extents]).rstrip()


def _clauses(rule: Rule, part: Part) -> list[_Extent]:
    return [extent for it in part.statements for extent in _taken_out(rule, (*it.inner, *it.clauses))]


def _taken_out(rule: Rule, clauses: Sequence[Clause]) -> list[_Extent]:
    return [(rule.tokens[clause.first].start, rule.tokens[clause.end - 1].end) for clause in clauses]


def _extent(rule: Rule) -> _Extent:
    return rule.tokens[0].start, rule.tokens[-1].end


def _blanked(text: str, extents: Sequence[_Extent]) -> str:
    """The text with spaces in place of the extents; lines stay where they are."""
    parts = list(text)
    for start, end in extents:
        parts[start:end] = ["\n" if character == "\n" else " " for character in parts[start:end]]
    return "".join(parts)
