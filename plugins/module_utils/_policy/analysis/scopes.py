# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variable each name in a rule is, by the rules of the real compiler.

A name is, in this order: declared in an enclosing body (``:=``, ``some``, ``every``, an argument), an import, a rule of
the package, ``input`` or ``data``; else it is a variable that has to get a value by being matched, and is the same one
throughout the rule.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import (
    COMPREHENSIONS,
    Branch,
    Module,
    Path,
    Rule,
    is_wildcard,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.patterns import (
    assigned,
    declared,
    dotted,
    not_assignable,
    variables,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node

ROOTS = ("input", "data")
Reference: TypeAlias = "tuple[int, Node, tuple[str | None, ...]]"
_REPEATED = "Give the second one another name; = compares with the first."


@dataclass(eq=False)
class Local:
    """A variable of a rule. ``definition``: what ``:=`` or ``some ... in`` gives it, where that is one term."""

    name: str
    place: int
    kind: Literal["argument", "assigned", "declared", "element", "implicit", "wildcard"]
    used: bool = False
    definition: Node | None = None


@dataclass(eq=False)
class _Scope:
    above: _Scope | None
    names: dict[str, Local] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Names:
    """What the names of a module mean.

    Attributes:
        locals: The variable that a ``var`` or ``placeholder`` node is, by the identity of the node.
        siblings: Names of the rules of its package, in whatever file.
        is_builtin: Whether the engine has a function of this name.
        paths: What a ``var`` node stands for where it is an import, a rule or a root.
        references: Of each rule (``definitions.references``).
    """

    module: Module
    siblings: Iterable[str]
    is_builtin: Callable[[str], bool]
    findings: list[Finding] = field(default_factory=list)
    locals: dict[int, Local] = field(default_factory=dict)
    paths: dict[int, Path] = field(default_factory=dict)
    references: dict[int, tuple[Reference, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = ("data", *self.module.package)
        self.globals: dict[str, Path] = {name: (name,) for name in ROOTS}
        self.globals |= {name: (*own, name) for name in self.siblings}
        self.globals |= {
            each.alias: each.path for each in self.module.imports if each.path[0] in ROOTS and len(each.path) > 1
        }
        self.used_imports: set[str] = set()

    def complain(self, place: int, code: str, message: str, remedy: str) -> None:
        self.findings.append(self.module.finding(place, code, message, remedy))


def rules_by_package(modules: Iterable[Module]) -> dict[Path, frozenset[str]]:
    """First parts of the names of all rules of each package: the files of a package see each other's."""
    found: dict[Path, set[str]] = {}
    for module in modules:
        found.setdefault(module.package, set()).update(rule.name[0] for rule in module.rules)
    return {package: frozenset(names) for package, names in found.items()}


def resolve(module: Module, siblings: Iterable[str], is_builtin: Callable[[str], bool]) -> Names:
    """Resolve every rule of a module; findings are about declarations."""
    names = Names(module, siblings, is_builtin)
    for rule in module.rules:
        _Resolver(names).rule(rule)
    return names


class _Resolver:
    """Resolves one rule."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._implicit: dict[str, Local] = {}
        self._scope = _Scope(None)

    def rule(self, rule: Rule) -> None:
        for argument in rule.arguments:
            for node in variables(argument):
                self._declare(node, "argument")
        for branch in rule.branches:
            self._scope = _Scope(self._scope)
            self._branch(rule, branch)
            self._close()
        if not rule.default:
            self._report_unused(self._scope)

    def _branch(self, rule: Rule, branch: Branch) -> None:
        self._query(branch.query)
        for node in (*rule.keys, *branch.terms):
            self._node(node)

    def _query(self, query: Node | None) -> None:
        if query is None:
            return
        self._scope.pending |= {node.text for literal in query.children for node in declared(literal)}
        for literal in query.children:
            self._literal(literal)

    def _literal(self, literal: Node) -> None:
        expression, *modifiers = literal.children
        if expression.kind == "not-expr":
            for inner in expression.children[0].children:
                self._literal(inner)
        elif expression.kind == "somedecl":
            self._some(expression)
        elif assigned(expression):
            left, _operator, right = expression.children
            self._node(right)
            self._assign(left, right)
        else:
            self._node(expression)
        for modifier in modifiers:
            self._node(modifier)

    def _some(self, declaration: Node) -> None:
        pattern, domain = declaration.children
        if domain.kind == "undefined":
            for node in variables(pattern):
                self._declare(node, "declared")
            return
        self._node(domain)
        self._keys(pattern)
        for node in variables(pattern):
            self._declare(node, "element", domain if node is pattern.children[-1] else None)

    def _assign(self, left: Node, right: Node) -> None:
        wrong = not_assignable(left)
        if wrong is not None:
            what = "a field" if wrong.kind == "ref" else "a value"
            remedy = "Assign to a new name; compare with ==."
            self._names.complain(left.place, "not-assignable", f"Nothing can be assigned to {what}.", remedy)
            return
        self._keys(left)
        for node in variables(left):
            self._declare(node, "assigned", right if node is left else None)

    def _keys(self, pattern: Node) -> None:
        for node in pattern.walk():
            if node.kind == "objectitem":
                self._node(node.children[0])

    def _node(self, node: Node) -> None:
        if node.kind == "var" or is_wildcard(node):
            self._use(node)
        elif node.kind == "refargdot":
            return
        elif node.kind == "exprcall":
            self._call(node)
        elif node.kind == "exprevery":
            self._every(node)
        elif node.kind in COMPREHENSIONS:
            self._scope = _Scope(self._scope)
            self._query(node.children[-1])
            for term in node.children[:-1]:
                self._node(term)
            self._close()
        elif node.kind == "literal":
            self._literal(node)
        elif node.kind == "with":
            self._with(node)
        else:
            for child in node.children:
                self._node(child)

    def _call(self, node: Node) -> None:
        function, arguments = node.children
        reference = function.children[0].children[0]
        if self._found(reference.text) is not None or reference.text in self._names.globals:
            self._node(function)
        self._node(arguments)

    def _with(self, node: Node) -> None:
        """A name that nothing in the library defines can be that of a built-in function here."""
        for term, role in zip(node.children, ("target", "value"), strict=True):
            head = term.children[0].children[0] if term.kind == "ref" else term
            free = head.kind == "var" and self._found(head.text) is None and head.text not in self._names.globals
            if free and self._names.is_builtin(dotted(term)):
                continue
            if role == "target" and (free or id(head) in self._names.locals or self._found(head.text) is not None):
                remedy = "Replace input, data, or a function."
                self._names.complain(head.place, "with-target", f"with cannot replace {dotted(term)}.", remedy)
                continue
            self._node(term)

    def _every(self, node: Node) -> None:
        keys, domain, body = node.children
        self._node(domain)
        self._scope = _Scope(self._scope)
        for variable in keys.children:
            if not is_wildcard(variable):
                self._declare(variable, "declared", domain if variable is keys.children[-1] else None)
        self._query(body)
        self._close()

    def _use(self, node: Node) -> None:
        names = self._names
        if is_wildcard(node):
            names.locals[id(node)] = Local("_", node.start, "wildcard", used=True)
            return
        local = self._found(node.text)
        if local is None and not self._pending(node.text) and node.text in names.globals:
            names.paths[id(node)] = names.globals[node.text]
            names.used_imports.add(node.text)
            return
        if local is None:
            local = self._implicit.setdefault(node.text, Local(node.text, node.place, "implicit", used=True))
            self._scope.seen.add(node.text)
        local.used = True
        names.locals[id(node)] = local

    def _found(self, name: str) -> Local | None:
        return next((scope.names[name] for scope in self._scopes() if name in scope.names), None)

    def _pending(self, name: str) -> bool:
        return any(name in scope.pending for scope in self._scopes())

    def _scopes(self) -> Iterator[_Scope]:
        scope: _Scope | None = self._scope
        while scope is not None:
            yield scope
            scope = scope.above

    def _declare(
        self,
        node: Node,
        kind: Literal["argument", "assigned", "declared", "element"],
        definition: Node | None = None,
    ) -> None:
        names, scope, name = self._names, self._scope, node.text
        if name in ROOTS:
            names.complain(node.place, "shadowed-root", f"{name} cannot be the name of a variable.", "Choose another.")
        above = scope.above.names.get(name) if scope.above else None
        earlier = scope.names.get(name) or (above if above and above.kind == "argument" else None)
        if earlier and kind != "argument":
            what = "is an argument" if earlier.kind == "argument" else "has a value"
            names.complain(node.place, "assigned-twice", f"{name} {what} here already.", _REPEATED)
        elif name in scope.seen:
            message = f"{name} is used above the line that gives it a value."
            names.complain(node.place, "assigned-late", message, "Move that line up, or rename one of the two.")
        if kind == "argument" and earlier:
            names.locals[id(node)] = earlier
            earlier.used = True
            return
        local = Local(name, node.place, kind, used=kind == "element", definition=definition)
        scope.names[name] = local
        names.locals[id(node)] = local

    def _close(self) -> None:
        self._report_unused(self._scope)
        self._scope = self._scope.above or self._scope

    def _report_unused(self, scope: _Scope) -> None:
        for local in scope.names.values():
            if not local.used:
                what = "argument" if local.kind == "argument" else "variable"
                remedy = "Remove it, or write _ in its place; it is often misspelt elsewhere."
                self._names.complain(local.place, "unused", f"The {what} {local.name} is not used.", remedy)
