# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which policies an evaluation failed in, where in their text, and what the others say.

The engine says that an evaluation failed and hardly ever where. One query for everything is fast, but an error in one
rule takes the words of all others with it. So after an error, and only then, every package is asked alone; those that
fail are taken out and the rest decides once more, because an error must not hide another rule's denial. Then the place
is looked for, and where only some rules of a package fail, the others of it are heard, too.

A rule is taken out alone when nothing but the decision uses what it gives: then there is one denial less, and no other
rule comes to another result. Else its whole package goes.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import (
    child,
    collector,
    extents,
    rego,
    syntax,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis import modules as analysis
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.faults import cuts, probes, reach
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.faults.fault_search import (
    Fault,
    Place,
    Search,
)

_FAULTS_OF_A_RULE = 3
_SHARE_OF_DECISION = 0.25
_SPARE_S = 0.15


@dataclass(frozen=True)
class Attribution:
    """``packages`` that fail when asked alone; ``places`` in the text; ``others``: raw decision of the rest."""

    packages: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    others: Any = None

    @property
    def details(self) -> dict[str, Any]:
        found = {"packages": list(self.packages), "places": [place.name for place in self.places]}
        return {name: names for name, names in found.items() if names}

    @property
    def where(self) -> str:
        """`` at a.rego:14 (1 / 0)``; of the packages only when no place is known."""
        if self.places:
            return " at " + " and ".join(
                f"{place.name} ({place.text})" if place.text else place.name for place in self.places
            )
        return f" in {', '.join(self.packages)}" if self.packages else ""


def of(modules: Mapping[str, str], tried: probes.Probes) -> Attribution:
    """What can be found out in the time that is left. Never fails: the denial stands without it."""
    try:
        outcome = _run(functools.partial(_packages, modules, tried), tried)
        if outcome.error:
            return Attribution()
        queries, others = json.loads(outcome.answer)
    except PolicyUnusable:
        return Attribution()
    found = Attribution(tuple(sorted({_package(query) for query in queries})), (), others)
    try:
        with tempfile.TemporaryDirectory(prefix="guardrail-places-") as folder:
            outcome = _run(functools.partial(_places, modules, tried, queries, folder), tried)
    except (PolicyUnusable, OSError):
        return found
    if outcome.error:
        return found
    places, finer = json.loads(outcome.answer)
    return Attribution(found.packages, tuple(Place(*place) for place in places), finer if finer is not None else others)


def _run(work: child.Work, tried: probes.Probes) -> child.Outcome:
    """In a child, so that whatever goes wrong there costs nothing but the place."""
    return child.run(work, deadline_s=tried.until - time.monotonic(), memory_bytes=tried.memory_bytes)


def _packages(modules: Mapping[str, str], tried: probes.Probes) -> bytes:
    """The queries that fail alone and the decision of the packages without any, as JSON. Runs in a child."""
    tried = _until(tried, tried.until - _SPARE_S)
    queries = [
        f"{package.replace('.', '/')}/{kind}"
        for package, kinds in collector.packages(modules).items()
        for kind in sorted(kinds)
    ]
    failing: list[str] = []
    others = None
    with contextlib.suppress(probes.TimeUp):
        if queries:
            failing.extend(tried.failing(rego.compile_bundle(modules, queries), queries))
        if failing:
            others = tried.decision(reach.without(modules, map(_package, failing)))
    return json.dumps([failing, others]).encode()


def _places(modules: Mapping[str, str], tried: probes.Probes, queries: list[str], folder: str) -> bytes:
    """The places, and the decision of all rules that do not fail, as JSON. Runs in a child."""
    left = tried.until - time.monotonic()
    places = _Places(modules, _until(tried, tried.until - left * _SHARE_OF_DECISION), folder)
    with contextlib.suppress(probes.TimeUp):
        for query in queries or [rego.ENTRYPOINT]:
            places.look_for(query)
    others = None
    with contextlib.suppress(probes.TimeUp):
        if places.sound:
            rest = reach.without(places.rest, {_package(query) for query in queries if query not in places.sound})
            others = _until(tried, tried.until - _SPARE_S).decision(rest)
    return json.dumps([list(places.found), others]).encode()


class _Places:
    """Looks for the places of several queries.

    Attributes:
        found: Places, in the order in which they were found.
        sound: Queries of which nothing fails any more in ``rest``.
    """

    def __init__(self, modules: Mapping[str, str], tried: probes.Probes, folder: str) -> None:
        self._modules = modules
        self._tried = tried
        self._folder = folder
        self._trees: dict[str, analysis.Module | None] = {}
        self._known: list[Fault] = []
        self._left_out: dict[str, list[cuts.Edit]] = {}
        self.found: dict[Place, None] = {}
        self.sound: set[str] = set()

    @property
    def rest(self) -> dict[str, str]:
        """The modules without the rules that fail."""
        edited = {
            path: extents.replaced(self._modules[path].encode(), edits).decode()
            for path, edits in self._left_out.items()
        }
        return {**self._modules, **edited}

    def look_for(self, query: str) -> None:
        """Find the places of one query.

        Raises:
            TimeUp: There is no time left for it; what was found until then counts.
        """
        texts = reach.modules(self._modules, _package(query)) if query != rego.ENTRYPOINT else self._modules
        search = Search(texts, self._tree, self._tried, query)
        own: list[Fault] = []
        try:
            for fault in search.faults(_FAULTS_OF_A_RULE, self._known):
                self.found |= dict.fromkeys(fault.places)
                own.append(fault)
                self._known.append(fault)
        except probes.TimeUp:
            self.found |= dict.fromkeys(search.best)
            raise
        if search.healed and query != rego.ENTRYPOINT:
            self._leave_out(query, own)

    def _leave_out(self, query: str, faults: list[Fault]) -> None:
        *package, kind = query.split("/")
        bodies = [fault.body for fault in faults if fault.body is not None]
        rules = [rule for body in bodies for rule in body.module.rules if rule.path == body.rule]
        entries = all(rule.kind in ("set", "object") for rule in rules)
        if entries and not reach.serves_others(self._modules, ".".join(package), kind):
            self.sound.add(query)
            for body in bodies:
                self._left_out.setdefault(body.module.path, []).extend(body.cut(0))

    def _tree(self, path: str) -> analysis.Module | None:
        if path not in self._trees:
            text = self._modules[path]
            tree = self._tried.tree(path, text, self._folder)
            self._trees[path] = analysis.read(syntax.source(path, text, tree)) if tree else None
        return self._trees[path]


def _package(query: str) -> str:
    return ".".join(query.split("/")[:-1])


def _until(tried: probes.Probes, until: float) -> probes.Probes:
    return dataclasses.replace(tried, until=until)
