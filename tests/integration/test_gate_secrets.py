# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""I6: secret values appear in no result, message, input, progress line or dry run, on any path."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.inputs import unpacked
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import passage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.cluster.cluster import Cluster
from tests.cluster.credentials import write_private
from tests.integration.api_proxy import ApiProxy
from tests.integration.doors_cases import ACTING_CASES, Landing, module_of_action, new_landing
from tests.integration.faults import Answer, request_to
from tests.integration.gate_calls import GateCalls, Result, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import secret
from tests.integration.gate_records import Records, is_event, is_record_creation, to_phase
from tests.integration.gate_stage import Stage, new_stage
from tests.integration.gate_target import Target

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

CANARY = f"canary-{secrets.token_hex(8)}"
every_action = pytest.mark.parametrize("action", ACTIONS)


@pytest.fixture(scope="module")
def stage(admin: PlainClient) -> Iterator[Stage]:
    """Every pod holds the canary: from a Secret in its environment and its files, and in plain text."""
    with new_stage(admin) as ready:
        pod = hide_canary(admin, ready.namespace)
        yield Stage(admin, ready.namespace, pod, ready.node, ready.cordoned)


@pytest.fixture
def landing(admin: PlainClient) -> Iterator[Landing]:
    """The same, for actions to be carried out."""
    with new_landing(admin) as ready:
        yield replace(ready, pod=hide_canary(admin, ready.namespace))


def hide_canary(admin: PlainClient, namespace: str) -> str:
    """Put it into the pods of both Deployments. Returns the name of a pod of ``web``."""
    admin.apply(secret(namespace, "passwords", password=CANARY))
    for name in ("web", "held"):
        admin.patch(path_to("Deployment", name, namespace), {"spec": {"template": {"spec": with_canary()}}})
    admin.patch(path_to("Deployment", "web", namespace), {"metadata": {"annotations": last_applied()}})
    admin.until(path_to("Deployment", "web", namespace), lambda found: rolled_out(found, 2))
    admin.until(path_to("Deployment", "held", namespace), lambda found: rolled_out(found, 4))
    return admin.names(f"/api/v1/namespaces/{namespace}/pods?labelSelector=app=web")[0]


