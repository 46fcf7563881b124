# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that the engine reads more generously than the real compiler: rules without ``if``, keywords without import.

A file without ``import rego.v1`` may be written in the language before OPA 1.0, as a whole: rules have no ``if`` and no
``contains``, and each newer keyword in use is imported. The tree does not show ``if``; the text in front of a body does.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Branch, Module, Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.patterns import assigned
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.extents import BRACKET, PAIRS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import NOWHERE

_IF = re.compile(rb"if\b")
# The engine leaves these out of the tree.
_FUTURE_IMPORT = re.compile(rb"^[ \t]*import[ \t]+future\.keywords\.?(\w*)", re.MULTILINE)


def check(module: Module) -> Iterator[Finding]:
    """Findings about the old language, brackets, and what the engine takes for something else."""
    yield from _brackets(module)
    lacking = [(rule, branch) for rule in module.rules for branch in rule.branches if _lacks_if(module, branch)]
    modern = any(each.path == ("rego", "v1") for each in module.imports)
    if lacking and not modern:
        yield from _missing_imports(module)
    else:
        for rule, branch in lacking:
            place = branch.query.place if branch.query else rule.place
            message = f"if is missing before the body of {rule.text}."
            yield module.finding(place, "old-syntax", message, "Write if before every body.")
    for rule in module.rules:
        yield from _odd_head(module, rule)


def _brackets(module: Module) -> Iterator[Finding]:
    """The engine overlooks some brackets that close nothing, or close another."""
    expected: list[bytes] = []
    for match in BRACKET.finditer(module.source.content):
        found = match.group()
        if found in PAIRS:
            expected.append(PAIRS[found])
        elif found in PAIRS.values() and (not expected or expected.pop() != found):
            message = f"This {found.decode()} does not close the bracket before it."
            yield module.finding(match.start(), "brackets", message, "Count the brackets above; opa fmt helps.")
            return


def _odd_head(module: Module, rule: Rule) -> Iterator[Finding]:
    if rule.kind == "set" and any(node.kind == "else" for node in rule.nodes):
        yield module.finding(rule.place, "old-syntax", f"{rule.text} is a set and has an else.", "Write a second rule.")
    whole = {id(node.children[0]) for node in rule.nodes if node.kind == "literal"}
    for node in rule.nodes:
        if assigned(node) and id(node) not in whole:
            message = "A value is assigned inside of an expression."
            yield module.finding(node.place, "not-assignable", message, "Assign it on a line of its own.")


def _lacks_if(module: Module, branch: Branch) -> bool:
    if branch.query is None or not branch.query.children or branch.query.start == NOWHERE:
        return False
    content, start = module.source.content, branch.query.start
    before = content[start : branch.query.children[0].place]  # the body of an else begins with the else
    return not (
        _IF.match(content, start) or content[:start].rstrip().endswith(b"if") or before.rstrip().endswith(b"if")
    )


def _keywords(module: Module) -> dict[str, int]:
    """The newer keywords in use, with the first place of each."""
    used: dict[str, int] = {}
    for rule in module.rules:
        if rule.kind == "set":
            used.setdefault("contains", rule.place)
        for branch in rule.branches:
            if branch.query is not None and not _lacks_if(module, branch):
                used.setdefault("if", branch.query.place)
        for node in rule.nodes:
            if node.kind == "membership" or (node.kind == "somedecl" and node.children[1].kind != "undefined"):
                used.setdefault("in", node.place)
            elif node.kind == "exprevery":
                used.setdefault("every", node.place)
    return used


def _missing_imports(module: Module) -> Iterator[Finding]:
    imported = {match.group(1).decode() for match in _FUTURE_IMPORT.finditer(module.source.content)}
    if "" in imported:
        return
    if "every" in imported:
        imported.add("in")
    for keyword, place in _keywords(module).items():
        if keyword not in imported:
            message = f"The keyword {keyword} is used and not imported."
            remedy = f"Write import rego.v1 and if before every body, or import future.keywords.{keyword}."
            yield module.finding(place, "missing-import", message, remedy)
