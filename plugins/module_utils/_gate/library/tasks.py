# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``policy_library`` and ``policy_library_info`` return: validated options in, the task's result out.

Neither of them raises: an error nobody foresaw ends as a failed task, without a traceback.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.connection import connect
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.edge import guarded
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library import publication, review, versions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import exceptions, reports
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.coverage import Coverage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._version import VERSION

_TOLD = 5


def publish_library(
    action: str, options: Mapping[str, Any], *, check_mode: bool, environ: Mapping[str, str]
) -> dict[str, Any]:
    """Lint, test or publish, as ``state`` says."""
    result: dict[str, Any] = {"changed": False, "diff": [], "findings": [], "tests": _counted(()), "coverage": None}
    return guarded(result, lambda: _publish(options, check_mode, lambda: _api(options, environ, action), result))


def _publish(
    options: Mapping[str, Any], check_mode: bool, connected: Callable[[], Api], result: dict[str, Any]
) -> None:
    state = options["state"]
    if state == "rolled_back":
        _with_api(connected, lambda api: _roll_back(api, options.get("revision"), check_mode, result))
        return
    examined = review.review(options["path"], options["overlay"], _thoroughness(options))
    if options["reports"]:
        _write_reports(Path(options["reports"]), examined, options["path"], options["overlay"])
    result.update(tests=_counted(examined.tests), coverage=_covered(examined.coverage))
    _require_sound(examined, result)
    if state != "published":
        warnings = len(examined.findings)
        noted = f", {warnings} warning{'s'[: warnings != 1]}" if warnings else ""
        result["msg"] = f"Sound{noted}: {_title(examined.library)}."
    else:
        _with_api(connected, lambda api: _make_live(api, examined, check_mode, result, "publish"))
    if state != "linted" and not examined.tests:
        result["msg"] += " It contains no test: nothing was tried."


def _roll_back(api: Api, revision: str | None, check_mode: bool, result: dict[str, Any]) -> None:
    kept = versions.find(api, revision) if revision else versions.before(api)
    examined = versions.review_kept(kept)
    _require_sound(examined, result)
    _make_live(api, examined, check_mode, result, "roll back to")


def _require_sound(examined: review.Review, result: dict[str, Any]) -> None:
    result.update(_stated(examined.library), findings=[dataclasses.asdict(finding) for finding in examined.findings])
    if told := _warned(examined.findings):
        result["warnings"] = told
    if not examined.passed:
        raise review.refusal(examined)
    result["files"] = sorted(examined.library.modules)


def _warned(findings: Sequence[Finding]) -> list[str]:
    """The warnings among them for the eyes of an operator, who sees no findings: the first ones, and how many more."""
    lines = [f"{finding} {finding.remedy} [{finding.code}]" for finding in findings if finding.level == "warning"]
    more = len(lines) - _TOLD
    return lines if more <= 0 else [*lines[:_TOLD], f"{more} more warnings of the linter are in findings."]


def _make_live(api: Api, examined: review.Review, check_mode: bool, result: dict[str, Any], verb: str) -> None:
    title = _title(examined.library)
    comparison = publication.compare(api, examined.library, examined.bundle)
    result.update(published=_live(comparison), diff=comparison.diff(), signed_by=comparison.signed_by)
    if not comparison.differs:
        result["msg"] = f"Already published: {title}."
        return
    if not check_mode:
        now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
        publication.publish(api, examined, comparison, now)
        result["published"] = _stated(examined.library)
    done = {"publish": "Published", "roll back to": "Rolled back to"}[verb]
    result.update(changed=True, msg=f"{f'Would {verb}' if check_mode else done}: {title}.")


def _with_api(connected: Callable[[], Api], work: Callable[[Api], None]) -> None:
    api = connected()
    try:
        work(api)
    finally:
        api.close()


def _title(library: Any) -> str:
    return f"{library.name} {library.version} ({library.revision[:12]})"


def _thoroughness(options: Mapping[str, Any]) -> review.Thoroughness:
    if options["only"] and options["state"] == "published":
        raise InvalidRequest(
            "request.filter-invalid",
            "A library is published when all its tests passed, not some of them.",
            "Leave out only, or give state: tested.",
        )
    return review.Thoroughness(
        tests=options["state"] != "linted",
        only=options["only"] or "",
        coverage=options["coverage"],
        require_tests=options["require_tests"],
    )


