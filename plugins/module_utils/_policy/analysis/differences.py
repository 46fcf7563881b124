# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that OPA and this engine (regopy 1.5.2) both take, and of which this one makes something else.

Nothing fails: a rule is silent that denies in OPA. Measured:
- Texts are kept as they are written: ``"a\\/b"`` is not ``"a/b"``, and ``"\\u00e9"`` is not ``"é"``.
- ``max``, ``min``, ``sort`` and the order (``<``, ``>``) of arrays, objects and sets go by the text: 9 is more than 10.
- A text is less than a number, in OPA it is more.
- ``semver.compare`` puts 1.0.0-rc.1 behind 1.0.0.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis import types
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.definitions import function_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.inference import Inference
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.ordering import ORDERS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.patterns import infix_operator
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node, constant

_COMPOSITE = frozenset({"array", "object", "set"})
_EXTREMES = frozenset({"max", "min"})
_COUNT_INSTEAD = "Compare the numbers one by one: some number in numbers, and number > limit."


def check(names: Names, rule: Rule, inferred: Inference) -> Iterator[Finding]:
    """Findings about one rule."""
    for node in rule.nodes:
        if node.kind == "STRING":
            yield from _spelling(names, node)
        elif node.kind == "exprinfix" and infix_operator(node) in ORDERS:
            yield from _order(names, node, inferred)
        elif node.kind == "exprcall":
            yield from _call(names, node, inferred)


def _spelling(names: Names, node: Node) -> Iterator[Finding]:
    plain = json.dumps(constant(node)[1], ensure_ascii=False)
    if plain != node.text:
        message = "The engine compares texts as they are written, so this one is equal to none."
        yield names.module.finding(node.place, "engine", message, f"Write {plain}.")


def _order(names: Names, node: Node, inferred: Inference) -> Iterator[Finding]:
    left, right = inferred.of(names, node.children[0]), inferred.of(names, node.children[2])
    if types.disjoint(left, right):
        message = f"The engine puts {left} and {right} in another order than OPA."
        yield names.module.finding(node.place, "engine", message, "Compare values of one type: ask is_number first.")
    elif not _COMPOSITE.isdisjoint((left.kind, right.kind)):
        message = "The engine compares arrays, objects and sets as texts, for which 9 is more than 10."
        yield names.module.finding(node.place, "engine", message, "Compare their members.")


def _call(names: Names, node: Node, inferred: Inference) -> Iterator[Finding]:
    name = ".".join(function_path(names, node))
    if name == "semver.compare":
        message = "The engine takes 1.0.0-rc.1 for newer than 1.0.0, which it is not."
        yield names.module.finding(
            node.place, "engine", message, "Split the versions, and compare their parts as numbers."
        )
    elif (name in _EXTREMES or name == "sort") and len(node.children[1].children) == 1:
        members = types.member(inferred.of(names, node.children[1].children[0]), None) or types.ANY
        if _may_be_numbers(name, members):
            message = f"The engine compares numbers in {name} as texts, for which 9 is more than 10."
            yield names.module.finding(node.place, "engine", message, _COUNT_INSTEAD)


def _may_be_numbers(name: str, members: types.Type) -> bool:
    """Of what is sorted that has to be known: it is mostly shown, and not compared."""
    kinds = {each.kind for each in members.items} if members.kind == "union" else {members.kind}
    return "number" in kinds or (name in _EXTREMES and kinds != {"string"})
