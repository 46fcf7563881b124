# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""I6, of the credential itself: it appears nowhere, whatever a gateway quotes and whatever a task was given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.cluster.cluster import Cluster
from tests.cluster.credentials import write_private
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Answer, request_to
from tests.integration.gate_calls import GateCalls, Result, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient
from tests.integration.gate_records import Records, is_event, is_record_creation, to_phase
from tests.integration.gate_silence import CANARY, Traces, assert_silent
from tests.integration.gate_stage import Stage
from tests.integration.gate_target import Target

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")


@pytest.fixture
def traces(records: Records, tmp_path: Path) -> Traces:
    return Traces(records, tmp_path)


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