def library_info(
    action: str, options: Mapping[str, Any], *, check_mode: bool, environ: Mapping[str, str]
) -> dict[str, Any]:
    """What is live, and what was. The same with ``check_mode``."""
    result: dict[str, Any] = {
        "changed": False,
        "published": False,
        "intact": False,
        "problem": "",
        "name": "",
        "version": "",
        "revision": "",
        "published_at": "",
        "files": [],
        "rules": [],
        "exceptions": [],
        "versions": [],
        "signed": False,
        "signed_by": "",
        "diff": [],
    }
    return guarded(
        result,
        lambda: _with_api(
            lambda: _api(options, environ, action), lambda api: _look(api, options.get("compare_to"), result)
        ),
    )


def _look(api: Api, compare_to: str | None, result: dict[str, Any]) -> None:
    live = published_library.read(api)
    result["versions"] = [_stated(kept) for kept in published_library.versions(api)]
    if compare_to:
        older = versions.find(api, compare_to)
        result["diff"] = publication.differences(older.data, live.data if live else {})
    if live is None:
        result["msg"] = "This cluster has no policy library: every gated action is denied."
        return
    library, problem = publication.live_problem(live)
    rules = library.data.get("rules", {}) if library else {}
    result.update(
        _stated(live),
        published=True,
        signed=bool(live.bundle),
        signed_by=library.signed_by if library else "",
        intact=not problem,
        problem=problem,
        files=sorted(library.modules) if library else [],
        rules=[
            {"code": code, "title": rule.get("title", ""), "package": rule.get("package", "")}
            for code, rule in sorted(rules.items())
        ],
    )
    title = _title(live)
    if problem:
        result["msg"] = f"{title} is unusable: {problem}"
        return
    result["exceptions"] = exceptions.listed(library.data.get("config") if library else None, api.now())
    expired = [entry["name"] for entry in result["exceptions"] if entry["state"] == "expired"]
    result["msg"] = f"{title} with {len(rules)} rules is live."
    if expired:
        result["msg"] += f" Expired, so counting for nothing: {', '.join(expired)}."


def _stated(library: Any) -> dict[str, str]:
    stated = {"name": library.name, "version": library.version, "revision": library.revision}
    return stated if isinstance(library, Library) else {**stated, "published_at": library.published_at}


def _live(comparison: publication.Comparison) -> dict[str, str] | None:
    return _stated(comparison.live) if comparison.live else None


def _counted(tests: tuple[Any, ...]) -> dict[str, Any]:
    failed = [test for test in tests if not test.passed]
    return {
        "passed": len(tests) - len(failed),
        "failed": len(failed),
        "failures": [f"{test.package}.{test.name}: {test.message}" for test in failed],
        "results": [dataclasses.asdict(test) for test in tests],
    }


def _covered(coverage: Coverage | None) -> dict[str, Any] | None:
    if coverage is None:
        return None
    return {
        "percent": round(coverage.percent, 1),
        "rules": len(coverage.points),
        "missed": [f"{point.file}:{point.line}: {point.rule}" for point in coverage.missed],
    }


def _write_reports(folder: Path, examined: review.Review, path: str, overlay: str | None) -> None:
    """The same in check mode: they are about the files here, and no part of the cluster."""
    library = examined.library

    def located(file: str) -> str:
        return reports.from_here(reports.place(file, path, overlay))

    files = {
        "policy-lint.xml": reports.findings_as_junit(examined.findings, [*library.modules, *library.tests]),
        "policy-lint.sarif": reports.findings_as_sarif(examined.findings, VERSION, located),
        "policy-tests.xml": reports.tests_as_junit(examined.tests),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(
            "request.reports-unwritable", f"No report can be written to {folder}: {error}.", "Give another directory."
        ) from error


def _api(options: Mapping[str, Any], environ: Mapping[str, str], action: str) -> Api:
    return connect(options, environ, user_agent=f"guardrail.kubernetes/{VERSION} ({action})")
