# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a library and find out whether it may judge: linter, compiler, a first question, tests.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import input_document
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import config_findings, exceptions, lint
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.conventions import UNTESTED
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Violation
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding, Level, errors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.overlay import overlaid
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing import bundle
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import rego_tests
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.coverage import Coverage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.rego_tests import RegoTestResult
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Facts
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Standing

_EXPECTED = "policy.action-not-in-catalogue"
# What the library's own rules say about its data, whatever the action.
_UNUSABLE = frozenset(
    {"business-hours.unusable", "change-calendar.unusable-entry", "config.key-missing", "config.setting-unusable"}
)
_NO_TARGET = " : "
_NO_TESTS = (
    "Write rules test_... in files that end in _test.rego. A bundle that was tested before it was built, and left its tests "
    "behind, is taken with require_tests: false."
)
_OTHER_TESTS = "Correct the expression: it is looked for in package.name of each test."
_UNTESTED_WAY_OUT = (
    "A rule that nothing tests is not published. With require_tests: false (policy_library_require_tests in the role) it is, "
    "and this is a warning."
)


@dataclass(frozen=True)
class Review:
    """A library and what was found about it.

    Attributes:
        tests: Empty when they were not run.
        coverage: ``None`` when nobody asked for it.
        bundle: The archive that the library was read from; empty when it was no bundle, or an overlay changed it.
    """

    library: Library
    findings: tuple[Finding, ...]
    tests: tuple[RegoTestResult, ...] = ()
    coverage: Coverage | None = None
    bundle: bytes = field(default=b"", repr=False)

    @property
    def failed_tests(self) -> tuple[RegoTestResult, ...]:
        return tuple(result for result in self.tests if not result.passed)

    @property
    def passed(self) -> bool:
        return not errors(self.findings) and not self.failed_tests

    def complaints(self) -> tuple[str, ...]:
        """Everything that keeps the library from being published, one line each, with the way out."""
        found = [f"{finding} {finding.remedy} [{finding.code}]" for finding in errors(self.findings)]
        failed = [
            f"{test.file}: {test.package}.{test.name}: {test.message} [policy.test-failed]"
            for test in self.failed_tests
        ]
        return tuple(" ".join(line.split()) for line in found + failed)


@dataclass(frozen=True)
class Thoroughness:
    """How a library is examined.

    Attributes:
        tests: Run them.
        only: Regular expression for the names of the tests to run.
        coverage: Say which rules held in a test.
        require_tests: A rule that no test asks for is an error, else a warning.
    """

    tests: bool = True
    only: str = ""
    coverage: bool = False
    require_tests: bool = True


def review(path: str, overlay: str | None, how: Thoroughness) -> Review:
    """Read and examine a library.

    The library's own tests run on the library as it comes, because they speak about its thresholds; the overlay's tests
    run on the merged library.

    Raises:
        PolicyUnusable: A directory, file or overlay cannot be read; the engine is missing; there is no test.
        InvalidRequest: ``request.filter-invalid``.
    """
    own, archive = bundle.load(path)
    above = from_directory(overlay) if overlay else None
    merged = overlaid(own, above) if above else own
    if not merged.modules:
        raise PolicyUnusable(
            "policy.library-empty",
            f"{path} contains no policy.",
            "Give the directory that holds main.rego and config/.",
        )
    bare = how.tests and not merged.tests
    findings = examined(merged, "error" if how.require_tests and not bare else "warning")
    if bare:
        findings = tuple(each for each in findings if each.code != UNTESTED)
        if how.require_tests and not errors(findings):
            raise _no_tests(merged.source, "")
        findings += (_untried(merged),)
    result = Review(merged, findings, bundle=b"" if above else archive)
    if not how.tests or not result.passed or (bare and not how.only):
        return result
    tests, coverage = rego_tests.run_each(own, above, merged, only=how.only, covered=how.coverage)
    if not tests:
        raise _no_tests(merged.source, f" that matches {how.only}" if how.only else "")
    return replace(result, tests=tests, coverage=coverage)


def _no_tests(source: str, named: str) -> PolicyUnusable:
    message = f"The library {source} contains no test{named}."
    return PolicyUnusable("policy.tests-missing", message, _OTHER_TESTS if named else _NO_TESTS)


def _untried(library: Library) -> Finding:
    """One finding instead of one about each rule."""
    message = "The library contains no test, so nothing was tried."
    return Finding(library.source, 0, "policy.tests-missing", "warning", message, "Run its tests where it was built.")


def examined(library: Library, untested: Level | None = None) -> tuple[Finding, ...]:
    """What linter, compiler and a first question find. Text with an error is no matter for the engine.

    Args:
        untested: Level of a finding about a rule that no test asks for; ``None`` for a library that has left its tests behind.
    """
    found = lint.lint(library, with_tests=untested is not None)
    if untested:
        found = tuple(replace(each, level=untested) if each.code == UNTESTED else each for each in found)
    found = (*found, *_zones(library))
    return found if errors(found) else (*found, *_unsound(library))


def _zones(library: Library) -> Iterator[Finding]:
    """A misspelt time zone would be an error of every evaluation that needs it."""
    for path, name in exceptions.unknown_zones(library.data.get("config")):
        message = f"{path}: this machine knows no time zone {name!r}."
        remedy = "Take a name such as Europe/Berlin, and see that the package tzdata is installed."
        yield Finding(config_findings.FILE, 0, "lint.time-zone", "error", message, remedy)


def _unsound(library: Library) -> Iterator[Finding]:
    """Compile the library and ask it about an action that nobody knows: it has to deny, in a form that is understood."""
    request = Request("Unknown", {}, time="2026-01-01T00:00:00Z", id="00000000-0000-0000-0000-000000000000")
    plan = Plan(ObjectRef("", ""), (), {}, {})
    decision = Engine(replace(library, linted=True)).evaluate(
        input_document.build(request, plan, Facts(), Standing(), library.data["config"])
    )
    for violation in decision.violations:
        about_config = violation.code in _UNUSABLE
        if about_config or (violation.policy == "gate" and violation.code != _EXPECTED):
            file = config_findings.FILE if about_config else library.source
            yield Finding(file, 0, violation.code, "error", _without_action(violation), violation.remedy)


def _without_action(violation: Violation) -> str:
    """The message, which is about the library: without the target that there was none of, with the entry that is meant."""
    if "entry" in violation.details:
        entry = json.dumps(violation.details["entry"], ensure_ascii=False)
        return f"An entry of data.config.{violation.details.get('list', '')} cannot be read: {entry}."
    return violation.message.removeprefix(_NO_TARGET)


def refusal(examined: Review) -> PolicyUnusable:
    """Why this library is not published: one finding a line."""
    lines = examined.complaints()
    code = "policy.test-failed" if examined.failed_tests else "policy.lint-error"
    untested = any(finding.code == UNTESTED for finding in errors(examined.findings))
    return PolicyUnusable(
        code,
        f"The library {examined.library.source} is refused, {len(lines)} finding{'s'[: len(lines) != 1]}:\n"
        + "\n".join([*lines, *([_UNTESTED_WAY_OUT] if untested else []), "Nothing was published."]),
    )
