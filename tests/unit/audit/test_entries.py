# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.entries import decision_entry, outcome_entry
from ansible_collections.guardrail.kubernetes.plugins.module_utils._version import VERSION

TARGET = {
    "kind": "Deployment",
    "namespace": "shop",
    "name": "web",
    "uid": "u-1",
    "resourceVersion": "7",
    "labels": {"a": "b"},
}
EXECUTION = {
    "id": "e-1", "name": "scale-deployment-e1", "action": "ScaleDeployment", "target": TARGET, "digest": "d" * 64,
    "requester": "system:serviceaccount:ci:runner", "phase": "Pending", "attempts": 1, "api_calls": 9, "duration_s": 0.5,
}  # fmt: skip
REQUEST = {
    "mode": "apply",
    "parameters": {"replicas": 5},
    "reason": "load",
    "ticket": "OPS-1",
    "claims": {"awx_job_id": 4},
}
DECISION = {
    "allowed": False,
    "reason": "1 rule refuses",
    "violations": [{"code": "a.b", "policy": "common/a", "message": "no", "remedy": "wait", "details": {"x": 1}}],
    "warnings": [{"code": "c.d", "policy": "common/c", "message": "beware", "remedy": "", "details": {}}],
    "dryrun": [],
    "decision_id": "d-1",
    "library": {"name": "guardrail", "version": "0.1.0", "revision": "e85", "source": "configmap"},
    "engine": {"name": "regopy", "version": "1.5.2"},
    "input_sha256": "f" * 64,
    "evaluation_ms": 1.2,
    "unavailable": [{"fact": "history", "reason": "403"}],
}
APPROVAL = {"name": "a1", "type": "approval", "approver": "ann", "reason": "ok", "created": "t1", "expires": "t2"}
COMMON = {
    "execution_id": "e-1",
    "record": "scale-deployment-e1",
    "cluster": "",
    "action": "ScaleDeployment",
    "target_resource": "Deployment/shop/web",
    "target": {key: value for key, value in TARGET.items() if key != "labels"},
    "digest": "d" * 64,
    "mode": "apply",
    "phase": "Pending",
    "requester": "system:serviceaccount:ci:runner",
    "reason": "load",
    "ticket": "OPS-1",
    "undoes": "",
}


def test_a_decision():
    diff = {"before": {"replicas": 3}, "after": {"replicas": 5}}
    assert decision_entry(execution=EXECUTION, request=REQUEST, decision=DECISION, diff=diff, approvals=[APPROVAL]) == {
        **COMMON,
        "decision_id": "d-1",
        "allowed": False,
        "summary": "1 rule refuses",
        "rules": [
            {"level": "deny", "code": "a.b", "policy": "common/a", "message": "no"},
            {"level": "warn", "code": "c.d", "policy": "common/c", "message": "beware"},
        ],
        "library": DECISION["library"],
        "engine": DECISION["engine"],
        "collection": VERSION,
        "input_sha256": "f" * 64,
        "evaluation_ms": 1.2,
        "unavailable": [{"fact": "history", "reason": "403"}],
        "approvals": [{**APPROVAL, "digest": ""}],
        "claims": {"awx_job_id": 4},
        "parameters": {"replicas": 5},
        "before": {"replicas": 3},
        "after": {"replicas": 5},
        "input": {},
    }


def test_an_outcome():
    outcome = {
        "changed": True,
        "diff": {"before": {"replicas": 3}, "after": {"replicas": 5}},
        "decision": DECISION,
        "execution": {"id": "e-1", "target": "Deployment/shop/web", "attempts": 2, "api_calls": 12, "duration_s": 1.5},
        "msg": "Not ready in time.",
        "failed": True,
        "reason": "timeout",
        "code": "wait.timeout",
        "retry_after_s": None,
        "pods": {"evicted": [{"name": "p", "namespace": "shop"}], "pending": [], "failed": [], "skipped": []},
        "undo": {"action": "ScaleDeployment", "parameters": {"replicas": 3}},
        "warnings": ["w"],
    }
    assert outcome_entry(execution=EXECUTION, request=REQUEST, outcome=outcome) == {
        **COMMON,
        "decision_id": "d-1",
        "result": "failed",
        "changed": True,
        "summary": "Not ready in time.",
        "failure": {"code": "wait.timeout", "reason": "timeout", "retry_after_s": None},
        "before": {"replicas": 3},
        "after": {"replicas": 5},
        "pods": outcome["pods"],
        "undo": outcome["undo"],
        "warnings": ["w"],
        "attempts": 2,
        "api_calls": 12,
        "duration_s": 1.5,
    }


def test_nothing_known_yet():
    """An entry can be written at any point, and has the same fields."""
    nothing = decision_entry(execution={}, request={"check_mode": True}, decision={}, diff={}, approvals=[])
    full = decision_entry(execution=EXECUTION, request=REQUEST, decision=DECISION, diff={}, approvals=[APPROVAL])
    assert (nothing["mode"], nothing["allowed"], nothing["target_resource"]) == ("check", None, "")
    assert list(nothing) == list(full)
    ended = outcome_entry(execution={}, request={}, outcome={})
    assert (ended["result"], ended["failure"], ended["api_calls"]) == ("succeeded", None, None)


def test_an_outcome_without_a_decision_keeps_the_id_of_the_execution():
    entry = outcome_entry(execution={"decision_id": "d-2"}, request={}, outcome={"decision": None, "diff": None})
    assert entry["decision_id"] == "d-2"


def test_a_target_may_be_a_text():
    entry = decision_entry(execution={"target": "Node//n1"}, request={}, decision={}, diff={}, approvals=())
    assert (entry["target_resource"], entry["target"]) == ("Node//n1", {})
