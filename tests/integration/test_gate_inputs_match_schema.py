# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents that the gate really judges are what policies/schemas/input.json says, with every key (I9)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import jsonschema  # type: ignore[import-untyped, unused-ignore]
import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.conftest import ROOT
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Answer
from tests.integration.gate_calls import GateCalls, assert_denied, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import (
    autoscaler,
    budget,
    daemon_set,
    deployment,
    in_pool,
    is_settled,
    new_namespace,
    new_node,
    settled_deployment,
    stateful_set,
)
from tests.integration.gate_records import is_own_record
from tests.integration.gate_stage import Stage

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

SCHEMA: dict[str, Any] = json.loads((ROOT / "policies/schemas/input.json").read_text())
every_action = pytest.mark.parametrize("action", ACTIONS)


def assert_valid(document: Mapping[str, Any]) -> None:
    found = [f"{error.json_path}: {error.message[:200]}" for error in validator().iter_errors(document)]
    assert found == []
    assert document.keys() == SCHEMA["properties"].keys() == set(SCHEMA["required"])


def validator() -> Any:
    return jsonschema.validators.validator_for(SCHEMA)(SCHEMA)


def test_the_schema_is_one() -> None:
    validator().check_schema(SCHEMA)


@every_action
def test_what_each_action_is_judged_by(action: str, stage: Stage, gate: GateCalls, judgements: list[Judgement]) -> None:
    told = gate.check(action, **stage.call(action).options)
    assert_valid(told["input"])
    result = gate(action, check_mode=True, reason="disk full", ticket="OPS-1", **stage.call(action).options)
    assert_succeeded(result)
    judged = judgements[-1].input
    assert_valid(judged)
    assert judged["unavailable"] == []
    assert (judged["action"], judged["dry_run"], judged["request"]["mode"]) == (action, True, "check")
    assert (judged["request"]["reason"], judged["request"]["ticket"]) == ("disk full", "OPS-1")


@every_action
def test_what_each_action_is_judged_by_when_no_fact_can_be_read(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, judgements: list[Judgement]
) -> None:
    told_first = ("/selfsubjectreviews", "/configmaps/safety-policies")
    proxy.fault(
        lambda request: (
            not (request.path.endswith(told_first) or stage.plans_by(action, request) or is_own_record(request))
        ),
        Answer(403),
        times=None,
    )
    assert_denied(gate(action, **stage.call(action).options), "facts.required-unavailable")
    assert_valid(judgements[-1].input)
    unavailable = {fact["fact"] for fact in judgements[-1].input["unavailable"]}
    assert (ACTIONS[action].facts | {"history"}) - {"dry_run_result"} >= unavailable > {"history"}


