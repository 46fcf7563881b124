# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparisons that order a value which can be null.

OPA puts null before every number, regopy 1.5.2 behind: ``input.history.last_success_seconds < 300`` holds for one and not for
the other when nothing ever succeeded. A rule that asks for the type first means the same in both.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis import types
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.definitions import function_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.inference import Inference
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.patterns import infix_operator
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node

ORDERS = frozenset({"lessthan", "lessthanorequals", "greaterthan", "greaterthanorequals"})


def check(names: Names, rule: Rule, inferred: Inference) -> Iterator[Finding]:
    """Warnings about one rule. Asking for the type anywhere in the rule counts: where it stands makes no difference."""
    compared = [node for node in rule.nodes if node.kind == "exprinfix" and infix_operator(node) in ORDERS]
    if not compared:
        return
    asked = {
        _text(names, argument)
        for node in rule.nodes
        if node.kind == "exprcall" and function_path(names, node) == ("is_number",)
        for argument in node.children[1].children
    }
    for node in compared:
        for side in (node.children[0], node.children[2]):
            kind = inferred.of(names, side)
            if kind.kind == "union" and types.NULL in kind.items and asked.isdisjoint(_called(names, side)):
                message = (
                    f"{_text(names, side)} can be null, which the engine puts behind every number, and OPA before."
                )
                remedy = f"Ask is_number({_text(names, side)}) first."
                yield names.module.finding(node.place, "engine", message, remedy, "warning")


def _called(names: Names, node: Node) -> Iterator[str]:
    """A term as it is written, and what a variable was assigned."""
    yield _text(names, node)
    local = names.locals.get(id(node))
    if local is not None and local.kind == "assigned" and local.definition is not None:
        yield _text(names, local.definition)


def _text(names: Names, node: Node) -> str:
    return names.module.text(node.start, node.start + node.length)
