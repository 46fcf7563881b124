# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the ``test_*`` rules of a library on the engine that will judge, one result per test.

A test passes when its value is anything but false or undefined, as with ``opa test``. Each file has a child process
of its
own: one that loops, crashes the engine or cannot be compiled fails as a whole, and no other with it.

Two peculiarities of regopy 1.5.2:
- It crashes on ``with input as`` as soon as a rule behind it calls a function, while ``with input.x as`` works. So
  tests run on a copy of the texts in which the whole input lies one level deeper.
- It compiles a copy of every rule behind each ``with``. So only those packages are compiled that the file leads to.

``python -m ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_tests DIRECTORY`` prints the
results and fails unless at least one test was found and all passed.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child, rego, rego_text
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory

_PREFIX = "test_"
_INPUT = "document"
_EMPTY = f'{{"{_INPUT}":{{}}}}'
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
    texts = {**library.compiled_modules, **library.tests}
    return tuple(
        result
        for file, text in sorted(library.tests.items())
        for result in _run_file(rego_text.read(file, text), texts, library.compiled_data, deadline_s)
    )


def _run_file(
    module: rego_text.Module, texts: Mapping[str, str], data: Mapping[str, Any], deadline_s: float
) -> list[RegoTestResult]:
    names = sorted({rule.name for rule in module.rules if rule.name.startswith(_PREFIX)})
    if not names:
        return []
    needed = {path: texts[path] for path in reachable(module.path, texts)}
    entrypoints = ["/".join((*module.package, name)) for name in names]
    try:
        outcome = child.run(_work(needed, data, entrypoints), deadline_s=deadline_s, memory_bytes=_MEMORY_BYTES)
        if outcome.error:
            places = rego.printed_errors(outcome.output) or outcome.error
            answers = [[f"The file cannot be compiled: {places}", 0.0]] * len(names)
        else:
            answers = json.loads(outcome.answer)
    except PolicyUnusable as failure:
        answers = [[failure.message, 0.0]] * len(names)
    return [
        RegoTestResult(name, ".".join(module.package), module.path, not message, message, ms)
        for name, (message, ms) in zip(names, answers, strict=True)
    ]


def _work(texts: Mapping[str, str], data: Mapping[str, Any], tests: Sequence[str]) -> child.Work:
    modules = {path: rego_text.with_nested_input(text, _INPUT) for path, text in texts.items()}

    def work() -> bytes:
        bundle = rego.compile_bundle(modules, data, tests)
        return json.dumps([_judged(bundle, test) for test in tests]).encode()

    return work


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
    """The package that a reference below ``data`` lies in, and all packages below it."""
    around = [name for name in packages if f"{reference}.".startswith(f"{name}.")]
    below = {name for name in packages if name.startswith(f"{reference}.")}
    return below | ({max(around, key=len)} if around else set())


def _judged(bundle: bytes, test: str) -> tuple[str, float]:
    try:
        answer = rego.evaluate(bundle, _EMPTY, test, fresh=True)
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