class Zoo:
    """Objects with everything that facts are made of: owners, budgets, quotas, volumes, odd annotations."""

    def __init__(self, admin: PlainClient, stack: ExitStack) -> None:
        self.namespace = stack.enter_context(new_namespace(admin, environment=None))
        pool = f"gate-{secrets.token_hex(4)}"
        self.node = stack.enter_context(new_node(admin, pool))
        self._admin, self._pool = admin, pool
        self._namespaced()
        self._on_the_node()
        stack.enter_context(new_node(admin, pool))
        self.pods = admin.names(f"/api/v1/namespaces/{self.namespace}/pods")

    def _namespaced(self) -> None:
        settled_deployment(self._admin, self.namespace, replicas=2)
        quota = {"hard": {"pods": "50", "count/pods": "60"}}
        self._admin.apply(
            autoscaler(self.namespace),
            {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": self._metadata("quota"), "spec": quota},
        )
        annotations = {
            "argocd.argoproj.io/tracking-id": f"shop:apps/Deployment:{self.namespace}/web",
            "meta.helm.sh/release-name": "shop",
            "note": 'with "quotes", a \\ and \u00fc',
        }
        labels = {"app.kubernetes.io/instance": "shop"}
        self._admin.patch(
            path_to("Deployment", "web", self.namespace), {"metadata": {"annotations": annotations, "labels": labels}}
        )

    def _on_the_node(self) -> None:
        requests = {
            "containers": [{"name": "web", "image": "web", "resources": {"requests": {"cpu": "250m", "memory": "1Gi"}}}]
        }
        scratch = {"volumes": [{"name": "scratch", "emptyDir": {}}, {"name": "logs", "hostPath": {"path": "/var/log"}}]}
        claim = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}
        where = in_pool(self._pool)
        access = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
            "volumeName": "none-such",
        }
        self._admin.apply(
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": self._metadata("data"), "spec": access},
            budget(self.namespace, "held", minAvailable=1),
            budget(self.namespace, "db", maxUnavailable=0),
            deployment(self.namespace, "held", replicas=3, **where, **requests),
            deployment(self.namespace, "scratch", replicas=1, **where, **scratch),
            stateful_set(self.namespace, "db", replicas=1, **where),
            stateful_set(self.namespace, "data", replicas=1, nodeName=self.node, **claim),
            daemon_set(self.namespace, "agent", **where),
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": self._metadata("alone"),
                "spec": {**deployment_pod(), **where},
            },
        )
        for name in ("held", "scratch"):
            self._admin.until(path_to("Deployment", name, self.namespace), is_settled)
        for name in ("db-0", "data-0", "alone"):
            self._admin.until(
                path_to("Pod", name, self.namespace), lambda found: bool((found or {}).get("spec", {}).get("nodeName"))
            )

    def _metadata(self, name: str) -> dict[str, str]:
        return {"name": name, "namespace": self.namespace}


def deployment_pod() -> dict[str, Any]:
    pod: dict[str, Any] = deployment("any")["spec"]["template"]["spec"]
    return pod


@pytest.fixture(scope="module")
def zoo(admin: PlainClient) -> Iterator[Zoo]:
    with ExitStack() as stack:
        yield Zoo(admin, stack)


def test_what_an_owned_workload_is_judged_by(zoo: Zoo, gate: GateCalls) -> None:
    told = gate.check("ScaleDeployment", name="web", namespace=zoo.namespace, replicas=5)["input"]
    assert_valid(told)
    assert told["namespace_info"]["environment"] == "production"
    assert (told["ownership"]["gitops"], told["ownership"]["helm_release"]) == ("argocd", f"{zoo.namespace}/shop")
    assert told["ownership"]["autoscaler"]["name"] == "web"
    assert {use["resource"] for use in told["capacity"]["quotas"]} >= {"pods"}
    assert told["target"]["omitted_annotations"] == ["note"]


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_what_other_workloads_are_judged_by(kind: str, zoo: Zoo, gate: GateCalls) -> None:
    name = {"StatefulSet": "db", "DaemonSet": "agent"}[kind]
    for action, options in (
        ("RolloutRestart", {}),
        ("UpdateImage", {"containers": {"web": "registry.example.com/web@sha256:" + "0" * 64}}),
    ):
        told = gate.check(action, name=name, namespace=zoo.namespace, kind=kind, **options)
        assert_valid(told["input"])
        assert told["input"]["unavailable"] == []


def test_what_a_full_node_is_judged_by(zoo: Zoo, gate: GateCalls) -> None:
    told = gate.check("DrainNode", name=zoo.node, force=True, delete_emptydir_data=True, grace_period=0)["input"]
    assert_valid(told)
    assert told["unavailable"] == []
    assert [found["name"] for found in told["disruption"]["budgets"]] == ["db", "held"]
    assert told["disruption"]["total"] == told["parameters"]["pods"] >= 7


def test_what_each_kind_of_pod_is_judged_by(zoo: Zoo, gate: GateCalls) -> None:
    one_of_each = {pod.split("-")[0]: pod for pod in zoo.pods}
    assert one_of_each.keys() == {"agent", "alone", "data", "db", "held", "scratch", "web"}
    for pod in one_of_each.values():
        told = gate.check("DeletePod", name=pod, namespace=zoo.namespace, force=True, disable_eviction=True)
        assert_valid(told["input"])
