# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds fields that a value cannot have, and comparisons and calls whose types never fit.

Only what can never hold is a finding; where nobody knows a type, anything goes. The input has the type of its schema.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis import types
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.definitions import (
    Definitions,
    function_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import (
    Path,
    Rule,
    argument_terms,
    constant_key,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.patterns import (
    dotted,
    infix_operator,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Local, Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.types import ANY, NUMBER, Type
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node, constant

_SETS = Type("set", rest=ANY)
_OPERANDS = {
    **dict.fromkeys(("add", "multiply", "divide", "modulo"), NUMBER),
    "subtract": types.union((NUMBER, _SETS)),
    **dict.fromkeys(("and", "or"), _SETS),
}
_EQUALITIES = frozenset({"equals", "unify"})
# regopy 1.5.2 declares these differently from what they do, and from what OPA declares.
_RESULTS = {
    "concat": types.STRING,
    "object.subset": ANY,
    "object.union": ANY,
    "object.union_n": ANY,
    "strings.any_prefix_match": types.BOOLEAN,
    "strings.any_suffix_match": types.BOOLEAN,
    "strings.reverse": types.STRING,
}
_UNTYPED_ARGUMENTS = frozenset({"count"})
_COUNTABLE = types.union((types.STRING, Type("array", rest=ANY), types.OBJECT, _SETS))


class Inference:
    """Types of everything in a library.

    Args:
        all_names: Of every module.
        schema: Of the input; ``None``: it can be anything.
    """

    def __init__(self, all_names: Sequence[Names], definitions: Definitions, schema: Mapping[str, Any] | None) -> None:
        self._definitions = definitions
        self._input = types.of_schema(schema)
        self._names = {id(rule): names for names in all_names for rule in names.module.rules}
        self._rules: dict[Path, Type] = {}
        self._locals: dict[Local, Type] = {}

    def of_rule(self, path: Path) -> Type:
        """Type of what a reference to a rule gives; of what a function returns."""
        if path not in self._rules:
            self._rules[path] = ANY
            rules = self._definitions.rules[path]
            if not any(rule.keys for rule in rules):
                self._rules[path] = types.union(self._of_rule(rule) for rule in rules)
        return self._rules[path]

    def _of_rule(self, rule: Rule) -> Type:
        names = self._names[id(rule)]
        values = types.union(self.of(names, branch.terms[-1]) for branch in rule.branches)
        if rule.kind == "set":
            return types.of_collection("set", values)
        return types.OBJECT if rule.kind == "object" else values

    def of(self, names: Names, node: Node) -> Type:
        """Type of a term."""
        known, value = constant(node)
        if known:
            return _of_value(value)
        if node.kind == "var":
            return self._of_variable(names, node)
        if node.kind == "ref":
            return self._of_reference(names, node)[0]
        if node.kind == "exprcall":
            return self._of_call(names, node)
        if node.kind == "exprinfix":
            return _OPERANDS.get(infix_operator(node), types.BOOLEAN if len(node.children) == 3 else NUMBER)
        return self._of_composite(names, node)

    def _of_composite(self, names: Names, node: Node) -> Type:
        if node.kind == "array":
            return Type("array", tuple(self.of(names, child) for child in node.children))
        if node.kind == "set":
            return Type("set", rest=types.union(self.of(names, child) for child in node.children))
        if node.kind == "object":
            fields = {}
            for item in node.children:
                key = constant_key(item.children[0])
                if key is None:
                    return types.OBJECT
                fields[key] = self.of(names, item.children[1])
            # An empty one is what a default often is: like OPA, nothing is said about its members.
            return Type("object", fields=fields) if fields else types.OBJECT
        if node.kind in ("arraycompr", "setcompr"):
            return types.of_collection(node.kind.removesuffix("compr"), self.of(names, node.children[0]))
        if node.kind == "objectcompr":
            return types.of_collection("object", self.of(names, node.children[1]))
        simple = {"templatestring": types.STRING, "membership": types.BOOLEAN, "unaryexpr": NUMBER}
        return simple.get(node.kind, ANY)

    def _of_variable(self, names: Names, node: Node) -> Type:
        path = names.paths.get(id(node))
        if path is not None:
            return self._of_path(path)[0]
        local = names.locals.get(id(node))
        if local is None or local.definition is None:
            return ANY
        if local not in self._locals:
            self._locals[local] = ANY
            defined = self.of(names, local.definition)
            elements = local.kind in ("element", "declared")
            self._locals[local] = (types.member(defined, None) or ANY) if elements else defined
        return self._locals[local]

    def _of_path(self, path: Path) -> tuple[Type, int]:
        """Type of what a global name leads to, and how many parts of it are too many (0: none)."""
        if path[0] == "input":
            return _into(self._input, path[1:])
        around = self._definitions.around(path[1:])
        if around is None or self._definitions.arity(around) is not None:
            return ANY, 0
        return _into(self.of_rule(around), path[1 + len(around) :])

    def _of_reference(self, names: Names, node: Node) -> tuple[Type, Node | None]:
        """Type of a reference, and the first part of it that cannot be there."""
        head, arguments = node.children[0].children[0], argument_terms(node)
        path = names.paths.get(id(head)) if head.kind == "var" else None
        parts: list[object] = [_key(argument) for argument in arguments]
        done = 0
        if path is not None and path[0] == "data":
            while done < len(parts) and isinstance(parts[done], str):
                path = (*path, str(parts[done]))
                done += 1
            value, surplus = self._of_path(path)
            if surplus:
                return ANY, arguments[max(0, done - surplus)]
            if done < len(parts) and self._definitions.around(path[1:]) is None:
                return ANY, None
        else:
            value = self.of(names, head)
        for number in range(done, len(parts)):
            found = types.member(value, parts[number])
            if found is None:
                return ANY, arguments[number]
            value = found
        return value, None

    def _of_call(self, names: Names, node: Node) -> Type:
        path = function_path(names, node)
        if path[0] == "data":
            known = self._definitions.arity(path[1:]) is not None
            return self.of_rule(path[1:]) if known else ANY
        name = ".".join(path)
        if name in _RESULTS:
            return _RESULTS[name]
        result = self._definitions.signatures.get(name, {}).get("result")
        return types.of_declaration(result) if isinstance(result, Mapping) else ANY

    def check(self, names: Names, rule: Rule) -> None:
        """Add the findings about one rule."""
        # Another input may have another form. For anything else the real compiler keeps the types, too.
        replaced = {
            id(part)
            for literal in rule.nodes
            if literal.kind == "literal" and any(_of_input(each) for each in literal.children[1:])
            for part in literal.walk()
        }
        for node in rule.nodes:
            if id(node) in replaced:
                continue
            if node.kind == "ref":
                self._check_reference(names, node)
            elif node.kind == "exprinfix" and len(node.children) == 3:
                self._check_infix(names, node)
            elif node.kind == "exprcall":
                self._check_call(names, node)

    def _check_reference(self, names: Names, node: Node) -> None:
        wrong = self._of_reference(names, node)[1]
        if wrong is None:
            return
        start = node.place
        text = names.module.text(start, wrong.start + wrong.length)
        path = names.paths.get(id(node.children[0].children[0]), ())
        if path[:1] == ("input",):
            remedy = "Compare with schemas/input.json: a field that is not there never has a value."
            names.complain(start, "unknown-input", f"The input has no {text}.", remedy)
        else:
            remedy = "Correct the spelling: what is not there never has a value."
            names.complain(start, "undefined-field", f"There can be no {text}.", remedy)

    def _check_infix(self, names: Names, node: Node) -> None:
        operator = infix_operator(node)
        left, right = (self.of(names, side) for side in (node.children[0], node.children[2]))
        if operator in _EQUALITIES and types.disjoint(left, right):
            message = f"{_capital(left)} is compared with {right}: that never holds."
            names.complain(node.place, "wrong-type", message, "Convert one of the two, or compare something else.")
        wanted = _OPERANDS.get(operator)
        for given in (left, right):
            if wanted is not None and types.disjoint(given, wanted):
                message = f"{_capital(given)} stands where {wanted} has to be."
                names.complain(node.place, "wrong-type", message, "Calculate with numbers; concat joins texts.")

    def _check_call(self, names: Names, node: Node) -> None:
        path = function_path(names, node)
        name = ".".join(path)
        declared = self._definitions.signatures.get(name, {}).get("args") if path[0] != "data" else None
        if not isinstance(declared, list):
            return
        for number, (argument, each) in enumerate(zip(node.children[1].children, declared, strict=False), start=1):
            given = self.of(names, argument)
            wanted = _COUNTABLE if name in _UNTYPED_ARGUMENTS else types.of_declaration(each)
            if types.disjoint(given, wanted):
                message = f"{name} takes {wanted} as argument {number} and gets {given}."
                names.complain(node.place, "wrong-type", message, "Convert it first, or call another function.")


def _of_input(modifiers: Node) -> bool:
    """Whether one of the ``with`` clauses replaces the input or a part of it."""
    targets = (clause.children[0] for clause in modifiers.children)
    return any(
        target.kind in ("var", "ref") and dotted(target).split(".", maxsplit=1)[0] == "input" for target in targets
    )


def _into(value: Type, parts: Sequence[str]) -> tuple[Type, int]:
    for number, part in enumerate(parts):
        found = types.member(value, part)
        if found is None:
            return ANY, len(parts) - number
        value = found
    return value, 0


def _key(argument: Node) -> object:
    """The constant that a part of a reference is, ``None`` for anything else."""
    if argument.kind == "refargdot":
        return argument.children[0].text
    return constant(argument)[1]


def _of_value(value: object) -> Type:
    if isinstance(value, bool):
        return types.BOOLEAN
    if isinstance(value, (int, float)):
        return NUMBER
    return types.STRING if isinstance(value, str) else types.NULL


def _capital(kind: Type) -> str:
    text = str(kind)
    return text[:1].upper() + text[1:]
