# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy files as packages, imports and rules, from the engine's syntax tree.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding, Level
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node, Source, constant

Path = tuple[str, ...]
Kind = Literal["value", "set", "object", "function"]
_KINDS: dict[str, Kind] = {
    "ruleheadcomp": "value",
    "ruleheadset": "set",
    "ruleheadobj": "object",
    "ruleheadfunc": "function",
}
COMPREHENSIONS = frozenset({"arraycompr", "setcompr", "objectcompr"})
CLOSURES = COMPREHENSIONS | {"exprevery"}


class Import(NamedTuple):
    """``path`` begins with data, input, rego or future."""

    path: Path
    alias: str
    place: int
    renamed: bool


class Branch(NamedTuple):
    """A body with the terms of the head that it belongs to: of the rule itself, or of an ``else``."""

    terms: tuple[Node, ...]
    query: Node | None


@dataclass(frozen=True)
class Rule:
    """One rule, function or default.

    Attributes:
        package: Of its file.
        name: Its path in the package; the first part that is no constant ends it.
        keys: The parts behind that.
        default: It is ``default name := value``.
        nodes: Everything in it, in the order of the text.
    """

    package: Path
    name: Path
    kind: Kind
    place: int
    default: bool
    keys: tuple[Node, ...]
    arguments: tuple[Node, ...]
    branches: tuple[Branch, ...]
    nodes: tuple[Node, ...]

    @property
    def path(self) -> Path:
        return self.package + self.name

    @property
    def text(self) -> str:
        return ".".join(self.name)


@dataclass(frozen=True)
class Module:
    source: Source
    package: Path
    imports: tuple[Import, ...]
    rules: tuple[Rule, ...]

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def is_test(self) -> bool:
        return self.path.endswith("_test.rego")

    def text(self, start: int, end: int) -> str:
        """What stands from one byte to another, in one line."""
        return " ".join(self.source.content[start:end].decode("utf-8", "replace").split())

    def finding(self, place: int, code: str, message: str, remedy: str, level: Level = "error") -> Finding:
        """A finding about a byte of the file."""
        return Finding(self.path, self.source.line(place), f"lint.{code}", level, message, remedy)


def read(source: Source) -> Module:
    """Take a file apart. A file without a package has no rules either: the engine takes it for a query."""
    tree = source.tree
    stated = tree.child("package")
    package = path_of(stated.children[0])[0] if stated and stated.children else ()
    imports = tree.child("importseq")
    policy = tree.child("policy")
    return Module(
        source,
        package,
        tuple(_import(node) for node in (imports.children if imports else ())),
        tuple(_rule(package, node) for node in (policy.children if policy else ())),
    )


def path_of(ref: Node) -> tuple[Path, tuple[Node, ...]]:
    """The constant parts with which a reference begins, and the terms behind them.

    ``(("data", "config"), (x, "a"))`` for ``data.config[x].a``.
    """
    if ref.kind == "var":
        return (ref.text,), ()
    head = ref.children[0].children[0]
    parts = [head.text]
    arguments = argument_terms(ref)
    for number, term in enumerate(arguments):
        text = constant_key(term)
        if text is None:
            return tuple(parts), arguments[number:]
        parts.append(text)
    return tuple(parts), ()


def argument_terms(ref: Node) -> tuple[Node, ...]:
    """What stands behind the head of a reference: terms in brackets, and ``refargdot`` for ``.name``."""
    return tuple(
        argument if argument.kind == "refargdot" else argument.children[0] for argument in ref.children[1].children
    )


def constant_key(term: Node) -> str | None:
    """The name that a part of a reference is, ``None`` when it is none."""
    if term.kind == "refargdot":
        return term.children[0].text
    known, value = constant(term)
    return value if known and isinstance(value, str) else None


def is_wildcard(node: Node) -> bool:
    """``_``: the engine gives it a name of its own where it is not in brackets."""
    return node.kind == "placeholder" or (node.kind == "var" and node.text.startswith("_$"))


def outside_closures(node: Node) -> Iterator[Node]:
    """The node and what is below it, without the insides of comprehensions and ``every``."""
    yield node
    if node.kind == "exprevery":
        yield from outside_closures(node.children[1])
    elif node.kind not in CLOSURES:
        for child in node.children:
            yield from outside_closures(child)


def _import(node: Node) -> Import:
    path, _rest = path_of(node.children[0])
    alias = node.children[1].text
    return Import(path, alias, node.start, alias != path[-1])


def _rule(package: Path, node: Node) -> Rule:
    default, head, bodies = node.children
    reference, value = head.children
    name, keys = path_of(reference.children[0])
    kind = _KINDS[value.kind]
    arguments: Sequence[Node] = ()
    terms = value.children
    if kind == "function":
        arguments, terms = terms[0].children, terms[1:]
    branches = [Branch(terms, body) for body in bodies.children if body.kind == "query"]
    branches = branches or [Branch(terms, None)]
    for otherwise in bodies.children:
        if otherwise.kind == "else":
            bodies_of_else = [child for child in otherwise.children if child.kind == "query"]
            values = tuple(child for child in otherwise.children[:1] if child.kind != "query")
            branches.append(Branch(values, bodies_of_else[0] if bodies_of_else else None))
    is_default = default.kind == "true"
    place = reference.children[0].place
    return Rule(package, name, kind, place, is_default, keys, tuple(arguments), tuple(branches), tuple(node.walk()))
