# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of which OPA and this engine (regopy 1.5.2) make something else.

Nothing fails: a rule is silent that denies in OPA. Measured:
- An index without a value of its own is tried in a reference that stands alone, that is assigned, matched or compared, or
  that ``some ... in`` and ``every`` go through. In an argument, an array, an object or a set nothing is tried, nor on the
  two sides of a comparison with an index each: ``startswith(input.names[i], "x")`` never holds.
- A comprehension tries an index again that has a value around it, unless ``:=`` or ``some ... in`` gave it that.
- ``not`` about a variable of an ``every`` around it always holds.
- A variable that belongs to a ``not`` or ``every``, and has the name of a field that is read there, is lost:
  ``not "x" in {name | name := input.pods[_].name}`` always holds, an ``every`` with one never.
- ``some x`` is not a new variable where a rule or an import has that name; nor is an index, and ``import rego.v1`` has
  the name ``v1``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import (
    COMPREHENSIONS,
    Rule,
    argument_terms,
    constant_key,
    is_wildcard,
    outside_closures,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.patterns import (
    infix_operator,
    variables,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import ROOTS, Local, Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node

_UNTRIED = "The engine does not try the values of {} here, so that nothing is found."
_UNTRIED_REMEDY = "Go through them first: some {}, _ in ..., or value := ...[{}] on a line of its own."
_AGAIN = "The engine gives {} other values in this comprehension than it has around it."
_AGAIN_REMEDY = "Begin the comprehension with key := {}, and go on with key."
_EVERY = "The engine takes not for true here, whatever {} is."
_EVERY_REMEDY = "Say what holds, with != or a function without not; or count those for which it does not hold."
_FIELD = "The engine mixes up the field {0} and the variable {0} inside of every and not."
_SHADOWED = "The engine takes {} for the rule or import of that name."
_UNSTATED = ("implicit", "declared")


def check(names: Names, rule: Rule) -> Iterator[Finding]:
    """Findings about one rule."""
    keywords = {each.alias for each in names.module.imports if each.path[0] not in ROOTS}
    arguments = {local for node in rule.arguments for local in _locals(names, node)}
    for branch in rule.branches:
        heads = (*rule.keys, *branch.terms)
        bound = {local for node in heads for local in _indices(names, node)}
        yield from _query(names, branch.query, heads, arguments | bound, arguments)
    for node in rule.nodes:
        if node.kind == "exprevery":
            yield from _every(names, rule, node)
        elif node.kind == "not-expr":
            yield from _fields(names, node, _own(names, rule, (node,)))
        elif node.kind == "somedecl" and node.children[1].kind == "undefined":
            for variable in variables(node.children[0]):
                if variable.text in names.globals:
                    yield _shadowed(names, variable)
        elif node.kind == "var" and node.text in keywords and _unstated(names, node):
            yield _shadowed(names, node)


def _unstated(names: Names, node: Node) -> bool:
    return id(node) in names.locals and names.locals[id(node)].kind in _UNSTATED


def _shadowed(names: Names, node: Node) -> Finding:
    return names.module.finding(node.place, "engine", _SHADOWED.format(node.text), "Choose another name.")


def _query(
    names: Names, query: Node | None, heads: Sequence[Node], bound: set[Local], shared: set[Local]
) -> Iterator[Finding]:
    """Check a body and the terms it is for.

    Args:
        bound: Variables that have a value from outside.
        shared: Those to which a comprehension would give another one.
    """
    literals = query.children if query else ()
    here = [part for node in (*literals, *heads) for part in outside_closures(node)]
    own = {local for part in here for local in _locals(names, part, deep=False)}
    bound = bound | _tried(names, literals, bound)
    yield from _untried(names, literals, heads, bound)
    shared = shared | (own - _plain(names, literals))
    for node in here:
        if node.kind == "exprevery":
            keys = {local for key in node.children[0].children for local in _locals(names, key)}
            yield from _query(names, node.children[2], (), bound | own | keys, shared | keys)
        elif node.kind in COMPREHENSIONS:
            yield from _again(names, node.children[-1], shared)
            yield from _query(names, node.children[-1], node.children[:-1], bound | own, shared)


def _untried(names: Names, literals: Sequence[Node], heads: Sequence[Node], bound: set[Local]) -> Iterator[Finding]:
    found: list[Node] = []
    for node in (*(each for each in literals if each.children[0].kind != "not-expr"), *heads):
        for part in outside_closures(node):
            for local in _indices(names, part):
                if local.kind in _UNSTATED and local not in bound and node not in found:
                    found.append(node)
                    remedy = _UNTRIED_REMEDY.format(local.name, local.name)
                    yield names.module.finding(part.place, "engine", _UNTRIED.format(local.name), remedy)


def _again(names: Names, query: Node, shared: set[Local]) -> Iterator[Finding]:
    for literal in query.children:
        expression = literal.children[0]
        direct = [local for node in _references(expression) for local in _indices(names, node)]
        for local in dict.fromkeys([*direct, *_matched(names, expression)]):
            if local in shared:
                remedy = _AGAIN_REMEDY.format(local.name)
                yield names.module.finding(literal.place, "engine", _AGAIN.format(local.name), remedy)


def _tried(names: Names, literals: Sequence[Node], bound: set[Local]) -> set[Local]:
    """The variables of a body that the engine gives values to."""
    found = set(bound)
    compared = []
    for literal in literals:
        expression = literal.children[0]
        references = _references(expression)
        found |= _matched(names, expression)
        if expression.kind == "exprcall" and expression.children[1].children:
            last = expression.children[1].children[-1]
            found |= {names.locals[id(node)] for node in variables(last) if id(node) in names.locals}
        if len(references) > 1 and infix_operator(expression) != "unify":
            compared.append(references)
        else:
            found |= {local for node in references for local in _indices(names, node)}
    known = set(found)
    for references in compared:
        indices = [{each for each in _indices(names, node) if each.kind in _UNSTATED} for node in references]
        unknown = [each - known for each in indices if each]
        if unknown and all(each <= unknown[0] for each in unknown):
            found |= unknown[0]
    return found


def _matched(names: Names, expression: Node) -> set[Local]:
    """The variables in the patterns on both sides of ``=``."""
    if infix_operator(expression) != "unify":
        return set()
    sides = (expression.children[0], expression.children[2])
    return {names.locals[id(node)] for side in sides for node in variables(side) if id(node) in names.locals}


def _plain(names: Names, literals: Sequence[Node]) -> set[Local]:
    """The variables to which a body gives their value by ``x := ...``, ``some x in`` or ``some k, x in``."""
    found = set()
    for literal in literals:
        expression = literal.children[0]
        if expression.kind == "somedecl" and expression.children[1].kind != "undefined":
            declared = expression.children[0].children
        elif infix_operator(expression) in ("assign", "unify"):
            declared = (expression.children[0],)
        else:
            continue
        right = expression.children[-1]
        for node in declared:
            local = names.locals.get(id(node))
            if node.kind == "var" and local and (infix_operator(expression) != "unify" or not _references(right)):
                found.add(local)
    return found


def _references(expression: Node) -> list[Node]:
    """The references of an expression whose indices the engine tries."""
    if expression.kind == "ref":
        return [expression]
    if expression.kind == "somedecl" or expression.kind == "exprevery":
        return [expression.children[1]] if expression.children[1].kind == "ref" else []
    if expression.kind == "exprinfix" and infix_operator(expression):
        left, _operator, right = expression.children
        return [*_references(left), *_references(right)]
    return []


def _indices(names: Names, node: Node) -> set[Local]:
    """The variables in the brackets of a reference itself; not those of references there."""
    if node.kind != "ref":
        return set()
    terms = [term for term in argument_terms(node) if term.kind != "refargdot"]
    return {names.locals[id(each)] for term in terms for each in variables(term) if id(each) in names.locals}


def _locals(names: Names, node: Node, *, deep: bool = True) -> set[Local]:
    parts = node.walk() if deep else (node,)
    return {names.locals[id(part)] for part in parts if id(part) in names.locals and not is_wildcard(part)}


def _own(names: Names, rule: Rule, parts: Sequence[Node]) -> set[Local]:
    """The variables that a rule has in these parts only."""
    inside = {id(node) for part in parts for node in part.walk()}
    around = {names.locals[id(node)] for node in rule.nodes if id(node) in names.locals and id(node) not in inside}
    return {local for part in parts for local in _locals(names, part)} - around


def _every(names: Names, rule: Rule, node: Node) -> Iterator[Finding]:
    keys, _domain, body = node.children
    own = _own(names, rule, (keys, body))
    yield from _fields(names, body, own)
    for part in body.walk():
        about = own & _locals(names, part) if part.kind == "not-expr" else set()
        if about:
            name = min(local.name for local in about)
            yield names.module.finding(part.place, "engine", _EVERY.format(name), _EVERY_REMEDY)


def _fields(names: Names, body: Node, own: set[Local]) -> Iterator[Finding]:
    """Variables that an ``every`` or ``not`` has for itself, and a field of that name in it."""
    found = {local.name for local in own}
    ahead = [body]
    while ahead:
        node = ahead.pop()
        skipped = node.children[1] if node.kind == "exprevery" and body.kind != "not-expr" else None  # the domain
        ahead.extend(child for child in node.children if child is not skipped)
        for name in map(constant_key, argument_terms(node) if node.kind == "ref" else ()):
            if name in found:
                found.remove(name)
                remedy = "Give the variable another name than the field."
                yield names.module.finding(node.place, "engine", _FIELD.format(name), remedy)
