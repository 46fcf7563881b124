# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the ``test_*`` rules of a library on the engine that will judge, one result per test.

A test passes when its value is anything but false or undefined, as with ``opa test``. Each file has a child process
of its own: one that loops, crashes the engine or cannot be compiled fails as a whole, and no other with it. Tests are
evaluated like decisions, with a real input and real data where that is possible (``with_clauses``).

Private to the collection: may change without notice.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest, PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import (
    child,
    collector,
    concurrency,
    rego,
    rego_text,
    trees,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import (
    coverage,
    planned_tests,
    with_clauses,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.coverage import Coverage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.planned_tests import (
    PlannedTests,
    Verdict,
)

DEADLINE_S = 120.0
_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
_REFERENCE = re.compile(r"\bdata\.([\w.]+)")


@dataclass(frozen=True)
class RegoTestResult:
    """``ms``: time inside the engine. ``message``: why it failed; empty when it passed."""

    name: str
    package: str
    file: str
    passed: bool
    message: str
    ms: float


def run(library: Library, *, deadline_s: float = DEADLINE_S, only: str = "") -> tuple[RegoTestResult, ...]:
    """Run the tests of the library, sorted by file and name.

    Args:
        deadline_s: Seconds for each file, compilation included.
        only: Regular expression that matches a part of the full names (``package.name``) of those to run.

    Raises:
        InvalidRequest: ``request.filter-invalid``.
        PolicyUnusable: The engine cannot be loaded.
    """
    texts = module_texts(library)

    def tested(file: tuple[rego_text.Module, list[str]]) -> list[RegoTestResult]:
        module, names = file
        return list(_results(module, names, _in_a_child(_work(module, library, texts, names), deadline_s)))

    return tuple(itertools.chain.from_iterable(concurrency.each(tested, _wanted(library, only))))


def run_covered(
    library: Library, *, deadline_s: float = DEADLINE_S, only: str = ""
) -> tuple[tuple[RegoTestResult, ...], Coverage]:
    """The same, and which rules held in a test. Takes a little longer.

    A file that fails is run again without looking at rules: the engine is no better than its rarest features.
    """
    texts = module_texts(library)
    instrumented, points = coverage.instrument(trees.read(library.modules))
    watched = {**texts, **instrumented}

    def tested(file: tuple[rego_text.Module, list[str]]) -> tuple[list[RegoTestResult], set[int]]:
        module, names = file
        answer = _in_a_child(_work(module, library, watched, names, coverage.captured), deadline_s)
        covered = set() if isinstance(answer, str) else answer.held
        if isinstance(answer, str) or any(message for message, _ms in answer.verdicts.values()):
            answer = _in_a_child(_work(module, library, texts, names), deadline_s)
        return list(_results(module, names, answer)), covered

    found = list(concurrency.each(tested, _wanted(library, only)))
    covered = frozenset().union(*(held for _results, held in found))
    return tuple(result for results, _held in found for result in results), Coverage(tuple(points), covered)


def run_each(
    library: Library, overlay: Library | None, merged: Library, *, only: str = "", covered: bool = False
) -> tuple[tuple[RegoTestResult, ...], Coverage | None]:
    """The tests of the library as it comes, whose limits they know, and those of an overlay on what is merged.

    Args:
        covered: Also say which rules held: those of the overlay's files in its tests, all others in the library's.
    """
    if not covered:
        above = run(replace(merged, tests=overlay.tests), only=only) if overlay else ()
        return run(library, only=only) + above, None
    results, coverage_found = run_covered(library, only=only)
    if overlay:
        more, above_found = run_covered(replace(merged, tests=overlay.tests), only=only)
        results, coverage_found = results + more, coverage_found.with_files_of(above_found, overlay.modules.keys())
    return results, coverage_found


def _wanted(library: Library, only: str) -> Iterator[tuple[rego_text.Module, list[str]]]:
    """Each test file with the names of its tests that are to run."""
    rego.prepare()
    try:
        matches = re.compile(only).search
    except re.error as error:
        raise InvalidRequest(
            "request.filter-invalid", f"{only} is no regular expression: {error}.", "Give a part of a test's name."
        ) from error
    for path, text in sorted(library.tests.items()):
        module = rego_text.read(path, text)
        package = ".".join(module.package)
        names = [name for name in names_of_tests(module) if matches(f"{package}.{name}")]
        if names:
            yield module, names


def names_of_tests(module: rego_text.Module) -> list[str]:
    return sorted({rule.name for rule in module.rules if rule.name.startswith(with_clauses.PREFIX)})


def module_texts(library: Library) -> dict[str, str]:
    """The policies, and what the test files offer to each other."""
    read = ((path, text, rego_text.read(path, text)) for path, text in sorted(library.tests.items()))
    offered = {path: with_clauses.without_tests(module, text) for path, text, module in read}
    return {**collector.complete(library.modules), **offered}


def plans(library: Library, *, deadline_s: float = DEADLINE_S) -> list[PlannedTests]:
    """The plans of all test files.

    Raises:
        PolicyUnusable: A file does not compile.
    """
    rego.prepare()
    texts = module_texts(library)
    made = []
    for path, text in sorted(library.tests.items()):
        module = rego_text.read(path, text)
        if names_of_tests(module):
            needed = {**{each: texts[each] for each in reachable(path, texts)}, path: text}
            outcome = child.run(_planning(module, needed, library), deadline_s=deadline_s, memory_bytes=_MEMORY_BYTES)
            if outcome.error:
                raise PolicyUnusable("policy.test-failed", f"{path}: {outcome.error}", "Run the tests first.")
            made.append(PlannedTests(*json.loads(outcome.answer)))
    return made


def passes(
    plan: PlannedTests, library: Library, texts: Mapping[str, str], *, at_once: bool, deadline_s: float = DEADLINE_S
) -> bool:
    """Whether every test of a plan passes on the given texts.

    Args:
        at_once: The quick way (``planned_tests.passes_at_once``).
    """
    needed = {path: texts[path] for path in reachable(plan.path, texts)}

    def work() -> bytes:
        if at_once:
            return b"1" if planned_tests.passes_at_once(plan, needed) else b""
        verdicts = planned_tests.evaluate(plan, needed, until_failure=True)
        return b"" if any(message for message, _ms in verdicts.values()) else b"1"

    try:
        outcome = child.run(work, deadline_s=deadline_s, memory_bytes=_MEMORY_BYTES)
    except PolicyUnusable:
        return False
    return bool(outcome.answer)


def _planning(module: rego_text.Module, texts: Mapping[str, str], library: Library) -> child.Work:
    return lambda: json.dumps(planned_tests.make(module, texts, library.policy_data, lambda _name: True)).encode()


def _work(
    module: rego_text.Module,
    library: Library,
    texts: Mapping[str, str],
    names: Collection[str],
    watched: Callable[[], AbstractContextManager[coverage.Held]] = coverage.unwatched,
) -> child.Work:
    needed = {path: texts[path] for path in reachable(module.path, texts)}
    wanted = {f"{'.'.join(module.package)}.{name}" for name in names}
    data = library.policy_data

    def work() -> bytes:
        with watched() as held:
            own = {**needed, module.path: library.tests[module.path]}
            plan = planned_tests.make(module, own, data, wanted.__contains__)
            verdicts = planned_tests.evaluate(plan, needed)
            return json.dumps([verdicts, sorted(held())]).encode()

    return work


class _Answer(NamedTuple):
    verdicts: dict[str, Verdict]
    held: set[int]


def _in_a_child(work: child.Work, deadline_s: float) -> _Answer | str:
    """The answer, or why there is none."""
    try:
        outcome = child.run(work, deadline_s=deadline_s, memory_bytes=_MEMORY_BYTES)
    except PolicyUnusable as failure:
        return failure.message
    if outcome.error:
        return f"The file cannot be compiled: {rego.printed_errors(outcome.output) or outcome.error}"
    verdicts, held = json.loads(outcome.answer)
    return _Answer(verdicts, set(held))


def _results(module: rego_text.Module, names: Iterable[str], answer: _Answer | str) -> Iterator[RegoTestResult]:
    for name in names:
        missing = ("it was not run", 0.0)
        message, ms = (answer, 0.0) if isinstance(answer, str) else answer.verdicts.get(name, missing)
        yield RegoTestResult(name, ".".join(module.package), module.path, not message, message, ms)


def reachable(path: str, texts: Mapping[str, str]) -> set[str]:
    """Paths of the modules whose rules a module can ask for, directly or through others, and its own."""
    packages: dict[str, list[str]] = {}
    for other, text in texts.items():
        packages.setdefault(rego_text.package_name(text), []).append(other)
    found: set[str] = set()
    ahead = {path}
    while ahead:
        module = ahead.pop()
        found.add(module)
        named = {rego_text.package_name(texts[module])}
        for reference in _REFERENCE.findall(texts[module]):
            named |= _named(reference, packages)
        ahead |= {other for name in named for other in packages[name]} - found
    return found


def _named(reference: str, packages: Collection[str]) -> set[str]:
    """The packages that a reference below ``data`` leads to: those below it, or the one that it lies in."""
    below = {name for name in packages if f"{name}.".startswith(f"{reference}.")}
    around = [name for name in packages if f"{reference}.".startswith(f"{name}.")]
    return below or ({max(around, key=len)} if around else set())
