# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a directory of policies to the library that judges a cluster: read, lint, compile, test, compare, publish.

A library with a finding or a failed test never replaces a good one: ``publish`` takes a ``Review`` and refuses one that
did not pass. Publishing is the only thing in the collection that changes which policies decide; it is done with the
rights of a policy administrator and is not itself judged.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.published_library import PublishedLibrary
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import input_document
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import lint, rego_tests
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.conventions import UNTESTED
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.coverage import Coverage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import (
    LINTER_VERSION,
    Finding,
    errors,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import (
    DATA_KEY,
    Library,
    from_directory,
    from_published,
    to_published,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.overlay import overlaid
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_tests import RegoTestResult
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Facts
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Standing

_EXPECTED = "policy.action-not-in-catalogue"


@dataclass(frozen=True)
class Review:
    """A library and what was found about it. ``tests`` is empty when they were not run.

    ``coverage`` is that of the library's own tests, ``None`` when nobody asked for it.
    """

    library: Library
    findings: tuple[Finding, ...]
    tests: tuple[RegoTestResult, ...] = ()
    coverage: Coverage | None = None

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
    own = from_directory(path)
    above = from_directory(overlay) if overlay else None
    merged = overlaid(own, above) if above else own
    if not merged.modules:
        raise PolicyUnusable(
            "policy.library-empty",
            f"{path} contains no policy.",
            "Give the directory that holds main.rego and config/.",
        )
    examined = Review(merged, _examined(merged, how))
    if how.tests and not merged.tests and all(each.code == UNTESTED for each in errors(examined.findings)):
        raise _no_tests(path, "")
    if not how.tests or not examined.passed:
        return examined
    coverage = None
    if how.coverage:
        tests, coverage = rego_tests.run_covered(own, only=how.only)
    else:
        tests = rego_tests.run(own, only=how.only)
    if above and above.tests:
        tests += rego_tests.run(replace(merged, tests=above.tests), only=how.only)
    if not tests:
        raise _no_tests(path, f" that matches {how.only}" if how.only else "")
    return replace(examined, tests=tests, coverage=coverage)


def _no_tests(path: str, named: str) -> PolicyUnusable:
    return PolicyUnusable(
        "policy.tests-missing",
        f"{path} contains no test{named}.",
        "Write a test_ rule in a file that ends in _test.rego.",
    )


def _examined(library: Library, how: Thoroughness) -> tuple[Finding, ...]:
    """What linter, compiler and a first question find. Text with an error is no matter for the engine."""
    found = lint.lint(library)
    if not how.require_tests:
        found = tuple(replace(each, level="warning") if each.code == UNTESTED else each for each in found)
    return found if errors(found) else (*found, *_unsound(library))


def _unsound(library: Library) -> Iterator[Finding]:
    """Compile the library and ask it about an action that nobody knows: it has to deny, in a form that is understood."""
    request = Request("Unknown", {}, time="2026-01-01T00:00:00Z", id="00000000-0000-0000-0000-000000000000")
    plan = Plan(ObjectRef("", ""), (), {}, {})
    decision = Engine(replace(library, linted=True)).evaluate(
        input_document.build(request, plan, Facts(), Standing(), library.data["config"])
    )
    for violation in decision.violations:
        if violation.policy == "gate" and violation.code != _EXPECTED:
            yield Finding(library.source, 0, violation.code, "error", violation.message, violation.remedy)


@dataclass(frozen=True)
class Comparison:
    """The library beside what the cluster has.

    Attributes:
        live: ``None`` when there is none.
        before: Its policies and data by key; empty when there is none.
        after: Those of the library.
    """

    library: Library
    live: PublishedLibrary | None
    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def differs(self) -> bool:
        """Whether publishing changes anything. A live library that was edited by hand differs from what it states."""
        live = self.live
        stated = (live.name, live.version, live.revision) if live else None
        return stated != (self.library.name, self.library.version, self.library.revision) or self.before != self.after

    def diff(self) -> list[dict[str, str]]:
        """For diff mode: what is live, then each file that changes. Of a first publication only the former."""
        live = self.live
        summary = {
            "before_header": "published library",
            "after_header": "published library",
            "before": _about(live.name, live.version, live.revision) if live else "",
            "after": _about(self.library.name, self.library.version, self.library.revision),
        }
        if not self.differs:
            return []
        changed = [key for key in sorted({*self.before, *self.after}) if self.before.get(key) != self.after.get(key)]
        files = [
            {
                "before_header": key,
                "after_header": key,
                "before": _readable(key, self.before.get(key, "")),
                "after": _readable(key, self.after.get(key, "")),
            }
            for key in changed
        ]
        return [summary, *(files if live else [])]


def compare(api: Api, library: Library) -> Comparison:
    """Read what is live and set the library beside it.

    Raises:
        PolicyUnusable: A file name or the config cannot be published.
        ApiFailure, Unreachable: The cluster cannot be asked.
    """
    live = published_library.read(api)
    return Comparison(library, live, dict(live.data) if live else {}, to_published(library))


def publish(api: Api, examined: Review, comparison: Comparison, now: str) -> None:
    """Make the library the one that judges, and keep this version as an immutable object.

    Args:
        now: RFC 3339, UTC.

    Raises:
        PolicyUnusable: The review did not pass.
        Conflict: Somebody else published since ``compare``.
        ApiFailure, Unreachable: The cluster refused, or gave no answer.
    """
    if not examined.passed or examined.library is not comparison.library:
        raise refusal(examined)
    library = comparison.library
    published_library.publish(
        api,
        PublishedLibrary(
            data=comparison.after,
            name=library.name,
            version=library.version,
            revision=library.revision,
            published_at=now,
            linted=LINTER_VERSION,
        ),
        comparison.live,
    )


def refusal(examined: Review) -> PolicyUnusable:
    """Why this library is not published: one finding a line."""
    lines = examined.complaints()
    code = "policy.test-failed" if examined.failed_tests else "policy.lint-error"
    return PolicyUnusable(
        code,
        f"The library {examined.library.source} is refused, {len(lines)} finding{'s'[: len(lines) != 1]}:\n"
        + "\n".join(lines)
        + "\nNothing was published.",
    )


def live_problem(live: PublishedLibrary) -> tuple[Library | None, str]:
    """The live library, and what is wrong with it; ``None`` when it cannot even be read."""
    source = f"configmap {published_library.NAMESPACE}/{published_library.NAME}"
    problem = ""
    for revision in (live.revision, None):
        try:
            library = from_published(live.data, name=live.name, version=live.version, revision=revision, source=source)
        except PolicyUnusable as unusable:
            problem = problem or str(unusable)
        else:
            return library, problem
    return None, problem


def _readable(key: str, text: str) -> str:
    """The data over many lines, so that a diff shows the value that changes."""
    if key != DATA_KEY:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    except ValueError:  # somebody wrote it by hand
        return text


def _about(name: str, version: str, revision: str) -> str:
    return f"name: {name}\nversion: {version}\nrevision: {revision}\n"
