# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input: one clear sentence with its code, never a traceback, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.integration.api_proxy import ApiProxy
from tests.integration.gate_calls import GateCalls, assert_clear, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient
from tests.integration.gate_objects import daemon_set, deployment, new_namespace

pytest_plugins = ["tests.integration.gate_fixtures"]


@dataclass(frozen=True)
class Mistake:
    """A call that cannot be carried out. ``{namespace}`` in a text option is filled in."""

    id: str
    action: str
    code: str
    words: str
    options: dict[str, Any] = field(default_factory=dict)
    reason: str = "invalid_parameters"


WEB = {"name": "web", "namespace": "{namespace}"}
MISTAKES = (
    Mistake(
        "an unknown container",
        "UpdateImage",
        "request.container-unknown",
        r"Deployment .*/web has no container wbe\. Its containers are web\.",
        {**WEB, "containers": {"wbe": "registry.example.com/web:2"}},
    ),
    Mistake(
        "no container",
        "UpdateImage",
        "request.containers-empty",
        r"containers: names no container",
        {**WEB, "containers": {}},
    ),
    Mistake(
        "something that is no image",
        "UpdateImage",
        "request.image-invalid",
        r"'UPPER CASE!' for container 'web' is not an image reference",
        {**WEB, "containers": {"web": "UPPER CASE!"}},
    ),
    Mistake(
        "negative replicas",
        "ScaleDeployment",
        "request.replicas-negative",
        r"replicas: -1 is negative\. Use 0 or more\.",
        {**WEB, "replicas": -1},
    ),
    Mistake(
        "no time to act",
        "ScaleDeployment",
        "request.wait-timeout-invalid",
        r"wait_timeout: 0 leaves no time to act",
        {**WEB, "replicas": 2, "wait_timeout": 0},
    ),
    Mistake(
        "a Deployment that does not exist",
        "ScaleDeployment",
        "target.not-found",
        r"^Deployment .*/wbe does not exist\. Check name, namespace and cluster\.$",
        {**WEB, "name": "wbe", "replicas": 2},
    ),
    Mistake(
        "a namespace that does not exist",
        "RolloutRestart",
        "target.not-found",
        r"^Deployment nowhere/web does not exist",
        {**WEB, "namespace": "nowhere"},
    ),
    Mistake(
        "a node that does not exist",
        "CordonNode",
        "target.not-found",
        r"^Node no-such-node does not exist",
        {"name": "no-such-node"},
    ),
    Mistake(
        "a drain of a node that does not exist",
        "DrainNode",
        "target.not-found",
        r"^Node no-such-node does not exist",
        {"name": "no-such-node"},
    ),
    Mistake(
        "a name that leads out of its path",
        "DeletePod",
        "request.name-invalid",
        r"name: '\.\./\.\./nodes/general-1' is not a name that Kubernetes accepts",
        {**WEB, "name": "../../nodes/general-1"},
    ),
    Mistake(
        "a namespace that is none",
        "ScaleDeployment",
        "request.namespace-invalid",
        r"namespace: 'Shop' is not a name that Kubernetes accepts",
        {**WEB, "namespace": "Shop", "replicas": 2},
    ),
    Mistake(
        "a selector that is none",
        "DrainNode",
        "request.selector-invalid",
        r"^'app in \(' is not a label selector that Kubernetes accepts",
        {"name": "general-1", "pod_selector": "app in ("},
    ),
    Mistake(
        "a restart of a workload that no rollout restarts",
        "RolloutRestart",
        "target.on-delete",
        r"update strategy OnDelete.*Delete its pods one by one",
        {**WEB, "name": "agent", "kind": "DaemonSet"},
    ),
    Mistake(
        "a pod without a controller",
        "DeletePod",
        "request.pod-bare",
        r"^Pod .*/alone has no controller.*Set force: true",
        {**WEB, "name": "alone"},
    ),
)


@pytest.fixture(scope="module")
def shop(admin: PlainClient) -> Iterator[str]:
    """Objects that no task changes."""
    with new_namespace(admin) as name:
        agent = daemon_set(name)
        agent["spec"]["updateStrategy"] = {"type": "OnDelete"}
        container = {"name": "web", "image": "registry.example.com/web:1"}
        metadata = {"name": "alone", "namespace": name}
        alone = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
        admin.apply(deployment(name, replicas=0), agent, alone)
        yield name


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_mistake_in_the_task(mistake: Mistake, shop: str, gate: GateCalls, proxy: ApiProxy) -> None:
    filled: dict[str, Any] = {key: shop if value == "{namespace}" else value for key, value in mistake.options.items()}
    result = gate(mistake.action, **filled)
    assert_failed(result, mistake.reason, mistake.code)
    assert_clear(result, mistake.words)
    assert proxy.writes() == []


def test_a_pod_that_is_gone_already_is_no_mistake(shop: str, gate: GateCalls, proxy: ApiProxy) -> None:
    assert_succeeded(gate("DeletePod", name="gone", namespace=shop), changed=False)
    assert proxy.writes() == []
