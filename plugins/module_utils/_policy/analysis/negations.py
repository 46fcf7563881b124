# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``not`` about what may be missing: true to the engine (regopy 1.5.2), undefined in OPA.

OPA reads the operands of a call or an order before it negates. So ``small if not input.parameters.size > 3`` has no value there
without a size, and a rule that asks for ``not small`` denies. ``==`` between the two is the same in both engines. In a
rule that denies by itself the engine is the stricter one, so nothing is said about that.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.inference import Inference
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import (
    Rule,
    outside_closures,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.patterns import infix_operator
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node

_EQUALITIES = frozenset({"equals", "unify"})


def check(names: Names, rule: Rule, inferred: Inference) -> Iterator[Finding]:
    """Warnings about one rule, one for each ``not``."""
    if rule.text in collector.KINDS or names.module.is_test:
        return
    for node in rule.nodes:
        if node.kind != "not-expr":
            continue
        expressions = [literal.children[0] for literal in node.children[0].children]
        for reference in (each for expression in expressions for each in _operands(expression)):
            if _may_be_missing(names, reference, inferred):
                text = names.module.text(reference.place, reference.start + reference.length)
                message = f"Without {text} not is true to the engine, and undefined in OPA."
                remedy = f"Assign it on the line above (value := {text}), or read it with object.get."
                yield names.module.finding(node.place, "engine", message, remedy, "warning")
                break


def _operands(expression: Node) -> Iterator[Node]:
    """The references that OPA reads before it negates."""
    sides: tuple[Node, ...] = ()
    if expression.kind == "exprinfix" and infix_operator(expression) in _EQUALITIES:
        sides = tuple(side for side in expression.children if side.kind != "ref")
    elif expression.kind == "exprcall":
        sides = expression.children[1].children
    elif expression.kind in ("exprinfix", "membership"):
        sides = expression.children
    for side in sides:
        yield from (node for node in outside_closures(side) if node.kind == "ref")


def _may_be_missing(names: Names, reference: Node, inferred: Inference) -> bool:
    """Whether nothing says that the input, or what a variable of the rule is, has this field."""
    head = reference.children[0].children[0]
    if head.kind != "var":
        return False
    root = names.paths.get(id(head))
    return (root == ("input",) or id(head) in names.locals) and inferred.of(names, reference).kind == "any"
