# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the packages of a library define for each other: undefined rules and functions, wrong arity, conflicts, recursion.

Paths begin behind ``data``. What lies where no package has its root is data, and taken as given.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import (
    Module,
    Path,
    Rule,
    argument_terms,
    constant_key,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.safety import UNDEFINED_REMEDY
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Names, Reference
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node

Signatures = Mapping[str, Mapping[str, object]]
_VOID = "print"


class Definitions:
    """The rules of all modules by their paths.

    Args:
        signatures: Of every built-in function in use that the engine has (``rego.signatures``).
    """

    def __init__(self, modules: Sequence[Module], signatures: Signatures) -> None:
        self.signatures = signatures
        self.rules: dict[Path, list[Rule]] = {}
        self.packages = {module.package for module in modules}
        for module in modules:
            for rule in module.rules:
                self.rules.setdefault(rule.path, []).append(rule)
        self._roots = {package[0] for package in self.packages if package}
        self._found: dict[tuple[str | None, ...], tuple[Path, ...]] = {}

    def is_data(self, path: Path) -> bool:
        return not path or path[0] not in self._roots

    def exists(self, path: Path) -> bool:
        """Whether a package or rule lies on the path, above or below it. Data is taken as given."""
        if self.is_data(path) or self.around(path) is not None:
            return True
        return any(each[: len(path)] == path for each in (*self.packages, *self.rules))

    def around(self, path: Path) -> Path | None:
        """Path of the rule that a reference leads to or into."""
        return next((path[:length] for length in range(len(path), 0, -1) if path[:length] in self.rules), None)

    def matching(self, pattern: tuple[str | None, ...]) -> tuple[Path, ...]:
        """Paths of the rules that a reference may lead to; ``None`` stands for any name."""
        if pattern not in self._found:
            around = None if None in pattern else self.around(tuple(part for part in pattern if part is not None))
            self._found[pattern] = (around,) if around is not None else tuple(self._alike(pattern))
        return self._found[pattern]

    def _alike(self, pattern: tuple[str | None, ...]) -> Iterator[Path]:
        for path in self.rules:
            if all(part in (None, name) for part, name in zip(pattern, path, strict=False)):
                yield path

    def arity(self, path: Path) -> int | None:
        """Number of arguments of a rule that is a function; ``None`` when it is none."""
        rules = [rule for rule in self.rules.get(path, ()) if rule.kind == "function"]
        return len(rules[0].arguments) if rules else None

    def arity_at(self, path: Path) -> int | None:
        """The same for a path as ``function_path`` gives it, which may be that of a built-in function."""
        if path[0] == "data":
            return self.arity(path[1:])
        arguments = self.signatures.get(".".join(path), {}).get("args")
        return len(arguments) if isinstance(arguments, list) else None


def function_path(names: Names, call: Node) -> Path:
    """What a call calls: ``data`` and a path, or the parts of a built-in function's name; ``?`` for a variable."""
    return term_path(names, call.children[0])


def term_path(names: Names, term: Node) -> Path:
    """The same for a term that names a function."""
    head = _head(term)
    parts = tuple(constant_key(argument) or "?" for argument in argument_terms(term)) if term.kind == "ref" else ()
    if id(head) in names.locals or head.kind != "var":
        return ("?", head.text, *parts)
    return (*names.paths.get(id(head), (head.text,)), *parts)


def arity_of(names: Names, definitions: Definitions) -> Callable[[Node], int | None]:
    """Arity of what an ``exprcall`` of the module calls."""
    return lambda call: definitions.arity_at(function_path(names, call))


def check_replaced_functions(names: Names, definitions: Definitions, rule: Rule) -> None:
    """Functions that ``with`` replaces by one that takes another number of arguments."""
    for node in rule.nodes:
        if node.kind == "with":
            target, value = (definitions.arity_at(term_path(names, term)) for term in node.children)
            if target is not None and value is not None and target != value:
                message = f"with replaces a function of {target} by one of {value} arguments."
                names.complain(node.place, "with-target", message, "Let both take the same arguments.")


def check_calls(names: Names, definitions: Definitions, rule: Rule, forbidden: Iterable[str]) -> None:
    """Functions that do not exist, and calls with a number of arguments that they do not take."""
    arity = arity_of(names, definitions)
    tops = {id(node.children[0]) for node in rule.nodes if node.kind == "literal"}
    for call in rule.nodes:
        if call.kind != "exprcall":
            continue
        path = function_path(names, call)
        text = ".".join(path[1:] if path[0] == "?" else path)
        if text == _VOID and id(call) not in tops:
            names.complain(call.place, "wrong-type", "print gives no value.", "Print on a line of its own.")
        if text == _VOID or text in forbidden:
            continue
        takes = arity(call)
        given = len(call.children[1].children)
        if takes is None:
            names.complain(call.place, "undefined-name", f"The function {text} is not defined.", UNDEFINED_REMEDY)
        elif given != takes and not (given == takes + 1 and id(call) in tops):
            message = f"{text} takes {takes} argument{'s'[: takes != 1]} and gets {given}."
            names.complain(call.place, "wrong-arity", message, "Compare with its definition.")


def check_references(names: Names, definitions: Definitions, rule: Rule) -> None:
    """Names in packages that do not define them, and functions that are not called."""
    functions = {id(_head(node.children[0])) for node in rule.nodes if node.kind == "exprcall"}
    # Behind with and as a function is mentioned, not called.
    clauses = [node for node in rule.nodes if node.kind == "with"]
    replaced = {id(_head(clause.children[0])) for clause in clauses}
    called = functions | replaced | {id(_head(clause.children[1])) for clause in clauses}
    for place, head, pattern in references(names, rule):
        constant = tuple(_until_unknown(pattern))
        text = ".".join(("data", *constant))
        if not definitions.exists(constant):
            if id(head) in functions:
                continue  # check_calls says it
            names.complain(place, "undefined-name", f"The name {text} is not defined.", UNDEFINED_REMEDY)
        elif id(head) in replaced and (definitions.around(constant) or constant) != constant:
            message = f"with cannot replace a part of the rule {'.'.join(definitions.around(constant) or ())}."
            names.complain(place, "with-target", message, "Replace the whole rule.")
        elif id(head) not in called and definitions.arity(definitions.around(constant) or ()) is not None:
            names.complain(place, "not-called", f"The function {text} is not called.", "Give it its arguments.")


def _head(term: Node) -> Node:
    return term.children[0].children[0] if term.kind == "ref" else term


def references(names: Names, rule: Rule) -> Sequence[Reference]:
    """Place, head and parts behind ``data`` of everything in a rule that leads below ``data``."""
    if id(rule) not in names.references:
        names.references[id(rule)] = tuple(_references(names, rule))
    return names.references[id(rule)]


def _references(names: Names, rule: Rule) -> Iterator[Reference]:
    inside = set()
    for node in rule.nodes:
        if node.kind == "ref" and node.children[0].children[0].kind == "var":
            head = node.children[0].children[0]
            inside.add(id(head))
            path = names.paths.get(id(head))
            if path and path[0] == "data":
                yield node.place, head, (*path[1:], *(constant_key(argument) for argument in argument_terms(node)))
        elif node.kind == "var" and id(node) not in inside:
            path = names.paths.get(id(node))
            if path and path[0] == "data":
                yield node.place, node, path[1:]


def _until_unknown(pattern: Sequence[str | None]) -> Iterator[str]:
    for part in pattern:
        if part is None:
            return
        yield part
