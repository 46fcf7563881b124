# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of gated tasks in words."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.plugin_utils._verdict_text import render

EXECUTION = {"action": "ScaleDeployment", "target": "Deployment/shop/web", "requester": "runner", "duration_s": 0.204}
LIBRARY = {"name": "guardrail", "version": "0.1.0", "revision": "5b2f0e1f8a3c0c7e"}
FINDING = {
    "policy": "production/ceiling",
    "code": "ceiling.exceeded",
    "message": "Too many.",
    "remedy": "Ask for less.",
}


def result(**changes: Any) -> dict[str, Any]:
    return {
        "changed": True,
        "diff": {"before": {"replicas": 3}, "after": {"replicas": 4}},
        "decision": {"allowed": True, "violations": [], "warnings": [], "library": LIBRARY},
        "execution": EXECUTION,
        "msg": "Done.",
        **changes,
    }


def denied(**changes: Any) -> dict[str, Any]:
    decision = {"allowed": False, "violations": [FINDING], "warnings": [], "library": LIBRARY}
    failed = {"failed": True, "changed": False, "reason": "denied", "code": "ceiling.exceeded"}
    return result(**{"decision": decision, **failed, **changes})


def texts(of: dict[str, Any], **options: Any) -> list[str]:
    return [line.text for line in render(of, **options)]


def test_an_allowed_action_says_who_what_and_by_which_library() -> None:
    assert texts(result()) == [
        "  who       runner",
        "  what      ScaleDeployment Deployment shop/web",
        "            replicas: 3 -> 4",
        "  verdict   ALLOWED by guardrail 0.1.0 (5b2f0e1f8a3c)",
        "  result    changed in 0.20 s",
    ]


def test_a_refusal_names_each_rule_and_what_would_make_it_pass() -> None:
    assert texts(denied())[3:] == [
        "  verdict   DENIED by guardrail 0.1.0 (5b2f0e1f8a3c)",
        "  rule      ceiling.exceeded in production/ceiling",
        "            Too many.",
        "  to pass   Ask for less.",
        "  result    nothing was changed in 0.20 s",
    ]


def test_pods_that_a_refused_drain_did_not_touch_are_not_pending() -> None:
    pods = {"evicted": [], "pending": [{"namespace": "shop", "name": "web-1"}], "failed": [], "skipped": []}
    assert not any("pending" in text for text in texts(denied(pods=pods)))


def test_a_warning_comes_with_advice() -> None:
    decision = {"allowed": True, "violations": [], "warnings": [FINDING], "library": LIBRARY}
    assert texts(result(decision=decision))[4:7] == [
        "  warning   ceiling.exceeded in production/ceiling",
        "            Too many.",
        "  advice    Ask for less.",
    ]


def test_a_failure_halfway_says_what_was_changed_and_what_is_pending() -> None:
    pods = {
        "evicted": [{"namespace": "shop", "name": "web-1"}],
        "pending": [{"namespace": "shop", "name": f"web-{number}"} for number in range(2, 8)],
        "failed": [],
        "skipped": [],
    }
    lines = texts(result(failed=True, reason="timeout", code="drain.timeout", msg="Six pods are left.", pods=pods))
    assert lines[4:] == [
        "  evicted   1: shop/web-1",
        "  pending   6: shop/web-2, shop/web-3, shop/web-4, shop/web-5 and 2 more",
        "  failed    Six pods are left. (timeout, drain.timeout)",
        "  result    something was changed before it failed in 0.20 s",
    ]


def test_check_mode_changes_nothing_yet() -> None:
    assert texts(result(), check_mode=True)[-1] == "  result    would change in 0.20 s"


def test_nothing_to_do_needs_no_verdict() -> None:
    lines = texts(result(changed=False, decision=None, diff={"before": {}, "after": {}}))
    assert lines[2:] == ["  verdict   none needed: nothing to do", "  result    already as asked for in 0.20 s"]


def test_a_failure_before_the_gate_is_told_with_its_code() -> None:
    failed = {"failed": True, "reason": "unreachable", "code": "connection.no-cluster", "msg": "No cluster.\nName one."}
    assert texts({**failed, "execution": None, "decision": None}) == [
        "  failed    No cluster.",
        "            Name one.",
        "            (unreachable, connection.no-cluster)",
    ]


def test_policy_check_is_an_answer() -> None:
    judged = {"action": "DrainNode", "target_resource": "Node//node-1", "service_account": "runner"}
    lines = texts(result(execution=None, input=judged, changed=False))
    assert (lines[0], lines[1], lines[-1]) == (
        "  who       runner",
        "  what      DrainNode Node node-1",
        "  result    asked only: nothing is carried out",
    )


def test_a_published_library_is_told_with_its_tests() -> None:
    published = {
        "changed": True,
        "findings": [],
        "tests": {"passed": 12, "failed": 0, "failures": []},
        "revision": "5b2f",
        "files": ["a.rego", "b.rego"],
        "msg": "Published: guardrail 0.1.0 (5b2f).",
    }
    assert texts(published) == [
        "  checked   2 policies linted and compiled, 12 tests passed",
        "  result    Published: guardrail 0.1.0 (5b2f).",
    ]


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param({"changed": True, "stdout": "x"}, id="a command"),
        pytest.param({"failed": True, "msg": "no"}, id="somebody else's failure"),
        pytest.param({"censored": "the output has been hidden"}, id="no_log"),
        pytest.param({}, id="nothing"),
    ],
)
def test_results_of_others_are_left_to_the_default_output(foreign: dict[str, Any]) -> None:
    assert render(foreign) == ()


def test_lines_are_broken_at_the_width_with_the_text_aligned() -> None:
    long = {**FINDING, "message": "word " * 40}
    decision = {"allowed": False, "violations": [long], "warnings": [], "library": LIBRARY}
    lines = texts(denied(decision=decision), width=70)
    assert max(len(line) for line in lines) <= 70
    assert sum(line.startswith(" " * 12 + "word") for line in lines) == 4
