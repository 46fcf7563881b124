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

from collections.abc import Iterable, Iterator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import COMPREHENSIONS, Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Local, Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node


def check(names: Names, rule: Rule) -> Iterator[Finding]:
    """Findings about one rule, one for each comprehension."""
    for node in rule.nodes:
        if node.kind not in COMPREHENSIONS:
            continue
        *heads, body = node.children
        inside = {id(each) for each in node.walk()}
        around = {local for local, _place in _used(names, (each for each in rule.nodes if id(each) not in inside))}
        lost = around - {local for local, _place in _used(names, body.walk())}
        for local, place in (each for head in heads for each in _used(names, head.walk())):
            if local in lost:
                message = f"The engine does not find {local.name} in front of the |, and the comprehension is empty."
                remedy = "Give what stands there a name in the body: [found | ...; found := ...]."
                yield names.module.finding(place, "engine", message, remedy)
                break


def _used(names: Names, nodes: Iterable[Node]) -> Iterator[tuple[Local, int]]:
    for each in nodes:
        local = names.locals.get(id(each))
        if local is not None and local.kind != "wildcard":
            yield local, each.place
