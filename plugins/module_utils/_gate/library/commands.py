# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``lint``, ``test``, ``mutate`` and ``merge`` for a library on disk: for the hands of an author, a commit hook, a pipeline.

Exit codes: 0 sound, 1 findings or failed tests, 2 it could not be tried.

Private to the collection: may change without notice. Users call ``extensions/policies/guardrail-policies``.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library import review
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import lint, merged_directory, rego, reports
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.conventions import UNTESTED
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding, errors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.overlay import overlaid
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import (
    mutation,
    mutation_runs,
    rego_tests,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.coverage import Coverage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.mutation import Mutant
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.rego_tests import RegoTestResult
from ansible_collections.guardrail.kubernetes.plugins.module_utils._version import VERSION

_DECIDING = rego.ENTRYPOINT.rpartition("/")[0]
"""The package that holds the decision."""


def main(arguments: Sequence[str]) -> int:
    """Run one command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    commands = {"lint": _lint, "test": _test, "mutate": _mutate, "merge": _merge}
    try:
        return commands[options.command](_library(options), options)
    except (GateError, OSError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 2


def _library(options: argparse.Namespace) -> Library:
    library = from_directory(options.directory)
    return overlaid(library, from_directory(options.overlay)) if options.overlay else library


def _lint(library: Library, options: argparse.Namespace) -> int:
    found = _found(library, with_tests=not options.no_tests)

    def place(file: str) -> str:
        return reports.place(file, options.directory, options.overlay)

    if options.junit:
        _write(options.junit, reports.findings_as_junit(found, [*library.modules, *library.tests]))
    if options.sarif:
        _write(options.sarif, reports.findings_as_sarif(found, VERSION, lambda file: reports.from_here(place(file))))
    for finding in found:
        _say(f"{finding.level}: {_path(place, finding)} {finding.remedy} [{finding.code}]")
    wrong = errors(found)
    if any(finding.code == UNTESTED for finding in wrong):
        _say("--no-tests lints without asking for tests.")
    _say(f"{len(library.modules) + len(library.tests)} files, {len(wrong)} errors, {len(found) - len(wrong)} warnings")
    return 1 if wrong or (found and options.strict) else 0


def _found(library: Library, *, with_tests: bool) -> Sequence[Finding]:
    """What publishing would find; a directory of rules alone, which is merged elsewhere, cannot be asked anything."""
    if any(package_name(text) == _DECIDING for text in library.modules.values()):
        return review.examined(library, "error" if with_tests else None)
    return lint.lint(library, with_tests=with_tests)


def _test(library: Library, options: argparse.Namespace) -> int:
    above = from_directory(options.overlay) if options.overlay else None
    results, covered = rego_tests.run_each(
        from_directory(options.directory),
        above,
        library,
        only=options.only,
        covered=options.coverage or options.min_coverage > 0,
    )
    if options.junit:
        _write(options.junit, reports.tests_as_junit(results))
    for result in results:
        if not (options.quiet and result.passed):
            _say(_verdict(result))
    failed = sum(not result.passed for result in results)
    _say(f"{len(results)} tests, {failed} failed")
    if not results:
        sys.stderr.write("There is no test to run: a misspelt --only, or no test_ rule in a file *_test.rego.\n")
    enough = covered is None or _show(covered, options.min_coverage)
    return 0 if results and not failed and enough else 1


def _mutate(library: Library, options: argparse.Namespace) -> int:
    changed = library.modules
    if options.overlay:
        above = from_directory(options.overlay)
        library, changed = dataclasses.replace(library, tests=above.tests), above.modules
    failing = [result for result in rego_tests.run(library) if not result.passed]
    for result in failing:
        _say(_verdict(result))
    if failing:
        sys.stderr.write("The tests have to pass before anything is changed.\n")
        return 2
    wanted = [
        mutant for mutant in mutation_runs.mutants(library) if mutant.file in changed and options.only in mutant.file
    ]
    report = mutation_runs.run(library, mutation.sample(wanted, options.sample, options.seed), _told)
    _say(f"{report.tried} changes, {len(report.survivors)} that no test notices: score {report.score:.1f} %")
    return 0 if report.tried and report.score >= options.min_score else 1


def _merge(library: Library, options: argparse.Namespace) -> int:
    written = merged_directory.write(library, options.directory, options.into)
    _say(f"{len(written)} files in {options.into}")
    return 0


def _told(mutant: Mutant, noticed: bool | None) -> None:
    if noticed is False:
        _say(f"unnoticed: {mutant}")


def _show(covered: Coverage, wanted: float) -> bool:
    for point in covered.missed:
        _say(f"never held: {point.file}:{point.line}: {point.rule}")
    for file, (done, total) in sorted(covered.by_file().items()):
        _say(f"{100 * done / total:5.1f} % {done:4} of {total:4} rules {file}")
    _say(f"{covered.percent:.1f} % of {len(covered.points)} rules held in a test")
    return covered.percent >= wanted


def _verdict(result: RegoTestResult) -> str:
    verdict = "ok  " if result.passed else "FAIL"
    return f"{verdict} {result.package}.{result.name} {result.ms:.2f} ms {result.message}".rstrip()


def _path(place: Callable[[str], str], finding: Finding) -> str:
    return str(dataclasses.replace(finding, file=place(finding.file)) if finding.line else finding)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _write(path: str, text: str) -> None:
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guardrail-policies", description="Check a policy library on disk.")
    commands = parser.add_subparsers(dest="command", required=True)
    about_each = {
        "lint": "Find mistakes",
        "test": "Run test_ rules",
        "mutate": "Test the tests: those of the overlay on its own files, if there is one",
        "merge": "Write library and overlay as one directory, without tests",
    }
    for name, about in about_each.items():
        command = commands.add_parser(name, help=about)
        command.add_argument("directory", help="the library: the directory that holds main.rego's folder and config/")
        command.add_argument("--overlay", help="a directory that is merged over it")
        if name in ("lint", "test"):
            command.add_argument("--junit", help="write the results to this file as JUnit XML")
    linting, testing, mutating, merging = commands.choices.values()
    linting.add_argument("--sarif", help="write the findings to this file as SARIF")
    linting.add_argument("--no-tests", action="store_true", help="neither look at tests nor ask for them")
    linting.add_argument("--strict", action="store_true", help="fail on warnings as well")
    testing.add_argument("--only", default="", help="run the tests whose package.name matches this expression")
    testing.add_argument("--quiet", action="store_true", help="name the failed tests only")
    testing.add_argument("--coverage", action="store_true", help="say which rules never held in a test")
    testing.add_argument("--min-coverage", type=float, default=0.0, metavar="PERCENT", help="fail below this")
    mutating.add_argument("--only", default="", help="change the files whose path contains this")
    mutating.add_argument("--sample", type=int, default=0, help="try this many changes; 0 tries all")
    mutating.add_argument("--seed", type=int, default=1, help="another seed takes another sample")
    mutating.add_argument("--min-score", type=float, default=95.0, metavar="PERCENT", help="fail below this")
    merging.add_argument("--into", required=True, metavar="DIRECTORY", help="an empty or new directory")
    return parser
