# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a task leaves in the audit trail and in the metrics, from end to end, beside the records of a real cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit import verify
from tests.integration.admission_site import EXECUTIONS
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Call
from tests.integration.gate_calls import GateCalls, Result, assert_denied, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import settled_deployment

pytest_plugins = ("tests.integration.gate_fixtures",)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def scale(gate: GateCalls, namespace: str, replicas: int, log: Path | None = None, **options: Any) -> Result:
    stated = {"audit_log": str(log)} if log else {}
    return gate(
        "ScaleDeployment", name="web", namespace=namespace, replicas=replicas, wait_timeout=20, **stated, **options
    )


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def told(log: Path) -> list[tuple[str, str, str]]:
    """Kind, mode and phase of every line about an execution."""
    return [
        (line["kind"], line["content"]["mode"], line["content"]["phase"])
        for line in lines(log)
        if line["kind"] != "genesis"
    ]


def replicas_of(admin: PlainClient, namespace: str) -> int:
    return int(admin.get(path_to("Deployment", "web", namespace))["spec"]["replicas"])


def test_every_run_leaves_a_decision_and_an_outcome(
    gate: GateCalls, admin: PlainClient, shop: str, log: Path, policies: PublishedPolicies
) -> None:
    settled_deployment(admin, shop, replicas=1)
    assert_succeeded(scale(gate, shop, 2, log))
    assert_succeeded(scale(gate, shop, 3, log, check_mode=True))
    policies.publish(policies.that_denies())
    assert_denied(scale(gate, shop, 3, log), "extra.closed")
    assert_denied(scale(gate, shop, 3, log, check_mode=True), "extra.closed")
    assert told(log) == [
        ("decision", "apply", "Pending"),
        ("outcome", "apply", "Succeeded"),
        ("decision", "check", "Pending"),
        ("outcome", "check", "Pending"),
        ("decision", "apply", "Pending"),
        ("outcome", "apply", "Rejected"),
        ("decision", "check", "Pending"),
        ("outcome", "check", "Rejected"),
    ]
    allowed = [line["content"]["allowed"] for line in lines(log) if line["kind"] == "decision"]
    assert allowed == [True, True, False, False]


def test_a_task_that_came_to_no_decision_leaves_its_outcome(gate: GateCalls, shop: str, log: Path) -> None:
    assert_failed(scale(gate, shop, 2, log), "invalid_parameters", "target.not-found")
    assert told(log) == [("outcome", "apply", "")]


