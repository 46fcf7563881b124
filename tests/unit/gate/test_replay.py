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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest, PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.policy_check import check_policy
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.replay import recorded, replay, told
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
    path: Path,
    number: int,
    document: Mapping[str, Any] | None,
    decision: Decision,
    *,
    cloud: bool = False,
    key: str = "",
    target: str = "Deployment/shop/web",
) -> None:
    execution = {
        "id": f"id-{number}",
        "name": f"scale-{number}",
        "action": "ScaleDeployment",
        "target": target,
    }
    entry = decision_entry(
        execution=execution, request={}, decision=decision.as_result(), diff={}, approvals=(), document=document
    )
    append(
        AuditOptions(path=str(path), key_file=key, cloud_events=cloud),
        entry,
        kind="decision",
        time="2026-01-01T00:00:00Z",
    )


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
        pytest.param("/dev/null", 1, "", "replay.nothing-recorded", id="no decision"),
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
    title, *table = found["msg"].splitlines()
    assert title.endswith(") decides 1 of 3 recorded decisions otherwise.")
    assert table == found["replay"]["table"]
    assert (found["replay"]["trail"]["intact"], "warnings" in found) == (True, False)


def test_policy_check_tells_how_many_are_left_out_and_why(
    tmp_path: Path, candidate: Path, decisions: dict[int, tuple[dict[str, Any], Decision]]
) -> None:
    path = tmp_path / "audit.jsonl"
    document, decision = decisions[2]
    for number, kept in enumerate((None, document, {**document, "token": "geheim-geheim"}, None)):
        write(path, number, kept, decision)
    found = ask(policy_path=str(candidate), replay_last=9, audit_log=str(path))
    assert found["msg"].endswith(
        "decides 0 of 1 recorded decisions otherwise; 3 not replayed: 2 because the line holds no input,"
        " 1 because its input was left out: it holds something that is masked."
    )
    assert "geheim" not in json.dumps(found)


def test_the_message_holds_as_much_of_the_table_as_a_screen() -> None:
    found = {"changed_decisions": [{}] * 30, "replayed": 40, "skipped": [], "table": ["HEAD", *map(str, range(30))]}
    lines = told(found, "ours 1").splitlines()
    assert (len(lines), lines[1], lines[-2:]) == (23, "HEAD", ["19", "... and 10 more: replay.table"])


def test_a_trail_that_somebody_changed_is_replayed_with_a_warning_that_names_the_line(
    trail: Path, candidate: Path
) -> None:
    lines = trail.read_bytes().splitlines(keepends=True)
    trail.write_bytes(b"".join([lines[0], lines[1].replace(b"scale-2", b"scale-9"), *lines[2:]]))
    found = ask(policy_path=str(candidate), replay_last=3, audit_log=str(trail))
    assert (found["replay"]["trail"]["intact"], found["replay"]["trail"]["line"]) == (False, 2)
    assert found["warnings"] == [
        f"The audit trail {trail} is broken at line 2, edited: The content of the line does not fit its hash."
    ]


def test_a_sealed_trail_is_verified_with_its_key_and_told_to_be_unverified_without(
    tmp_path: Path, candidate: Path, decisions: dict[int, tuple[dict[str, Any], Decision]]
) -> None:
    key, path = tmp_path / "key", tmp_path / "sealed.jsonl"
    key.write_text("0123456789abcdef" * 2)
    key.chmod(0o600)
    write(path, 4, *decisions[4], key=str(key))
    with_key = ask(policy_path=str(candidate), replay_last=1, audit_log=str(path), audit_key_file=str(key))
    without = ask(policy_path=str(candidate), replay_last=1, audit_log=str(path))
    assert (with_key["replay"]["trail"]["intact"], "warnings" in with_key) == (True, False)
    assert (without["replay"]["trail"]["intact"], "give audit_key_file" in without["warnings"][0]) == (None, True)


def test_a_candidate_that_judges_nothing_is_no_replay(trail: Path, candidate: Path) -> None:
    (candidate / "kubernetesexecution/safety/common/size/size.rego").write_text("package x\n\ndeny contains\n")
    with pytest.raises(PolicyUnusable) as refused:
        ask(policy_path=str(candidate), replay_last=3, audit_log=str(trail))
    assert refused.value.code in ("policy.parse-error", "policy.lint-error")


def test_an_overlay_over_a_directory_is_a_candidate(trail: Path, candidate: Path, tmp_path: Path) -> None:
    own = tmp_path / "ours/kubernetesexecution/safety/common/even/even.rego"
    own.parent.mkdir(parents=True)
    own.write_text(rules("common.even", 'deny contains {"code": "even.two", "message": "two"} if input.replicas == 2'))
    found = ask(policy_path=str(candidate), policy_overlay=str(tmp_path / "ours"), replay_last=3, audit_log=str(trail))
    assert [row["after"]["deny"] for row in found["replay"]["changed_decisions"]] == [["even.two"], ["size.large"]]


def test_nobody_writes_on_the_terminal_through_the_file(
    tmp_path: Path, decisions: dict[int, tuple[dict[str, Any], Decision]]
) -> None:
    path = tmp_path / "audit.jsonl"
    write(path, 4, *decisions[4], target="Deployment/shop/\x1b[2Jweb")
    assert "\x1b" not in "".join(replay(recorded(str(path), 1), engine(MOST_3))["table"])


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
