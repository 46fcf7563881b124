# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""TaintNode and QuarantinePod: what is kept away, who goes, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.action_site import ActionSite
from tests.integration.execution_calls import ModuleCalls
from tests.integration.faults import request_to
from tests.integration.gate_calls import assert_succeeded
from tests.integration.gate_client import path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import in_pool, is_settled, new_node, service
from tests.integration.gate_records import deeds

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.action_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

OTHERS = {"key": "example.com/mine", "value": "a", "effect": "NoSchedule"}


class Node:
    """A node of its own, with a taint that somebody else has put on it."""

    def __init__(self, site: ActionSite, name: str) -> None:
        self.site, self.name, self.path = site, name, path_to("Node", name)

    def taint(self, **options: Any) -> dict[str, Any]:
        wanted = {"key": "dedicated", "value": "gpu", "effect": "NoSchedule", **options}
        result: dict[str, Any] = self.site.gate("TaintNode", name=self.name, wait_timeout=20, **wanted)
        return result

    @property
    def taints(self) -> list[str]:
        """All but Kubernetes' own."""
        found = self.site.admin.get(self.path)["spec"].get("taints", [])
        return [f"{it['key']}={it.get('value', '')}:{it['effect']}" for it in found if "kubernetes.io" not in it["key"]]


@pytest.fixture
def node(site: ActionSite, policies: PublishedPolicies) -> Iterator[Node]:
    """The cluster is production, where taints need an approval: not here."""
    config = policies.real.data["config"]
    levels, limits = (
        {**config["destructive_actions"], "TaintNode": "allowed"},
        {**config["limits"], "replicas_percent": 100},
    )
    policies.publish(policies.with_config(destructive_actions=levels, limits=limits))
    with new_node(site.admin, site.namespace) as name:
        yield Node(site, name)


def test_a_taint_comes_changes_and_goes_beside_those_of_others(node: Node, modules: ModuleCalls) -> None:
    node.site.admin.patch(node.path, {"spec": {"taints": [OTHERS]}})
    mine = "example.com/mine=a:NoSchedule"
    assert_succeeded(node.taint())
    assert_succeeded(node.taint(), changed=False)
    assert node.taints == [mine, "dedicated=gpu:NoSchedule"]
    changed = node.taint(value="fpga")
    assert_succeeded(changed)
    assert node.taints == [mine, "dedicated=fpga:NoSchedule"]
    assert (changed["diff"]["before"], changed["diff"]["after"]) == (
        {"taint": "dedicated=gpu:NoSchedule"},
        {"taint": "dedicated=fpga:NoSchedule"},
    )
    assert_succeeded(modules("execution_undo", "runner", execution=changed["execution"]["record"]))
    assert node.taints == [mine, "dedicated=gpu:NoSchedule"]
    assert_succeeded(node.taint(state="absent"))
    assert node.taints == [mine]
    assert_succeeded(node.taint(state="absent"), changed=False)


def test_a_taint_that_somebody_puts_on_meanwhile_is_kept(node: Node) -> None:
    """A patch replaces the whole list, so it must not be the list of before."""
    write = request_to(f"/nodes/{node.name}$", "PATCH", dry_run=False)
    node.site.meanwhile(write, lambda: node.site.admin.patch(node.path, {"spec": {"taints": [OTHERS]}}))
    result = node.taint()
    assert_succeeded(result)
    assert result["execution"]["attempts"] == 2
    assert node.taints == ["example.com/mine=a:NoSchedule", "dedicated=gpu:NoSchedule"]


def test_no_execute_counts_the_pods_that_it_ends_and_waits_for_them(node: Node, judgements: list[Judgement]) -> None:
    site = node.site
    tolerating = {"tolerations": [{"key": "dedicated", "operator": "Exists"}]}
    site.settled("stays", replicas=1, **in_pool(site.namespace), **tolerating)
    site.settled("goes", replicas=2, **in_pool(site.namespace))
    with new_node(site.admin, site.namespace):
        result = node.taint(effect="NoExecute")
        assert_succeeded(result)
        (judged,) = judgements
        assert judged.input["parameters"]["pods"] == 2
        assert {pod["controller"]["kind"] for pod in judged.input["disruption"]["pods"]} == {"Deployment"}
        found = site.all("pods")
        left = {pod["metadata"]["labels"]["app"] for pod in found if pod["spec"].get("nodeName") == node.name}
        assert left == {"stays"}


class Suspect:
    """A pod of a Deployment of two behind a Service."""

    def __init__(self, site: ActionSite) -> None:
        self.site = site
        site.admin.apply(service(site.namespace, "web", app="web"))
        site.settled(replicas=2)
        self.raw = site.all("pods", selector="app=web")[0]
        self.name = self.raw["metadata"]["name"]
        self.path = site.path("Pod", self.name)
        self.await_endpoints(2)

    def task(self, **options: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.site("QuarantinePod", self.name, **options)
        return result

    @property
    def served(self) -> set[str]:
        """Uids of the pods that the Service leads to."""
        slices = self.site.all("endpointslices", "discovery.k8s.io/v1", "kubernetes.io/service-name=web")
        return {str(it["targetRef"]["uid"]) for one in slices for it in one.get("endpoints") or ()}

    def await_endpoints(self, count: int, without: str = "") -> None:
        path = f"/apis/discovery.k8s.io/v1/namespaces/{self.site.namespace}/endpointslices"
        self.site.admin.until(path, lambda found: len(self.served) == count and without not in self.served)

    @property
    def now(self) -> dict[str, Any]:
        return self.site.admin.get(self.path)


def test_a_pod_is_taken_out_of_service_and_replaced_and_given_back(site: ActionSite, modules: ModuleCalls) -> None:
    pod = Suspect(site)
    result = pod.task()
    assert_succeeded(result)
    metadata = pod.now["metadata"]
    assert (metadata["uid"], metadata["labels"]) == (
        pod.raw["metadata"]["uid"],
        {"guardrail.dev/quarantined": "true"},
    )
    assert "ownerReferences" not in metadata
    pod.await_endpoints(2, without=metadata["uid"])
    site.admin.until(site.path("Deployment"), is_settled)
    policy = site.read("NetworkPolicy", "guardrail-quarantine")["spec"]
    assert policy["podSelector"] == {"matchLabels": metadata["labels"]}
    assert sorted(policy["policyTypes"]) == ["Egress", "Ingress"]
    assert not policy.get("ingress")
    assert not policy.get("egress")
    assert_succeeded(pod.task(), changed=False)
    undone = modules("execution_undo", "runner", execution=result["execution"]["record"])
    assert_succeeded(undone)
    assert pod.now["metadata"]["labels"] == pod.raw["metadata"]["labels"]
    assert "guardrail.dev/labels-before-quarantine" not in pod.now["metadata"].get("annotations", {})


def test_a_pod_is_released_by_the_module_too(site: ActionSite) -> None:
    pod = Suspect(site)
    assert_succeeded(pod.task())
    assert_succeeded(pod.task(state="released"))
    assert_succeeded(pod.task(state="released"), changed=False)


def test_a_policy_that_somebody_has_opened_is_closed_again(site: ActionSite) -> None:
    pod = Suspect(site)
    assert_succeeded(pod.task())
    site.admin.patch(site.path("NetworkPolicy", "guardrail-quarantine"), {"spec": {"egress": [{}]}})
    site.proxy.forget()
    assert_succeeded(pod.task())
    assert [work.path.rpartition("/")[2] for work in deeds(site.proxy)] == ["guardrail-quarantine"]
    assert not site.read("NetworkPolicy", "guardrail-quarantine")["spec"].get("egress")
