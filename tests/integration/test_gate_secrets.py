# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""I6: secret values appear in no result, message, input, progress line or dry run, on any path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import passage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.api_proxy import ApiProxy
from tests.integration.doors_cases import ACTING_CASES, Landing, module_of_action, new_landing
from tests.integration.gate_calls import GateCalls, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import secret
from tests.integration.gate_records import Records
from tests.integration.gate_shop import NEW_PASSWORD, OLD_PASSWORD, WEB, web_pods
from tests.integration.gate_silence import CANARY, Traces, assert_silent
from tests.integration.gate_stage import Stage, new_stage
from tests.integration.recording import RecordedRequest

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

every_action = pytest.mark.parametrize("action", ACTIONS)


@pytest.fixture(scope="module")
def stage(admin: PlainClient) -> Iterator[Stage]:
    """Every pod holds the canary: from a Secret in its environment and its files, and in plain text."""
    with new_stage(admin) as ready:
        pod, *_ = hide_canary(admin, ready.namespace)
        yield replace(ready, pod=pod)


@pytest.fixture
def landing(admin: PlainClient) -> Iterator[Landing]:
    """The same, for actions to be carried out."""
    with new_landing(admin) as ready:
        pod, suspect = hide_canary(admin, ready.namespace)
        yield replace(ready, pod=pod, suspect=suspect)


def hide_canary(admin: PlainClient, namespace: str) -> list[str]:
    """Put it into the pods of both Deployments. Returns the names of the pods of ``web``."""
    admin.apply(secret(namespace, "passwords", password=CANARY))
    for name in ("web", "held"):
        admin.patch(path_to("Deployment", name, namespace), {"spec": {"template": {"spec": with_canary()}}})
    admin.patch(path_to("Deployment", "web", namespace), {"metadata": {"annotations": last_applied()}})
    admin.until(path_to("Deployment", "web", namespace), lambda found: rolled_out(found, 2))
    admin.until(path_to("Deployment", "held", namespace), lambda found: rolled_out(found, 4))
    return web_pods(admin, namespace)


def with_canary() -> dict[str, Any]:
    reference = {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "passwords", "key": "password"}}}
    container = {
        **WEB,
        "env": [reference, {"name": "IN_PLAIN_TEXT", "value": CANARY}],
        "args": [f"--password={CANARY}"],
        "volumeMounts": [{"name": "passwords", "mountPath": "/passwords"}],
    }
    return {"containers": [container], "volumes": [{"name": "passwords", "secret": {"secretName": "passwords"}}]}


def last_applied() -> dict[str, str]:
    """kubectl keeps whole manifests in an annotation."""
    return {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(with_canary())}


def rolled_out(found: dict[str, Any] | None, replicas: int) -> bool:
    status = (found or {})["status"]
    return bool(
        status.get("observedGeneration") == (found or {})["metadata"]["generation"]
        and [status.get(key) for key in ("replicas", "updatedReplicas", "availableReplicas")] == [replicas] * 3
    )


def assert_kept(*told: object) -> None:
    """The values of every Secret here, and the one that is to replace another."""
    for value in (CANARY, OLD_PASSWORD, NEW_PASSWORD):
        assert_silent(value, *told)


def bodies(proxy: ApiProxy) -> list[bytes]:
    """What was sent, but questions about rights, and the writes to a Secret itself."""
    return [it.body for it in proxy.requests() if not (it.path.endswith("reviews") or "/secrets/" in it.path)]


def assert_no_secret_is_read(action: str, requests: Sequence[RecordedRequest]) -> None:
    """But by the action that is for that."""
    read = {request.path.rpartition("/")[2] for request in requests if "/secrets" in request.path}
    assert read == ({"web-database"} if action == "UpdateSecret" else set())


@pytest.fixture
def traces(records: Records, tmp_path: Path) -> Traces:
    return Traces(records, tmp_path)


@every_action
def test_a_workload_with_secrets(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, judgements: list[Judgement], traces: Traces
) -> None:
    result = gate(action, check_mode=True, **traces.options, **stage.call(action).options)
    assert_succeeded(result)
    left = traces.left(records=0, lines=2)
    assert_kept(result, gate.lines, bodies(proxy), [it.input for it in judgements], left)
    assert_no_secret_is_read(action, proxy.requests())


@every_action
def test_a_workload_with_secrets_that_is_denied(
    action: str,
    stage: Stage,
    gate: GateCalls,
    policies: PublishedPolicies,
    judgements: list[Judgement],
    traces: Traces,
) -> None:
    policies.publish(policies.that_denies())
    result = gate(action, **traces.options, **stage.call(action).options)
    assert_failed(result, "denied", "extra.closed")
    left = traces.left(records=1, lines=2)
    assert_kept(result, gate.lines, [it.input for it in judgements], left)


# What people write into these without thinking.
CARELESS: dict[str, Any] = {
    "reason": f"rotated it, curl -H 'Authorization: Bearer {CANARY}' and password={CANARY}",
    "ticket": f"https://jo:{CANARY}@tickets.example.com/OPS-1",
    "claims": {"awx_job_id": 42, "api_token": CANARY, "command": f"login --password {CANARY}"},
}


def test_every_action_on_workloads_with_secrets(
    landing: Landing, gate: GateCalls, proxy: ApiProxy, traces: Traces
) -> None:
    """What is carried out is on record, in the target's Events, in the audit trail and in the figures."""
    calls = {module_of_action(action): action for action in ACTIONS}
    cases = [case for case in ACTING_CASES if case.id.endswith(" acts") and case.module in calls]
    assert {case.module for case in cases} == calls.keys()
    results = []
    for case in cases:
        before = len(proxy.requests())
        results.append(gate(calls[case.module], **traces.options, **CARELESS, **case.options(landing)))
        assert_succeeded(results[-1])
        assert_no_secret_is_read(calls[case.module], proxy.requests()[before:])
    left = traces.left(records=len(cases), lines=2 * len(cases))
    assert all(traces.records.events(record) for record in traces.records.new)
    assert_kept(results, gate.lines, bodies(proxy), left)


def test_a_bug_that_quotes_an_object(
    stage: Stage, gate: GateCalls, monkeypatch: pytest.MonkeyPatch, traces: Traces
) -> None:
    """The text of an exception may hold anything, so nobody shows it."""

    def stumble(*arguments: Any, **named: Any) -> None:
        raise ValueError(f"cannot make sense of {CANARY}")

    monkeypatch.setattr(passage, "perform", stumble)
    stumbling = replace(gate, bugs_expected=True)
    result = stumbling("ScaleDeployment", **traces.options, **stage.call("ScaleDeployment").options)
    assert_failed(result, "api_error", "internal.error")
    assert "ValueError in passage.py, line" in result["msg"]
    assert result["decision"]["allowed"] is True
    assert traces.records.of(result)["status"]["phase"] == "Failed"
    assert_silent(CANARY, result, traces.left(records=1, lines=2))