def test_the_records_hold_the_heads_of_the_chain(
    gate: GateCalls, admin: PlainClient, shop: str, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What ``kubectl get kexec -o json`` prints, against the file; cutting the file's end off shows."""
    settled_deployment(admin, shop, replicas=1)
    for replicas in (2, 1):
        assert_succeeded(scale(gate, shop, replicas, log))
    anchors = tmp_path / "records.json"
    records = admin.get(EXECUTIONS)
    anchors.write_text(json.dumps({**records, "kind": "List"}))
    assert verify.main([str(log), "--anchors", str(anchors)]) == 0, capsys.readouterr()
    whole = log.read_text().splitlines(keepends=True)
    log.write_text("".join(whole[:-1]))
    assert verify.main([str(log), "--anchors", str(anchors)]) == 1
    assert re.search(r"anchor", capsys.readouterr().out)


@pytest.mark.parametrize("by", ["task", "library"])
def test_no_audit_line_no_action(
    gate: GateCalls, admin: PlainClient, shop: str, policies: PublishedPolicies, by: str
) -> None:
    settled_deployment(admin, shop, replicas=1)
    if by == "library":
        policies.publish(policies.with_config(audit={"required": True}))
    required = {"audit_required": True} if by == "task" else {}
    result = scale(gate, shop, 2, Path("/proc/audit.jsonl"), **required)
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["code"].startswith("audit.")
    assert replicas_of(admin, shop) == 1


@pytest.mark.parametrize("by", ["task", "library"])
def test_an_audit_trail_that_is_demanded_has_to_be_there(
    gate: GateCalls, admin: PlainClient, shop: str, policies: PublishedPolicies, by: str
) -> None:
    settled_deployment(admin, shop, replicas=1)
    if by == "library":
        policies.publish(policies.with_config(audit={"required": True}))
    result = scale(gate, shop, 2, **({"audit_required": True} if by == "task" else {}))
    assert (result["failed"], result["code"], result["changed"]) == (True, "audit.not-configured", False)
    assert replicas_of(admin, shop) == 1


def test_without_that_demand_a_line_that_is_missing_is_a_warning(
    gate: GateCalls, admin: PlainClient, shop: str
) -> None:
    settled_deployment(admin, shop, replicas=1)
    result = scale(gate, shop, 2, Path("/proc/audit.jsonl"))
    assert_succeeded(result)
    assert sum("The audit trail has no line about this" in warning for warning in result["warnings"]) == 2


def test_a_denial_is_told_where_its_audit_line_cannot_be_written(
    gate: GateCalls, admin: PlainClient, shop: str, policies: PublishedPolicies
) -> None:
    settled_deployment(admin, shop, replicas=1)
    policies.publish(policies.that_denies())
    assert_denied(scale(gate, shop, 2, Path("/proc/audit.jsonl"), audit_required=True), "extra.closed")


def test_lines_come_as_cloud_events(gate: GateCalls, admin: PlainClient, shop: str, log: Path) -> None:
    settled_deployment(admin, shop, replicas=1)
    assert_succeeded(scale(gate, shop, 2, log, audit_format="cloudevents"))
    types = [line["type"] for line in lines(log)]
    assert types[-2:] == ["dev.guardrail.decision", "dev.guardrail.outcome"]
    assert verify.main([str(log)]) == 0


def test_figures_add_up_over_tasks(
    gate: GateCalls, admin: PlainClient, shop: str, tmp_path: Path, policies: PublishedPolicies
) -> None:
    settled_deployment(admin, shop, replicas=1)
    place = tmp_path / "guardrail.prom"
    figures = {"metrics_textfile": str(place)}
    assert_succeeded(scale(gate, shop, 2, **figures))
    assert_succeeded(scale(gate, shop, 1, check_mode=True, **figures))
    policies.publish(policies.that_denies())
    assert_denied(scale(gate, shop, 3, **figures), "extra.closed")
    text = place.read_text()
    for line in (
        'kubernetes_executor_policy_evaluation_total{result="allowed"} 2',
        'kubernetes_executor_policy_evaluation_total{result="denied"} 1',
        'kubernetes_executor_policy_denials_total{policy="common/extra",action="ScaleDeployment"} 1',
        'kubernetes_executor_executions_total{action="ScaleDeployment",phase="Succeeded"} 1',
        'kubernetes_executor_executions_total{action="ScaleDeployment",phase="Rejected"} 1',
        'kubernetes_executor_execution_duration_seconds_count{action="ScaleDeployment"} 1',
    ):
        assert line in text.splitlines(), text


class TestRollback:
    """``on_failure: rollback``: a second pod that a quota never lets come."""

    @pytest.fixture
    def crowded(self, admin: PlainClient, shop: str, policies: PublishedPolicies) -> str:
        """The library here leaves out the rule that would have seen the quota."""
        policies.publish(policies.with_rule(_NO_WAY_BACK))
        settled_deployment(admin, shop, replicas=1)
        hard = {"pods": "1"}
        admin.apply(
            {
                "apiVersion": "v1",
                "kind": "ResourceQuota",
                "metadata": {"name": "one", "namespace": shop},
                "spec": {"hard": hard},
            }
        )
        path = path_to("ResourceQuota", "one", shop)
        admin.until(path, lambda found: (found or {}).get("status", {}).get("hard") == hard)
        return shop

    def ask(self, gate: GateCalls, namespace: str, **options: Any) -> Result:
        return gate(
            "ScaleDeployment",
            name="web",
            namespace=namespace,
            replicas=2,
            wait_timeout=2,
            on_failure="rollback",
            **options,
        )

    def test_what_did_not_work_is_undone_and_both_are_on_record(
        self, gate: GateCalls, admin: PlainClient, crowded: str
    ) -> None:
        result = self.ask(gate, crowded)
        assert_failed(result, "timeout", "verify.deadline", changed=True)
        assert replicas_of(admin, crowded) == 1
        undone_by = result["execution"]["undone_by"]
        assert f"It was rolled back by {undone_by}." in result["msg"]
        assert "stays in place" not in result["msg"]
        first, second = (admin.get(f"{EXECUTIONS}/{name}") for name in (result["execution"]["record"], undone_by))
        assert (first["status"]["phase"], first["status"]["undoneBy"]) == ("RolledBack", undone_by)
        assert (second["status"]["phase"], second["spec"]["undoes"]) == ("Succeeded", first["metadata"]["name"])
        assert second["spec"]["parameters"]["replicas"] == 1

    def test_what_somebody_else_changed_since_stays(
        self, gate: GateCalls, admin: PlainClient, crowded: str, proxy: ApiProxy
    ) -> None:
        proxy.fault(
            lambda request: request.method == "PATCH" and '"Failed"' in request.body.decode(),
            Call(lambda _: admin.patch(path_to("Deployment", "web", crowded), {"spec": {"replicas": 5}})),
        )
        result = self.ask(gate, crowded)
        assert_failed(result, "timeout", "verify.deadline", changed=True)
        assert "It was not rolled back" in result["msg"]
        assert replicas_of(admin, crowded) == 5
        assert result["execution"]["phase"] == "Failed"

    def test_a_denied_way_back_is_told(self, gate: GateCalls, admin: PlainClient, crowded: str) -> None:
        result = self.ask(gate, crowded, ticket="stay")
        assert_failed(result, "timeout", "verify.deadline", changed=True)
        assert "It was not rolled back" in result["msg"]
        assert "[extra.no-way-back]" in result["msg"]
        assert replicas_of(admin, crowded) == 2
        assert result["execution"]["phase"] == "Failed"


_NO_WAY_BACK = """deny contains {"code": "extra.no-way-back", "message": "No undo in this test."} if {
	input.request.undoes != ""
	input.request.ticket == "stay"
}"""
