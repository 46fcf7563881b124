# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports for other programs."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import reports
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.rego_tests import RegoTestResult

ERROR = Finding("a/a.rego", 3, "lint.undefined-name", "error", 'The name <x> & "y" is not defined.', "Define it.")
WARNING = Finding("a/a.rego", 5, "lint.unsteady", "warning", "time.now_ns gives another answer each time.", "Do not.")
UNPLACED = Finding("policies", 0, "policy.undefined-decision", "error", "There is no decision.", "Write one.")


def cases(document: str) -> tuple[dict[str, str], list[tuple[dict[str, str], list[tuple[str, str | None]]]]]:
    """Counts of the only suite, and its cases with what they hold."""
    (suite,) = ElementTree.fromstring(document)
    counts = {name: suite.attrib[name] for name in ("tests", "failures")}
    return counts, [(dict(case.attrib), [(node.tag, node.text) for node in case]) for case in suite]


def test_findings_as_junit_have_a_case_for_each_file() -> None:
    counts, found = cases(reports.findings_as_junit([ERROR, WARNING, UNPLACED], ["b.rego", "a/a.rego"]))
    assert counts == {"tests": "3", "failures": "2"}
    assert [(attributes["name"], [tag for tag, _text in nodes]) for attributes, nodes in found] == [
        ("a/a.rego", ["failure", "system-out"]),
        ("b.rego", []),
        ("policies", ["failure"]),
    ]
    assert found[0][1][0][1] == 'a/a.rego:3: The name <x> & "y" is not defined. Define it. [lint.undefined-name]'


def test_tests_as_junit_have_their_time_and_message() -> None:
    passed = RegoTestResult("test_a", "p_test", "p_test.rego", True, "", 1.5)
    failed = RegoTestResult("test_b", "p_test", "p_test.rego", False, "false", 0.25)
    assert cases(reports.tests_as_junit([passed, failed])) == (
        {"tests": "2", "failures": "1"},
        [
            ({"name": "test_a", "classname": "p_test", "file": "p_test.rego", "time": "0.001500"}, []),
            (
                {"name": "test_b", "classname": "p_test", "file": "p_test.rego", "time": "0.000250"},
                [("failure", "false")],
            ),
        ],
    )


def test_findings_as_sarif() -> None:
    document = json.loads(reports.findings_as_sarif([ERROR, WARNING], "1.2.3", "policies/{}".format))
    (run,) = document["runs"]
    assert (document["version"], run["tool"]["driver"]["version"]) == ("2.1.0", "1.2.3")
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["lint.undefined-name", "lint.unsteady"]
    assert run["results"][0] == {
        "ruleId": "lint.undefined-name",
        "level": "error",
        "message": {"text": 'The name <x> & "y" is not defined. Define it.'},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "policies/a/a.rego"},
                    "region": {"startLine": 3},
                }
            }
        ],
    }


def test_finding_without_a_line_has_no_region() -> None:
    (run,) = json.loads(reports.findings_as_sarif([UNPLACED], "1.2.3"))["runs"]
    assert run["results"][0]["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "policies"}}}]
