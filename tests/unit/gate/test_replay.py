# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded decisions, judged again by another library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain import AuditOptions, append
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.entries import decision_entry
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.policy_check import check_policy
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.replay import recorded, replay
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from tests.unit.policy.libraries import DOCUMENT, MAIN, NO_CACHE, library, rules

MOST_5 = rules("common.size", 'deny contains {"code": "size.large", "message": "large"} if input.replicas > 5')
MOST_3 = MOST_5.replace("> 5", "> 3")


def lib(text: str) -> Library:
    return library({"kubernetesexecution/safety/common/size/size.rego": text})


def engine(text: str) -> Engine:
    return Engine(lib(text), cache=NO_CACHE)


def judged(replicas: int, text: str = MOST_5) -> tuple[dict[str, Any], Decision]:
    document = {**DOCUMENT, "replicas": replicas}
    return document, engine(text).evaluate(document)


@pytest.fixture(scope="module")
def decisions() -> dict[int, tuple[dict[str, Any], Decision]]:
    return {replicas: judged(replicas) for replicas in (2, 4, 6)}


def write(
    path: Path, number: int, document: Mapping[str, Any] | None, decision: Decision, *, cloud: bool = False
) -> None:
    execution = {
        "id": f"id-{number}",
        "name": f"scale-{number}",
        "action": "ScaleDeployment",
        "target": "Deployment/shop/web",
    }
    entry = decision_entry(
        execution=execution, request={}, decision=decision.as_result(), diff={}, approvals=(), document=document
    )
    append(AuditOptions(path=str(path), cloud_events=cloud), entry, kind="decision", time="2026-01-01T00:00:00Z")


@pytest.fixture
def trail(tmp_path: Path, decisions: dict[int, tuple[dict[str, Any], Decision]]) -> Path:
    path = tmp_path / "audit.jsonl"
    for number, cloud in ((2, False), (4, True), (6, False)):
        write(path, number, *decisions[number], cloud=cloud)
    return path


def test_the_same_library_decides_the_same(trail: Path) -> None:
    assert replay(recorded(str(trail), 10), engine(MOST_5)) == {
        "replayed": 3,
        "changed_decisions": [],
        "skipped": [],
        "table": [],
    }


def test_another_library_is_told_by_what_it_decides_otherwise(trail: Path) -> None:
    found = replay(recorded(str(trail), 10), engine(MOST_3))
    (row,) = found["changed_decisions"]
    assert {key: row[key] for key in ("record", "target_resource", "before", "after")} == {
        "record": "scale-4",
        "target_resource": "Deployment/shop/web",
        "before": {"allowed": True, "deny": [], "warn": [], "dryrun": []},
        "after": {"allowed": False, "deny": ["size.large"], "warn": [], "dryrun": []},
    }
    assert found["table"] == [
        "EXECUTION  TARGET               WAS      WOULD BE",
        "scale-4    Deployment/shop/web  allowed  denied: size.large",
    ]


def test_the_last_ones_are_the_last_ones(trail: Path) -> None:
    assert [one.content["record"] for one in recorded(str(trail), 2)] == ["scale-4", "scale-6"]


@pytest.mark.parametrize("name", ["scale-4", "id-4"])
def test_an_execution_is_found_by_its_record_and_by_its_id(trail: Path, name: str) -> None:
    assert [one.content["record"] for one in recorded(str(trail), 1, name)] == ["scale-4"]


def test_a_decision_without_its_document_is_skipped_and_says_why(
    tmp_path: Path, decisions: dict[int, tuple[dict[str, Any], Decision]]
) -> None:
    path = tmp_path / "audit.jsonl"
    document, decision = decisions[4]
    write(path, 1, None, decision)
    write(path, 2, {**document, "replicas": 9}, decision)
    write(path, 3, {**document, "token": "geheim-geheim"}, decision)
    found = replay(recorded(str(path), 10), engine(MOST_3))
    assert (found["replayed"], found["changed_decisions"]) == (0, [])
    assert [(one["record"], one["why"]) for one in found["skipped"]] == [
        ("scale-1", "the line holds no input"),
        ("scale-2", "its input is not the one that was judged"),
        ("scale-3", "its input was left out: it holds something that is masked"),
    ]


@pytest.mark.parametrize(
    ("path", "last", "execution", "code"),
    [
        pytest.param("", 1, "", "replay.trail-missing", id="no trail"),
        pytest.param("/nowhere/audit.jsonl", 1, "", "replay.trail-unreadable", id="no file"),
        pytest.param("/dev/null", 0, "", "replay.last-invalid", id="none"),
        pytest.param("/dev/null", 1001, "", "replay.last-invalid", id="too many"),
        pytest.param("/dev/null", 1, "scale-9", "replay.execution-unknown", id="unknown execution"),
    ],
)
def test_what_cannot_be_replayed_is_refused(path: str, last: int, execution: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        recorded(path, last, execution)
    assert refused.value.code == code


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    root = tmp_path / "candidate"
    for name, text in {
        "kubernetesexecution/main.rego": MAIN,
        "kubernetesexecution/safety/common/size/size.rego": MOST_3,
        "config/catalogue.yaml": "catalogue: {ScaleDeployment: {required_facts: []}}\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def ask(**options: Any) -> dict[str, Any]:
    def no_cluster(*_: Any) -> Any:
        raise AssertionError

    return check_policy(options, request=no_cluster, connect=no_cluster)


def test_policy_check_replays_without_a_cluster(trail: Path, candidate: Path) -> None:
    found = ask(policy_path=str(candidate), replay_last=3, audit_log=str(trail))
    assert [row["record"] for row in found["replay"]["changed_decisions"]] == ["scale-4"]
    assert (found["decision"], found["changed"]) == (None, False)
    assert "decides 1 of 3 recorded decisions otherwise; 0 not replayed." in found["msg"]


def test_policy_check_tells_all_about_one_execution(trail: Path, candidate: Path) -> None:
    found = ask(policy_path=str(candidate), execution="scale-6", audit_log=str(trail))
    assert (found["rules"], found["decision"]["allowed"], found["input"]["replicas"]) == (["size.large"], False, 6)


@pytest.mark.parametrize(
    "wrap", [lambda it: it, lambda it: {"input": it, "changed": False}], ids=["document", "result"]
)
def test_policy_check_judges_a_file(tmp_path: Path, candidate: Path, wrap: Any) -> None:
    path = tmp_path / "input.json"
    path.write_text(json.dumps(wrap({**DOCUMENT, "replicas": 4})), encoding="utf-8")
    assert ask(policy_path=str(candidate), input_path=str(path))["rules"] == ["size.large"]


@pytest.mark.parametrize("text", ["", "[]", "{", "4"])
def test_a_file_that_is_no_document_is_refused(tmp_path: Path, candidate: Path, text: str) -> None:
    path = tmp_path / "input.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidRequest) as refused:
        ask(policy_path=str(candidate), input_path=str(path))
    assert refused.value.code == "request.input-unreadable"
