# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comprehensions that the engine leaves empty (regopy 1.5.2).

A comprehension is a function to it, whose arguments are the variables of its body that come from around it. One that only
stands in front of the ``|`` is not among them, so what stands there is undefined and nothing is collected:
``[sprintf("%v/%v", [pod.name, port]) | some port in ports]`` is ``[]`` in a rule with ``some pod in pods``. Constants,
and some comprehensions in the head of a rule, come out right; they are refused as well.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Local, Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node

_COMPREHENSIONS = frozenset({"arraycompr", "setcompr", "objectcompr"})


def check(names: Names, rule: Rule) -> Iterator[Finding]:
    """Findings about one rule, one for each comprehension."""
    for node in rule.nodes:
        if node.kind not in _COMPREHENSIONS:
            continue
        *heads, body = node.children
        places = {each.start for each in node.walk()}
        passed = {id(local) for local, _place in _used(names, body)}
        for local, place in (each for head in heads for each in _used(names, head)):
            if id(local) not in passed and local.place not in places:
                message = f"The engine does not find {local.name} in front of the |, and the comprehension is empty."
                remedy = "Give what stands there a name in the body: [found | ...; found := ...]."
                yield names.module.finding(place, "engine", message, remedy)
                break


def _used(names: Names, node: Node) -> Iterator[tuple[Local, int]]:
    for each in node.walk():
        local = names.locals.get(id(each))
        if local is not None and local.kind != "wildcard":
            yield local, each.place
