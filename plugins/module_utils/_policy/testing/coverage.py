# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rules held in at least one test.

regopy has no trace. So each value that a rule gives is put through a function that prints the number of the rule; the
engine evaluates a head when its body holds. A rule without a value gets one. The results of the tests do not change.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import extents
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Branch, Module
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import NOWHERE

Held = Callable[[], frozenset[int]]
MARK = "guardrail-covered"
PATH = "guardrail_coverage.rego"
_FUNCTION = "data.guardrail_coverage.guardrail_covered"
TEXT = f"""\
package guardrail_coverage

import rego.v1

guardrail_covered(number, value) := value if print("{MARK}", number)
"""


@dataclass(frozen=True)
class Point:
    """A rule, or an ``else`` of one. Defaults are none."""

    number: int
    file: str
    line: int
    rule: str


@dataclass(frozen=True)
class Coverage:
    """``points``: every rule of the policies. ``covered``: numbers of those that held in a test."""

    points: tuple[Point, ...]
    covered: frozenset[int]

    @property
    def missed(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.number not in self.covered)

    @property
    def percent(self) -> float:
        """100 for policies without a rule."""
        return 100.0 * len(self.covered) / len(self.points) if self.points else 100.0

    def with_files_of(self, other: Coverage, files: Collection[str]) -> Coverage:
        """The same, with what the other says about these files."""
        pairs = [(point, point.number in self.covered) for point in self.points if point.file not in files]
        pairs += [(point, point.number in other.covered) for point in other.points if point.file in files]
        points = tuple(replace(point, number=number) for number, (point, _held) in enumerate(pairs, 1))
        return Coverage(points, frozenset(number for number, (_point, held) in enumerate(pairs, 1) if held))

    def by_file(self) -> dict[str, tuple[int, int]]:
        """Covered rules and all rules of each file."""
        counted: dict[str, tuple[int, int]] = {}
        for point in self.points:
            covered, total = counted.get(point.file, (0, 0))
            counted[point.file] = (covered + (point.number in self.covered), total + 1)
        return counted


def instrument(modules: Sequence[Module]) -> tuple[dict[str, str], list[Point]]:
    """Texts that print which rules held, with the module that they need, and what the numbers mean."""
    texts = {PATH: TEXT}
    points: list[Point] = []
    for module in modules:
        edits: list[tuple[int, int, bytes]] = []
        for branch, place, name in _branches(module):
            number = len(points) + 1
            found = list(_edits(module.source.content, branch, number))
            if found:
                points.append(Point(number, module.path, module.source.line(place), name))
                edits.extend(found)
        texts[module.path] = extents.replaced(module.source.content, edits).decode()
    return texts, points


@contextlib.contextmanager
def captured() -> Iterator[Held]:
    """Collect what is printed from here on; gives the numbers of the rules that held. For a child: nothing is put back."""
    with tempfile.TemporaryFile() as stream:
        os.dup2(stream.fileno(), 1)

        def held() -> frozenset[int]:
            stream.seek(0)
            return hits(stream.read().decode("utf-8", "replace"))

        yield held


@contextlib.contextmanager
def unwatched() -> Iterator[Held]:
    """The same without collecting anything."""
    yield frozenset


def hits(printed: str) -> frozenset[int]:
    """Numbers of the rules that held, from what was printed."""
    lines = (line.split() for line in printed.splitlines() if line.startswith(MARK))
    return frozenset(int(words[1]) for words in lines if len(words) > 1 and words[1].isdigit())


def _branches(module: Module) -> Iterator[tuple[Branch, int, str]]:
    for rule in module.rules:
        seen: set[int] = set()
        for branch in rule.branches:
            value = id(branch.terms[-1]) if branch.terms else 0
            if not rule.default and value not in seen:
                place = rule.place if branch is rule.branches[0] or not branch.query else branch.query.place
                yield branch, place, ".".join((*rule.package, *rule.name))
            seen.add(value)


def _edits(content: bytes, branch: Branch, number: int) -> Iterator[tuple[int, int, bytes]]:
    before = f"{_FUNCTION}({number}, ".encode()
    if branch.terms and branch.terms[-1].place and any(part.start != NOWHERE for part in branch.terms[-1].walk()):
        start, end = extents.of(content, branch.terms[-1])
        yield start, start, before
        yield end, end, b")"
    elif branch.query is not None and branch.query.children:
        place = _behind_the_head(content, branch.query.start)
        yield place, place, b" = " + before + b"true) "


def _behind_the_head(content: bytes, start: int) -> int:
    """Where the head ends whose body begins at ``start``: before its ``if``, if there is one."""
    above = content[:start].rstrip()
    if content[start : start + 2] != b"if" and above.endswith(b"if"):
        return len(above) - 2
    return start
