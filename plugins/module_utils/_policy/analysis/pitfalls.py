# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that is right, and that this engine (regopy 1.5.2) gets wrong.

Each was measured; none lets an action pass, because the gate denies when the engine fails. But then the message says
nothing about the rule, so the author is told before.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.definitions import function_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Module
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node, constant

# What these return keeps its quotes inside of a longer text, so that the whole decision is no JSON any more.
_QUOTED = frozenset(
    {"concat", "format_int", "json.marshal", "lower", "regex.replace", "replace", "upper", "urlquery.encode"}
    | {"yaml.marshal"}
)
_ALONE = ("%v", "%s")
_DEPTH = 5


def check(names: Names) -> Iterator[Finding]:
    """Texts that keep their quotes inside of another."""
    for rule in names.module.rules:
        for node in rule.nodes:
            if node.kind != "exprcall" or function_path(names, node) != ("sprintf",):
                continue
            arguments = node.children[1].children
            if len(arguments) < 2 or arguments[1].kind != "array" or constant(arguments[0])[1] in _ALONE:
                continue
            for term in arguments[1].children:
                if _quoted(names, term, _DEPTH):
                    message = "The engine puts quotes around this value inside of the text, and the decision fails."
                    remedy = "Pass it through strings.replace_n({}, ...)."
                    yield names.module.finding(term.place, "engine", message, remedy, "warning")


def _quoted(names: Names, term: Node, depth: int) -> bool:
    """Whether a term is, directly or by name, what one of these functions returns."""
    if term.kind == "templatestring":
        return True
    if term.kind == "exprcall":
        return ".".join(function_path(names, term)) in _QUOTED
    local = names.locals.get(id(term))
    if local is None or local.kind != "assigned" or local.definition is None or not depth:
        return False
    return _quoted(names, local.definition, depth - 1)


def check_with(names: Names) -> Iterator[Finding]:
    """``with`` in a policy: the engine keeps values of rules from before the replacement. Tests are run without it."""
    if names.module.is_test:
        return
    for rule in names.module.rules:
        for node in rule.nodes:
            if node.kind == "with":
                message = "The engine keeps values from before what with replaces, so the rule may say nothing."
                remedy = "Write a function, and give it what differs."
                yield names.module.finding(node.place, "with", message, remedy)


def check_arities(modules: Sequence[Module]) -> Iterator[Finding]:
    """Functions of one name with different numbers of arguments: the engine takes them for one, and compiles neither."""
    first: dict[str, tuple[Module, int, int]] = {}
    for module in modules:
        for rule in module.rules:
            if rule.kind != "function":
                continue
            name, count = rule.name[-1], len(rule.arguments)
            other, line, expected = first.setdefault(name, (module, module.source.line(rule.place), count))
            if count != expected and other.package != module.package:
                message = f"{name} takes {count} here and {expected} at {other.path}:{line}, which the engine mixes up."
                yield module.finding(rule.place, "engine", message, "Rename one of the two functions.")
