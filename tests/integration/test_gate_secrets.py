# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""I6: secret values appear in no result, message, input, progress line or dry run, on any path."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils import gate as gate_module
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.cluster.cluster import Cluster
from tests.cluster.credentials import write_private
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Answer, request_to
from tests.integration.gate_calls import GateCalls, Result, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import secret
from tests.integration.gate_stage import Stage, new_stage

pytest_plugins = ["tests.integration.gate_fixtures"]

CANARY = f"canary-{secrets.token_hex(8)}"
every_action = pytest.mark.parametrize("action", ACTIONS)


@pytest.fixture(scope="module")
def stage(admin: PlainClient) -> Iterator[Stage]:
    """Every pod holds the canary: from a Secret in its environment and its files, and in plain text."""
    with new_stage(admin) as ready:
        admin.apply(secret(ready.namespace, "passwords", password=CANARY))
        for name in ("web", "held"):
            admin.patch(path_to("Deployment", name, ready.namespace), {"spec": {"template": {"spec": with_canary()}}})
        admin.patch(path_to("Deployment", "web", ready.namespace), {"metadata": {"annotations": last_applied()}})
        admin.until(path_to("Deployment", "web", ready.namespace), lambda found: rolled_out(found, 2))
        admin.until(path_to("Deployment", "held", ready.namespace), lambda found: rolled_out(found, 4))
        pod = admin.names(f"/api/v1/namespaces/{ready.namespace}/pods?labelSelector=app=web")[0]
        yield Stage(admin, ready.namespace, pod, ready.node, ready.cordoned)


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


@every_action
def test_a_workload_with_secrets(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, judgements: list[Judgement]
) -> None:
    result = gate(action, check_mode=True, **stage.call(action).options)
    assert_succeeded(result)
    bodies = [request.body for request in proxy.requests() if not request.path.endswith("reviews")]
    assert_silent(CANARY, result, gate.lines, bodies, [it.input for it in judgements])
    assert not proxy.requests(request_to("/secrets")), "nobody needs to read Secrets"


@every_action
def test_a_workload_with_secrets_that_is_denied(
    action: str, stage: Stage, gate: GateCalls, policies: PublishedPolicies, judgements: list[Judgement]
) -> None:
    policies.publish(policies.that_denies())
    result = gate(action, **stage.call(action).options)
    assert_failed(result, "denied", "extra.closed")
    assert_silent(CANARY, result, gate.lines, [it.input for it in judgements])


def test_a_bug_that_quotes_an_object(stage: Stage, gate: GateCalls, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text of an exception may hold anything, so nobody shows it."""

    def stumble(*arguments: Any, **named: Any) -> None:
        raise ValueError(f"cannot make sense of {CANARY}")

    monkeypatch.setattr(gate_module, "perform", stumble)
    stumbling = replace(gate, bugs_expected=True)
    result = stumbling("ScaleDeployment", **stage.call("ScaleDeployment").options)
    assert_failed(result, "api_error", "internal.error")
    assert "ValueError in gate.py, line" in result["msg"]
    assert result["decision"]["allowed"] is True
    assert_silent(CANARY, result)


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
        "at the write": (request_to("/deployments/web", "PATCH", dry_run=False), Answer(422, quoting)),
    }


@pytest.mark.parametrize("where", ways_to_fail(""))
def test_a_token_that_a_gateway_quotes(
    where: str, stage: Stage, with_token: GateCalls, proxy: ApiProxy, token: str, judgements: list[Judgement]
) -> None:
    match, answer = ways_to_fail(token)[where]
    hit = proxy.fault(match, answer, times=None)
    call = stage.call("RolloutRestart")
    result: Result = with_token("RolloutRestart", **call.options)
    assert result["failed"]
    assert hit.hits
    assert result["changed"] is False
    a_part = token[40:80]  # messages are cut, and a part is as bad as the whole
    assert_silent(a_part, result, with_token.lines, [it.input for it in judgements])
    if answer.status != 401:  # of a refused credential nothing is told but that
        assert "not for you" in json.dumps([result, [it.input for it in judgements]])


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
