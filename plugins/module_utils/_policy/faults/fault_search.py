# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where in the text of the policies an evaluation fails.

Of all bodies that a failing rule consists of, those behind some step are cut away: the first step with which it fails
is the one. Then the same is done with what that step refers to: comprehensions, functions and rules, in other
files as well. Whatever is found, with it the evaluation fails and without it it does not.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import extents
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Module, path_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.faults import cuts
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.faults.probes import Probes, Verdict
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node

Edits = Mapping[str, tuple[cuts.Edit, ...]]
_GENERATED = ("data/", "kubernetesexecution/collected.rego")


class Place(NamedTuple):
    """``text``: of the statement, in one line; empty when it is a rule as a whole."""

    file: str
    line: int
    text: str

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}"


class Fault(NamedTuple):
    """One error.

    Attributes:
        places: One, or two that give different values for one name.
        body: The body of the rule asked that it belongs to, ``None`` when it is in what all of them share.
        conflict: Whether the rule asked has two values itself.
        repair: Changes with which the error is gone, for whoever asks for another rule.
    """

    places: tuple[Place, ...]
    body: cuts.Body | None
    conflict: bool = False
    repair: tuple[str, tuple[cuts.Edit, ...]] = ("", ())


class Search:
    """Looks for the errors of one rule.

    Args:
        texts: All modules that the rule leads to.
        read: Gives the syntax tree of a file.
        entrypoint: The rule, as the engine names it.
    """

    def __init__(
        self, texts: Mapping[str, str], read: Callable[[str], Module | None], probes: Probes, entrypoint: str
    ) -> None:
        self._texts = texts
        self._read = read
        self._probes = probes
        self._entrypoint = entrypoint
        self._edits: dict[str, tuple[cuts.Edit, ...]] = {}
        self._met: set[tuple[str, int]] = set()
        self.best: tuple[Place, ...] = ()
        self.healed = False

    def faults(self, limit: int, known: Sequence[Fault] = ()) -> Iterator[Fault]:
        """The errors, first the one that the text has first; ``healed`` after the last one.

        Args:
            known: What was found for other rules.

        Raises:
            TimeUp: ``best`` is what was found out by then.
        """
        if self._verdict({}) is not Verdict.FAILS:
            return
        bodies = self._rules_at(tuple(self._entrypoint.split("/")))
        removed: dict[str, tuple[cuts.Edit, ...]] = {}
        for _number in range(limit):
            self._edits, self._met, self.best = dict(removed), set(), ()
            fault = self._found(bodies, known)
            yield fault
            if fault.body is None or fault.conflict:
                return
            removed = _joined(removed, {fault.body.module.path: tuple(fault.body.cut(0))})
            bodies = [body for body in bodies if body is not fault.body]
            self._edits = dict(removed)
            verdict = self._verdict({})
            if verdict is not Verdict.FAILS:
                self.healed = verdict is Verdict.PASSES
                return

    def _found(self, bodies: Sequence[cuts.Body], known: Sequence[Fault]) -> Fault:
        found = self._narrowed(bodies)
        if found is None:
            return Fault(self.best, None)
        first, step, others = found
        if step is None:
            self.best = tuple(map(_whole, others or (first,)))
            return Fault(self.best, first, conflict=True)
        same = next((fault for fault in known if self._is_repaired(fault)), None)
        if same:
            return same._replace(body=first)
        body = first
        while step is not None:
            self.best = (_at(body, step),)
            repair = (body.module.path, tuple(body.cut(body.steps.index(step))))
            found = self._narrowed(self._below(body, step))
            if found is None:
                break
            body, step, others = found
            if step is None and others:
                self.best = tuple(map(_whole, others))
                repair = (body.module.path, tuple(body.cut(0)))
        return Fault(self.best, first, repair=repair)

    def _is_repaired(self, fault: Fault) -> bool:
        """Whether an error that is known is the one that is looked for."""
        path, edits = fault.repair
        if path not in self._texts or path in self._edits:
            return False
        return self._verdict({path: edits}) is Verdict.PASSES

    def _narrowed(
        self, bodies: Sequence[cuts.Body]
    ) -> tuple[cuts.Body, cuts.Step | None, tuple[cuts.Body, ...]] | None:
        """The body and the step of it with which the rule begins to fail, all others behind it cut away for good.

        No step: it fails with the value of the body. Then there may be bodies that disagree on the value of a name.
        ``None``: it is in none of these bodies.
        """
        bodies = [body for body in bodies if (body.module.path, body.place) not in self._met]
        steps = [(number, kept) for number, body in enumerate(bodies) for kept in range(1, len(body.steps) + 2)]
        if not bodies or self._verdict(_state(bodies, 0, 0)) is not Verdict.PASSES:
            return None
        low, high = -1, len(steps) - 1
        while high - low > 1:
            middle = (low + high) // 2
            verdict = self._verdict(_state(bodies, *steps[middle]))
            if verdict is Verdict.UNREADABLE:
                del steps[middle]
                high -= 1
            elif verdict is Verdict.FAILS:
                high = middle
            else:
                low = middle
        number, kept = steps[high]
        body = bodies[number]
        self._met.update((each.module.path, each.place) for each in bodies[number:])
        complete = kept > len(body.steps)
        others = self._disagreeing(bodies, number) if complete else ()
        head = not complete and kept > len(body.statements)
        self._edits = _joined(self._edits, _state(bodies, number, len(body.steps) + 1 if head else kept))
        return body, None if complete else body.steps[kept - 1], others

    def _disagreeing(self, bodies: Sequence[cuts.Body], number: int) -> tuple[cuts.Body, ...]:
        """The bodies that give more than one value for a name: the complete one and another, or that one alone."""
        body = bodies[number]
        for index, other in enumerate(bodies[:number]):
            if body.rule and other.rule == body.rule:
                state = _joined(_state(bodies, number, len(body.steps) + 1), _state(bodies[index : index + 1], 0, 0))
                if self._verdict(state) is Verdict.PASSES:
                    return other, body
        if any(rule.path == body.rule and rule.kind in ("value", "object") for rule in body.module.rules):
            complete = _state(bodies, number, len(body.steps) + 1)
            if self._verdict(complete, "/".join(body.rule)) is Verdict.FAILS:
                return (body,)
        return ()

    def _below(self, body: cuts.Body, step: cuts.Step) -> list[cuts.Body]:
        """The bodies that a step refers to."""
        found = {(each.module.path, each.place): each for each in cuts.within(body.module, step.node)}
        for node in cuts.outside(step.node):
            path = _path(body.module, node)
            for each in self._rules_at(path) if path else ():
                found.setdefault((each.module.path, each.place), each)
        return list(found.values())

    def _rules_at(self, path: tuple[str, ...]) -> list[cuts.Body]:
        """Bodies of the rules that a path names, that lie below it or above it."""
        bodies: list[cuts.Body] = []
        for file, text in self._texts.items():
            package = tuple(package_name(text).split("."))
            if not file.startswith(_GENERATED) and _related(package, path):
                module = self._read(file)
                if module:
                    for rule in module.rules:
                        bodies.extend(cuts.of_rule(module, rule) if _related(rule.path, path) else ())
        return bodies

    def _verdict(self, state: Edits, entrypoint: str = "") -> Verdict:
        texts = dict(self._texts)
        for path, edits in _joined(self._edits, state).items():
            texts[path] = extents.replaced(texts[path].encode(), edits).decode()
        return self._probes.verdict(texts, entrypoint or self._entrypoint)