def with_canary() -> dict[str, Any]:
    reference = {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "passwords", "key": "password"}}}
    container = {
        "name": "web",
        "image": "registry.example.com/web:1",
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


def assert_silent(canary: str, *told: object) -> None:
    assert canary not in json.dumps(told, default=str)


@dataclass(frozen=True)
class Traces:
    """Everything that tasks leave behind: records and Events, lines of the audit trail, figures."""

    records: Records
    place: Path

    @property
    def options(self) -> dict[str, str]:
        """For a task whose traces are kept here."""
        return {"audit_log": str(self.place / "audit.jsonl"), "metrics_textfile": str(self.place / "guardrail.prom")}

    def left(self, *, records: int, lines: int) -> list[object]:
        """All of them; so many records and lines there have to be, or there is nothing to search through.

        Figures are about decisions and records: a task that ends before either adds none.
        """
        found = self.records.new
        told = [json.loads(line) for line in (self.place / "audit.jsonl").read_text().splitlines()]
        assert (len(found), len([it for it in told if it["kind"] in ("decision", "outcome")])) == (records, lines)
        prom = self.place / "guardrail.prom"
        figures = prom.read_text() if lines > 1 else ""
        assert ("kubernetes_executor_" in figures) == prom.exists()
        # A judged document is packed in its line, where nobody would see a secret.
        judged = [unpacked(line["content"].get("input")) for line in told]
        return [found, [self.records.events(record) for record in found], told, judged, figures]


@pytest.fixture
def traces(records: Records, tmp_path: Path) -> Traces:
    return Traces(records, tmp_path)


@every_action
def test_a_workload_with_secrets(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, judgements: list[Judgement], traces: Traces
) -> None:
    result = gate(action, check_mode=True, **traces.options, **stage.call(action).options)
    assert_succeeded(result)
    bodies = [request.body for request in proxy.requests() if not request.path.endswith("reviews")]
    left = traces.left(records=0, lines=2)
    assert_silent(CANARY, result, gate.lines, bodies, [it.input for it in judgements], left)
    assert not proxy.requests(request_to("/secrets")), "nobody needs to read Secrets"


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
    assert_silent(CANARY, result, gate.lines, [it.input for it in judgements], left)


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
        results.append(gate(calls[case.module], **traces.options, **CARELESS, **case.options(landing)))
        assert_succeeded(results[-1])
    left = traces.left(records=len(cases), lines=2 * len(cases))
    assert all(traces.records.events(record) for record in traces.records.new)
    bodies = [request.body for request in proxy.requests() if not request.path.endswith("reviews")]
    assert_silent(CANARY, results, gate.lines, bodies, left)
    assert not proxy.requests(request_to("/secrets")), "nobody needs to read Secrets"


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


@pytest.fixture
def token(cluster: Cluster) -> str:
    """The runner's own."""
    config = yaml.safe_load(cluster.kubeconfig("runner").read_text())
    found: str = config["users"][0]["user"]["token"]
    return found


@pytest.fixture
def with_token(cluster: Cluster, proxy: ApiProxy, token: str, home: Path, tmp_path: Path) -> GateCalls:
    """Through the proxy with the token in the kubeconfig, as a user has it."""
    config = yaml.safe_load(proxy.kubeconfig().read_text())
    config["users"][0]["user"] = {"token": token}
    path = tmp_path / "with-token.yaml"
    write_private(path, yaml.safe_dump(config))
    return GateCalls(path, home)


def ways_to_fail(token: str) -> dict[str, tuple[Any, Answer]]:
    """Answers of gateways that quote the request's headers."""
    quoting = f"not for you: Authorization: Bearer {token}"
    return {
        "at the identity": (request_to("/selfsubjectreviews$"), Answer(401, quoting)),
        "at the target": (request_to("/deployments/web$"), Answer(403, quoting)),
        "at the facts": (request_to("/selfsubjectrulesreviews$"), Answer(403, quoting)),
        "at the rehearsal": (request_to("/deployments/web", "PATCH", dry_run=True), Answer(422, quoting)),
        "at the record": (is_record_creation, Answer(403, quoting)),
        "at the admission": (to_phase("Executing"), Answer(422, quoting)),
        "at the write": (request_to("/deployments/web", "PATCH", dry_run=False), Answer(422, quoting)),
    }


@pytest.mark.parametrize("where", ways_to_fail(""))
def test_a_token_that_a_gateway_quotes(
    where: str,
    stage: Stage,
    with_token: GateCalls,
    proxy: ApiProxy,
    token: str,
    judgements: list[Judgement],
    traces: Traces,
) -> None:
    match, answer = ways_to_fail(token)[where]
    hit = proxy.fault(match, answer, times=None)
    call = stage.call("RolloutRestart")
    result: Result = with_token("RolloutRestart", **traces.options, **call.options)
    assert result["failed"]
    assert hit.hits
    assert result["changed"] is False
    a_part = token[40:80]  # messages are cut, and a part is as bad as the whole
    judged = where in ("at the facts", "at the rehearsal", "at the admission", "at the write")
    left = traces.left(records=judged, lines=1 + judged)
    assert_silent(a_part, result, with_token.lines, [it.input for it in judgements], left)
    if answer.status != 401:  # of a refused credential nothing is told but that
        assert "not for you" in json.dumps([result, [it.input for it in judgements]])


@pytest.mark.parametrize("where", ["at the end", "at the Event"])
def test_a_token_that_a_gateway_quotes_when_the_work_is_done(
    where: str,
    admin: PlainClient,
    shop: str,
    with_token: GateCalls,
    proxy: ApiProxy,
    token: str,
    traces: Traces,
) -> None:
    match = is_event if where == "at the Event" else to_phase("Succeeded")
    hit = proxy.fault(match, Answer(403, f"not for you: Authorization: Bearer {token}"), times=None)
    result = Target(admin, shop, with_token).scale(**traces.options)
    assert_succeeded(result)
    assert hit.hits
    assert "not for you" in json.dumps(result["warnings"])
    assert_silent(token[40:80], result, with_token.lines, traces.left(records=1, lines=2))


def test_a_token_that_is_refused(cluster: Cluster, stage: Stage, home: Path, tmp_path: Path) -> None:
    config = yaml.safe_load(cluster.kubeconfig("runner").read_text())
    config["users"][0]["user"] = {"token": CANARY}
    path = tmp_path / "refused.yaml"
    write_private(path, yaml.safe_dump(config))
    result = GateCalls(path, home)("ScaleDeployment", **stage.call("ScaleDeployment").options)
    assert_failed(result, "api_error", "api.unauthorized")
    assert_silent(CANARY, result)


@pytest.mark.parametrize("option", ["api_key", "password", "proxy"])
def test_a_credential_in_the_task(option: str, stage: Stage, home: Path) -> None:
    values = {
        "api_key": {"api_key": CANARY},
        "password": {"username": "admin", "password": CANARY},
        "proxy": {"api_key": "x", "proxy": f"http://user:{CANARY}@127.0.0.1:1"},
    }
    options = {
        **stage.call("ScaleDeployment").options,
        "host": "http://127.0.0.1:1",
        "request_timeout": 0.3,
        **values[option],
    }
    result = GateCalls(None, home)("ScaleDeployment", **options)
    assert result["reason"] == "unreachable"
    assert_silent(CANARY, result)
