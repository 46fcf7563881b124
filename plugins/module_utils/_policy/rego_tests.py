# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the ``test_*`` rules of a library on the engine that will judge, one result per test.

A test passes when its value is anything but false or undefined, as with ``opa test``. Each file has a child process
of its own: one that loops, crashes the engine or cannot be compiled fails as a whole, and no other with it. Tests are
evaluated like decisions, with a real input and real data where that is possible (``with_clauses``).

``python -m ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_tests DIRECTORY`` prints the
results and fails unless at least one test was found and all passed.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError, PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import (
    child,
    collector,
    data_modules,
    rego,
    rego_text,
    with_clauses,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import (
    Library,
    canonical,
    from_directory,
)

_DEADLINE_S = 60.0
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


def run(library: Library, *, deadline_s: float = _DEADLINE_S) -> tuple[RegoTestResult, ...]:
    """Run every test of the library, sorted by file and name.

    Args:
        deadline_s: Seconds for each file, compilation included.

    Raises:
        PolicyUnusable: The engine cannot be loaded.
    """
    rego.prepare()
    files = [rego_text.read(path, text) for path, text in sorted(library.tests.items())]
    offered = {file.path: with_clauses.without_tests(file, library.tests[file.path]) for file in files}
    texts = {**collector.complete(library.modules), **offered}
    return tuple(
        result
        for file in files
        for result in _run_file(file, {**texts, file.path: library.tests[file.path]}, library.policy_data, deadline_s)
    )


def _run_file(
    module: rego_text.Module, texts: Mapping[str, str], data: Mapping[str, Any], deadline_s: float
) -> list[RegoTestResult]:
    names = sorted({rule.name for rule in module.rules if rule.name.startswith(with_clauses.PREFIX)})
    if not names:
        return []
    needed = {path: texts[path] for path in reachable(module.path, texts)}
    try:
        outcome = child.run(
            lambda: json.dumps(_answers(module, needed, data)).encode(),
            deadline_s=deadline_s,
            memory_bytes=_MEMORY_BYTES,
        )
        places = rego.printed_errors(outcome.output) or outcome.error
        failed = f"The file cannot be compiled: {places}" if outcome.error else ""
    except PolicyUnusable as failure:
        failed = failure.message
    answers: dict[str, tuple[str, float]] = {} if failed else json.loads(outcome.answer)
    results = []
    for name in names:
        message, ms = answers.get(name, (failed or "it was not run", 0.0))
        results.append(RegoTestResult(name, ".".join(module.package), module.path, not message, message, ms))
    return results


def _answers(
    module: rego_text.Module, texts: Mapping[str, str], data: Mapping[str, Any]
) -> dict[str, tuple[str, float]]:
    """Message and time of every test of a file. Runs in a child."""
    roots = frozenset(rego_text.package_name(text).split(".")[0] for text in texts.values())
    tests = with_clauses.separate(module, texts[module.path], roots)
    answers: dict[str, tuple[str, float]] = {}
    folder = "/".join(module.package)
    if tests.others:
        modules = {**texts, **data_modules.generate(data), module.path: tests.others_text}
        bundle = rego.compile_bundle(modules, [f"{folder}/{name}" for name in tests.others])
        answers |= {name: _judged(bundle, "{}", f"{folder}/{name}") for name in tests.others}
    modules = {**texts, module.path: tests.staged_text}
    replaced = _replaced(modules, data, folder, tests.staged) if tests.staged else {}
    by_data: dict[str, list[str]] = {}
    for name in tests.staged:
        if name in replaced:
            by_data.setdefault(canonical(_changed(data, "data", replaced[name])), []).append(name)
        else:
            answers[name] = ("undefined: a value after with has none", 0.0)
    for document, names in by_data.items():
        changed = {**modules, **data_modules.generate(json.loads(document))}
        bundle = rego.compile_bundle(changed, [f"{folder}/{name}" for name in names])
        for name in names:
            term = canonical(_changed({}, "input", replaced[name]))
            answers[name] = _judged(bundle, term, f"{folder}/{name}")
    return answers


def _replaced(
    modules: Mapping[str, str], data: Mapping[str, Any], folder: str, names: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """What each test puts in place of input and data; without the tests for which that is undefined or an error."""
    fixtures = {name: f"{folder}/{with_clauses.FIXTURE}{name}" for name in names}
    bundle = rego.compile_bundle({**modules, **data_modules.generate(data)}, list(fixtures.values()))
    values = {}
    for name, fixture in fixtures.items():
        with contextlib.suppress(rego.EngineError):
            text = rego.evaluate(bundle, "{}", fixture, fresh=True).text
            if text is not None:
                values[name] = json.loads(text)
    return values


def _changed(document: Mapping[str, Any], root: str, replaced: Mapping[str, Any]) -> Any:
    """The document with everything in its place that is replaced below ``root`` (``data.config`` below ``data``)."""
    changed: Any = document
    for target, value in sorted(replaced.items()):
        first, *path = target.split(".")
        if first == root:
            changed = _put(changed, path, value)
    return changed


def _put(document: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    inner = document if isinstance(document, Mapping) else {}
    return {**inner, path[0]: _put(inner.get(path[0]), path[1:], value)}


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


def _judged(bundle: bytes, term: str, entrypoint: str) -> tuple[str, float]:
    try:
        answer = rego.evaluate(bundle, term, entrypoint, fresh=True)
    except rego.EngineError as error:
        return f"The evaluation failed: {error}", 0.0
    messages: Mapping[str | None, str] = {None: "undefined: a line of its body did not hold", "false": "false"}
    return messages.get(answer.text, ""), answer.evaluation_ms


def main(arguments: Sequence[str]) -> int:
    """Print one line per test and a summary. Returns the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: rego_tests DIRECTORY\n")
        return 2
    try:
        results = run(from_directory(arguments[0]))
    except GateError as failure:
        sys.stderr.write(f"{failure}\n")
        return 2
    for result in results:
        verdict = "ok  " if result.passed else "FAIL"
        line = f"{verdict} {result.package}.{result.name} {result.ms:.2f} ms {result.message}"
        sys.stdout.write(line.rstrip() + "\n")
    failed = sum(not result.passed for result in results)
    sys.stdout.write(f"{len(results)} tests, {failed} failed\n")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
