# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that contradict each other or themselves: kinds that do not go together, recursion, defaults, imports.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.definitions import (
    Definitions,
    references,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Module, Path, Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import ROOTS, Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding

_CALCULATED = frozenset({"ref", "var", "exprcall", "exprinfix", "templatestring", "membership", "unaryexpr"})


def check_imports(names: Names, definitions: Definitions) -> Iterator[Finding]:
    """Imports of nothing, under one name, or that nobody uses."""
    module = names.module
    seen: set[str] = set()
    for each in module.imports:
        text = ".".join(each.path)
        if each.path[0] in ("rego", "future"):
            continue
        if each.path[0] not in ROOTS:
            remedy = "An import begins with data, input, rego or future."
            yield module.finding(each.place, "undefined-name", f"{text} cannot be imported.", remedy)
            continue
        if each.alias in seen:
            message = f"Another import is called {each.alias} already."
            yield module.finding(each.place, "import-repeated", message, "Remove one, or rename it with as.")
        elif any(rule.name[0] == each.alias for rule in module.rules):
            message = f"A rule of this file is called {each.alias} as well."
            yield module.finding(each.place, "import-shadowed", message, "Rename the import with as.")
        elif each.alias not in names.used_imports:
            yield module.finding(each.place, "unused", f"The import {text} is not used.", "Remove it.")
        seen.add(each.alias)
        if each.path[0] == "data" and not definitions.exists(each.path[1:]):
            message = f"The name {text} is not defined."
            yield module.finding(each.place, "undefined-name", message, "Correct the spelling of the import.")


def check_kinds(modules: Sequence[Module], definitions: Definitions) -> Iterator[Finding]:
    """Rules of one name that are not of one kind; names that are reserved, or those of a package."""
    origin = {id(rule): module for module in modules for rule in module.rules}
    for path, rules in definitions.rules.items():
        first = rules[0]
        for rule in rules:
            module, message = origin[id(rule)], ""
            if rule.name[0] in ROOTS:
                message = f"A rule cannot be called {rule.name[0]}."
            elif _kind(rule) != _kind(first):
                message = f"{rule.text} is {_kind(rule)} here and {_kind(first)} at {_place(origin, first)}."
            elif path in definitions.packages:
                message = f"The package {'.'.join(path)} has the name of this rule."
            elif rule.default and first.default and rule is not first:
                message = f"{rule.text} has a default at {_place(origin, first)} already."
            elif rule.default and any(node.kind in _CALCULATED for node in rule.branches[0].terms[0].walk()):
                message = f"The default of {rule.text} is no constant."
            elif any(each != path and path == each[: len(path)] and _fixed(rules) for each in definitions.rules):
                message = f"Another rule lies below {rule.text}."
            if message:
                yield module.finding(rule.place, "conflict", message, "Rename one of the two, or make them alike.")


def _fixed(rules: Sequence[Rule]) -> bool:
    return all(rule.kind != "object" and not rule.keys for rule in rules)


def _kind(rule: Rule) -> str:
    if rule.kind == "function":
        count = len(rule.arguments)
        return f"a function of {count} argument{'s'[: count != 1]}"
    if rule.kind == "set":
        return "a set"
    return "a value" if rule.kind == "value" and not rule.keys else "an object"


def _place(origin: Mapping[int, Module], rule: Rule) -> str:
    module = origin[id(rule)]
    return f"{module.path}:{module.source.line(rule.place)}"


def check_recursion(all_names: Sequence[Names], definitions: Definitions) -> Iterator[Finding]:
    """Rules that need their own value."""
    needs: dict[Path, set[Path]] = {path: set() for path in definitions.rules}
    for names in all_names:
        for rule in names.module.rules:
            for _place, _head, pattern in references(names, rule):
                needs[rule.path].update(definitions.matching(pattern))
    for names in all_names:
        for rule in names.module.rules:
            circle = _circle(needs, rule.path)
            if circle:
                chain = " -> ".join(".".join(path[len(rule.package) :] or path) for path in circle)
                message = f"{rule.text} needs its own value ({chain})."
                yield names.module.finding(rule.place, "recursion", message, "Cut the circle at one of these rules.")


def _circle(needs: Mapping[Path, set[Path]], start: Path) -> list[Path]:
    """A shortest way from a rule back to itself; empty when there is none."""
    before: dict[Path, Path] = {}
    ahead = [start]
    while ahead:
        following = []
        for path in ahead:
            for other in sorted(needs[path]):
                if other == start:
                    way = [path]
                    while way[-1] != start:
                        way.append(before[way[-1]])
                    return [*reversed(way), start]
                if other not in before:
                    before[other] = path
                    following.append(other)
        ahead = following
    return []