def _state(bodies: Sequence[cuts.Body], number: int, kept: int) -> Edits:
    """The changes after which the bodies end with this many steps of the one with this number."""
    state: dict[str, tuple[cuts.Edit, ...]] = {}
    for index, body in enumerate(bodies[number:]):
        if index or kept <= len(body.steps):
            edits = body.cut(0 if index else kept)
            state[body.module.path] = (*state.get(body.module.path, ()), *edits)
    return state


def _joined(one: Edits, other: Edits) -> dict[str, tuple[cuts.Edit, ...]]:
    return {path: (*one.get(path, ()), *other.get(path, ())) for path in {**one, **other}}


def _path(module: Module, node: Node) -> tuple[str, ...]:
    """What a name or a reference stands for, below ``data``; empty when it is no rule's."""
    if node.kind not in ("ref", "var"):
        return ()
    if node.kind == "ref" and node.children[0].children[0].kind != "var":
        return ()
    first, *rest = path_of(node)[0]
    if first == "data":
        return tuple(rest)
    for imported in module.imports:
        if imported.alias == first and imported.path[0] == "data":
            return (*imported.path[1:], *rest)
    return () if first == "input" else (*module.package, first, *rest)


def _related(one: Sequence[str], other: Sequence[str]) -> bool:
    return all(left == right for left, right in zip(one, other, strict=False))


def _at(body: cuts.Body, step: cuts.Step) -> Place:
    return Place(body.module.path, *body.describe(step))


def _whole(body: cuts.Body) -> Place:
    return Place(body.module.path, body.line, "")
