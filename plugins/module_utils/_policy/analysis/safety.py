# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds variables that nothing gives a value.

The real compiler refuses them (unsafe variables). regopy takes such an expression as undefined, and its negation as
true: ``not input.pods[i]`` always holds.

A body is safe when its expressions can be put into an order in which each finds its variables bound. An expression binds
the variables in brackets of a reference whose head is known, those of a pattern matched with a known value, those of
``some ... in``, and the last argument of a call that has one more than the function takes. Nothing is bound under
``not``. What a comprehension or ``every`` shares with its surroundings has to be bound there.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import (
    CLOSURES,
    Rule,
    argument_terms,
    constant_key,
    is_wildcard,
    outside_closures,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.patterns import infix_operator
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Local, Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import NOWHERE, Node

UNDEFINED_REMEDY = "Correct the spelling, import it, or define it. The engine has not every function of OPA."
Arity = Callable[[Node], "int | None"]
_Locals = set[Local]


def check(names: Names, rule: Rule, arity: Arity) -> None:
    """Add a finding for every unsafe variable of a rule.

    Args:
        arity: Number of arguments of the function that an ``exprcall`` calls, ``None`` when nobody knows it.
    """
    checker = _Safety(names, arity)
    arguments = {local for node in rule.arguments for local in checker.variables(node)}
    for branch in rule.branches:
        literals = branch.query.children if branch.query else ()
        checker.body(literals, (*rule.keys, *branch.terms), arguments, arguments)
    _complain(names, checker)


def _complain(names: Names, checker: _Safety) -> None:
    for local, place in checker.unsafe.items():
        if local.kind == "implicit" and local not in checker.indices:
            message = f"The name {local.name} is not defined."
            names.complain(place, "undefined-name", message, UNDEFINED_REMEDY)
        else:
            message = f"Nothing gives {local.name} a value here."
            remedy = "Bind it outside of not, with some ... in, or use a rule of its own."
            names.complain(place, "unsafe-variable", message, remedy)


class _Safety:
    def __init__(self, names: Names, arity: Arity) -> None:
        self._names = names
        self._arity = arity
        self.unsafe: dict[Local, int] = {}
        self.indices: _Locals = set()
        self._checked: set[int] = set()

    def body(self, literals: Sequence[Node], terms: Sequence[Node], safe: _Locals, visible: _Locals) -> _Locals:
        """Check a body and the terms it is for. Returns what is bound in the end.

        Args:
            safe: Variables that have a value from outside.
            visible: Variables of the bodies around this one.
        """
        visible = visible | {
            local for node in (*literals, *terms) for part in outside_closures(node) for local in self._own(part)
        }
        safe = set(safe)
        ahead = list(literals)
        while ahead:
            rest = []
            for literal in ahead:
                needed, bound = self._literal(literal, safe, visible)
                if needed - bound - safe:
                    rest.append(literal)
                else:
                    safe |= bound
            if len(rest) == len(ahead):
                break
            ahead = rest
        for node in (*ahead, *terms):
            self._report(node, safe, visible)
        return safe

    def _report(self, node: Node, safe: _Locals, visible: _Locals) -> None:
        """Note what an expression that cannot be placed lacks."""
        needed, bound = (
            self._literal(node, safe, visible) if node.kind == "literal" else self._term(node, safe, visible)
        )
        lacking = needed - bound - safe
        for part in node.walk():
            for local in self._own(part):
                if local in lacking:
                    self.unsafe.setdefault(local, part.start if part.start != NOWHERE else node.place)

    def _literal(self, literal: Node, safe: _Locals, visible: _Locals) -> tuple[_Locals, _Locals]:
        """The variables that an expression needs, and those it binds once it has them."""
        expression, *modifiers = literal.children
        if expression.kind == "not-expr":
            needed, bound = self._all(expression.children[0].children, safe, visible)
            needed, bound = needed | bound, set()
        elif expression.kind == "somedecl":
            needed, bound = self._some(expression, safe, visible)
        elif infix_operator(expression) in ("assign", "unify"):
            needed, bound = self._unified(expression.children[0], expression.children[2], safe, visible)
        else:
            needed, bound = self._term(expression, safe, visible)
            if expression.kind == "exprcall":
                outputs = self._output(expression)
                needed, bound = needed - outputs, bound | outputs
        for modifier in (each for sequence in modifiers for each in sequence.children):
            more, indices = self._term(modifier.children[-1], safe, visible)
            needed |= more | indices
        return needed, bound

    def _all(self, nodes: Sequence[Node], safe: _Locals, visible: _Locals) -> tuple[_Locals, _Locals]:
        needed: _Locals = set()
        bound: _Locals = set()
        for node in nodes:
            part = self._literal if node.kind == "literal" else self._term
            more, indices = part(node, safe, visible)
            needed |= more
            bound |= indices
        return needed, bound

    def _term(self, node: Node, safe: _Locals, visible: _Locals) -> tuple[_Locals, _Locals]:
        if node.kind == "var" or is_wildcard(node):
            return set(self._own(node)), set()
        if node.kind in CLOSURES:
            return self._closure(node, safe, visible)
        if node.kind == "ref":
            return self._reference(node, safe, visible)
        if node.kind == "exprcall":
            function, arguments = node.children
            needed, bound = self._all(arguments.children, safe, visible)
            return needed | set(self._own(function.children[0].children[0])), bound
        if node.kind == "templatestring":
            needed, bound = self._all(node.children, safe, visible)
            return needed | bound, set()
        return self._all(node.children, safe, visible)

    def _reference(self, node: Node, safe: _Locals, visible: _Locals) -> tuple[_Locals, _Locals]:
        needed, bound = self._term(node.children[0].children[0], safe, visible)
        known = not needed - bound - safe
        for argument in argument_terms(node):
            if argument.kind == "refargdot":
                continue
            self.indices |= self.variables(argument)
            more, indices = self._term(argument, safe, visible)
            matched = self.variables(argument) if known else set()
            needed |= more - matched
            bound |= indices | matched
        return needed, bound

    def _closure(self, node: Node, safe: _Locals, visible: _Locals) -> tuple[_Locals, _Locals]:
        if node.kind == "exprevery":
            declared, domain, query = node.children
            needed, bound = self._term(domain, safe, visible)
            own = {local for each in declared.children for local in self._own(each)}
            terms: Sequence[Node] = ()
        else:
            *terms, query = node.children
            needed, bound, own = set(), set(), set()
        shared = {local for part in node.walk() for local in self._own(part)} & visible
        needed |= shared - own - bound
        if id(node) not in self._checked:
            self._checked.add(id(node))
            self.body(query.children, terms, safe | bound | shared | own, visible | own)
        return needed, bound

    def _some(self, declaration: Node, safe: _Locals, visible: _Locals) -> tuple[_Locals, _Locals]:
        pattern, domain = declaration.children
        if domain.kind == "undefined":
            return set(), set()
        needed, bound = self._term(domain, safe, visible)
        keys, _none = self._all(
            [part.children[0] for part in pattern.walk() if part.kind == "objectitem"], safe, visible
        )
        return needed | keys, bound | self.variables(pattern)

    def _unified(self, left: Node, right: Node, safe: _Locals, visible: _Locals) -> tuple[_Locals, _Locals]:
        if left.kind == right.kind == "array" and len(left.children) == len(right.children):
            return self._pairs(list(zip(left.children, right.children, strict=True)), safe, visible)
        if left.kind == right.kind == "object":
            pairs = list(_same_keys(left, right))
            if len(pairs) == len(left.children) == len(right.children):
                return self._pairs(pairs, safe, visible)
        needed, bound = self._all((left, right), safe, visible)
        found: _Locals = set()
        for pattern, value in ((left, right), (right, left)):
            value_needs, value_binds = self._term(value, safe, visible)
            if not value_needs - value_binds - safe:
                found |= self.variables(pattern)
        return needed - found, bound | found

    def _pairs(self, pairs: Sequence[tuple[Node, Node]], safe: _Locals, visible: _Locals) -> tuple[_Locals, _Locals]:
        needed: _Locals = set()
        bound: _Locals = set()
        for left, right in pairs:
            more, found = self._unified(left, right, safe | bound, visible)
            needed |= more
            bound |= found
        return needed, bound

    def _output(self, call: Node) -> _Locals:
        arguments = call.children[1].children
        takes = self._arity(call)
        if takes is None or len(arguments) != takes + 1:
            return set()
        return self.variables(arguments[-1])

    def variables(self, pattern: Node) -> _Locals:
        """The variables that matching a pattern with a value binds."""
        if pattern.kind == "var" or is_wildcard(pattern):
            return set(self._own(pattern))
        if pattern.kind == "objectitem":
            return self.variables(pattern.children[1])
        if pattern.kind in ("array", "object", "exprseq"):
            return {local for child in pattern.children for local in self.variables(child)}
        return set()

    def _own(self, node: Node) -> Iterator[Local]:
        if is_wildcard(node):
            yield self._names.locals.setdefault(id(node), Local("_", node.start, "wildcard", used=True))
        elif node.kind == "var" and id(node) in self._names.locals:
            yield self._names.locals[id(node)]


def _same_keys(left: Node, right: Node) -> Iterator[tuple[Node, Node]]:
    values = {constant_key(item.children[0]): item.children[1] for item in right.children}
    for item in left.children:
        key = constant_key(item.children[0])
        if key is not None and key in values:
            yield item.children[1], values[key]
