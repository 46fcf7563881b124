# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings and results of tests in the forms that other programs read: JUnit XML and SARIF 2.1.0.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.etree import ElementTree

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.rego_tests import RegoTestResult

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_PROGRAM = "guardrail-policies"


def findings_as_junit(findings: Sequence[Finding], files: Iterable[str]) -> str:
    """One test case for each file; a file with errors fails. Warnings are its output."""
    found: dict[str, list[Finding]] = {file: [] for file in sorted(files)}
    for finding in findings:
        found.setdefault(finding.file, []).append(finding)
    suite = _suite("policy lint", len(found), sum(any(map(_is_error, each)) for each in found.values()), 0.0)
    for file, each in found.items():
        case = ElementTree.SubElement(suite, "testcase", name=file, classname="lint", file=file, time="0.000")
        for level, tag in (("error", "failure"), ("warning", "system-out")):
            lines = [_line(finding) for finding in each if finding.level == level]
            if lines:
                node = ElementTree.SubElement(case, tag)
                node.text = "\n".join(lines)
                if tag == "failure":
                    node.set("message", lines[0])
    return _document(suite)


def tests_as_junit(results: Sequence[RegoTestResult]) -> str:
    """One test case for each test; the time is that inside the engine."""
    failed = sum(not result.passed for result in results)
    suite = _suite("policy tests", len(results), failed, sum(result.ms for result in results))
    for result in results:
        seconds = f"{result.ms / 1000:.6f}"
        case = ElementTree.SubElement(
            suite, "testcase", name=result.name, classname=result.package, file=result.file, time=seconds
        )
        if not result.passed:
            ElementTree.SubElement(case, "failure", message=result.message).text = result.message
    return _document(suite)


def place(file: str, directory: str, overlay: str | None) -> str:
    """Where a file of a library and the overlay over it lies: an overlay's file counts before one of the library.

    What is said of no file is said of the library's directory.
    """
    above = os.path.join(overlay, file) if overlay else ""
    own = os.path.join(directory, file)
    if above and os.path.isfile(above):
        return above
    return own if os.path.exists(own) else directory


def from_here(path: str) -> str:
    """A path as seen from the working directory, such as the root of the repository; one that lies elsewhere as it is."""
    seen = os.path.relpath(path)
    return path if seen.startswith("..") else seen


def findings_as_sarif(findings: Sequence[Finding], version: str, located: Callable[[str], str] = str) -> str:
    """For code scanning: one result for each finding, with its rule.

    Args:
        version: Of this collection.
        located: From the file of a finding to its path, seen from the root of the repository.
    """
    rules = {finding.code: finding for finding in findings}
    driver = {
        "name": _PROGRAM,
        "version": version,
        "rules": [{"id": code, "help": {"text": rules[code].remedy}} for code in sorted(rules)],
    }
    results = [_sarif_result(finding, located(finding.file)) for finding in findings]
    document = {"$schema": _SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _sarif_result(finding: Finding, path: str) -> dict[str, Any]:
    where: dict[str, Any] = {"artifactLocation": {"uri": path}}
    if finding.line > 0:
        where["region"] = {"startLine": finding.line}
    return {
        "ruleId": finding.code,
        "level": finding.level,
        "message": {"text": f"{finding.message} {finding.remedy}"},
        "locations": [{"physicalLocation": where}],
    }


def _is_error(finding: Finding) -> bool:
    return finding.level == "error"


def _line(finding: Finding) -> str:
    return f"{finding} {finding.remedy} [{finding.code}]"


def _suite(name: str, tests: int, failures: int, ms: float) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=name, tests=str(tests), failures=str(failures), errors="0")
    suite.set("time", f"{ms / 1000:.6f}")
    return suite


def _document(suite: ElementTree.Element) -> str:
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
