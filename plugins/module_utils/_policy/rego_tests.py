# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the ``test_*`` rules of a library on the engine that will judge, one result per test.

A test passes when its value is anything but false or undefined, as with ``opa test``. The tests of one file share a
child
process: a file that loops or crashes fails as a whole and no other with it.

``python -m ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_tests DIRECTORY`` prints the
results and fails unless at least one test was found and all passed.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child, rego, rego_text
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory

_PREFIX = "test_"
_DEADLINE_S = 60.0


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
        deadline_s: Seconds for compiling, and again for each file.

    Raises:
        PolicyUnusable: The library cannot be compiled or the engine cannot be loaded.
    """
    rego.prepare()
    files = _tests(library)
    entrypoints = [entrypoint for tests in files.values() for entrypoint in tests]
    if not entrypoints:
        return ()
    modules = {**library.compiled_modules, **library.tests}
    outcome = child.run(lambda: rego.compile_bundle(modules, library.data, entrypoints), deadline_s=deadline_s)
    if outcome.error:
        places = rego.printed_errors(outcome.output) or outcome.error
        raise unusable("policy.parse-error", f"The tests of the library cannot be compiled: {places}.")
    bundle = outcome.answer
    return tuple(result for file, tests in files.items() for result in _run_file(file, tests, bundle, deadline_s))


def _tests(library: Library) -> dict[str, list[str]]:
    """File to the entrypoints of its tests."""
    files = {}
    for path, text in sorted(library.tests.items()):
        module = rego_text.read(path, text)
        names = sorted({rule.name for rule in module.rules if rule.name.startswith(_PREFIX)})
        files[path] = ["/".join((*module.package, name)) for name in names]
    return files


def _run_file(file: str, tests: Sequence[str], bundle: bytes, deadline_s: float) -> list[RegoTestResult]:
    try:
        outcome = child.run(_work(bundle, tests), deadline_s=deadline_s)
        answers = json.loads(outcome.answer) if not outcome.error else [[outcome.error, 0.0]] * len(tests)
    except PolicyUnusable as failure:
        answers = [[failure.message, 0.0]] * len(tests)
    results = []
    for entrypoint, (message, ms) in zip(tests, answers, strict=True):
        package, _, name = entrypoint.rpartition("/")
        results.append(RegoTestResult(name, package.replace("/", "."), file, not message, message, ms))
    return results


def _work(bundle: bytes, tests: Sequence[str]) -> Callable[[], bytes]:
    return lambda: json.dumps([_judged(bundle, test) for test in tests]).encode()


def _judged(bundle: bytes, test: str) -> tuple[str, float]:
    try:
        answer = rego.evaluate(bundle, "{}", test, fresh=True)
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
    except PolicyUnusable as failure:
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
    sys.exit(main(sys.argv[1:]))
