# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kill -9 at every request of a task: what is left tells the truth, holds nobody up, and the next run finds out.

Which requests there are, a run that is not killed shows. Each is then the last of another one, which dies before the API
server has it; and of those that change something also the last of one that dies when it has been carried out.
"""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import digest_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.recovery import CARRIED_OUT, NOTHING, PARTLY
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import make_request
from tests.cluster.cluster import Cluster
from tests.integration.drain_site import new_site
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import budget, deployment, in_pool, is_settled, new_namespace
from tests.integration.records_crash import EXPIRED_AFTER_S, Scene, moments
from tests.integration.records_crowd import outcome_of
from tests.integration.records_nursery import Nursery

pytest_plugins = ["tests.integration.gate_fixtures"]

APPROVER = "system:serviceaccount:guardrail-identities:approver"
APPROVALS = "/apis/guardrail.dev/v1alpha1/namespaces/guardrail-system/executionapprovals"
FIRST, SECOND = (f"registry.example.com/web@sha256:{digit * 64}" for digit in "12")


class Play(ABC):
    """One action, and how to see what it has done.

    Attributes:
        as_asked: The state when everything was done.
    """

    action: str
    as_asked: Any

    def __init__(self, admin: PlainClient, cluster: Cluster, stack: ExitStack) -> None:
        self.admin, self.cluster, self.stack = admin, cluster, stack
        self.number = 0

    @abstractmethod
    def scenes(self, number: int) -> list[Scene]:
        """So many targets, each untouched."""

    @abstractmethod
    def state(self, scene: Scene) -> Any:
        """What the action would change, as it is now."""

    @abstractmethod
    def finding(self, scene: Scene) -> str:
        """What the next run has to find out, from the state that was left behind."""

    def approve(self, scene: Scene) -> None:
        """Give what the action needs besides."""
        raise AssertionError(f"{scene} needs no approval")

    def next_number(self) -> int:
        self.number += 1
        return self.number


class Scale(Play):
    """From none to two, without a wait."""

    action, as_asked = "ScaleDeployment", 2

    def scenes(self, number: int) -> list[Scene]:
        namespace = self.stack.enter_context(new_namespace(self.admin))
        found = []
        for _ in range(number):
            name = f"web-{self.next_number()}"
            self.admin.apply(deployment(namespace, name, replicas=0))
            options = {"name": name, "namespace": namespace, "replicas": 2, "wait": False}
            found.append(Scene(self.action, options, ("Deployment", namespace, name)))
        for scene in found:
            self.admin.until(path_to("Deployment", scene.target[2], namespace), is_settled)
        return found

    def state(self, scene: Scene) -> Any:
        _, namespace, name = scene.target
        return self.admin.get(path_to("Deployment", name, namespace))["spec"]["replicas"]

    def finding(self, scene: Scene) -> str:
        return CARRIED_OUT if scene.state == self.as_asked else NOTHING


class Image(Scale):
    """A new image in production, with an approval, and a wait."""

    action, as_asked = "UpdateImage", SECOND

    def __init__(self, admin: PlainClient, cluster: Cluster, stack: ExitStack) -> None:
        super().__init__(admin, cluster, stack)
        self.approver = PlainClient(cluster.kubeconfig("approver"))
        stack.callback(self.approver.close)

    def scenes(self, number: int) -> list[Scene]:
        namespace = self.stack.enter_context(new_namespace(self.admin, "production"))
        found = []
        for _ in range(number):
            name = f"web-{self.next_number()}"
            body = deployment(namespace, name, replicas=0)
            body["spec"]["template"]["spec"]["containers"][0]["image"] = FIRST
            self.admin.apply(body)
            options = {"name": name, "namespace": namespace, "containers": {"web": SECOND}}
            found.append(Scene(self.action, options, ("Deployment", namespace, name)))
        for scene in found:
            self.admin.until(path_to("Deployment", scene.target[2], namespace), is_settled)
            self.approve(scene)
        return found

    def approve(self, scene: Scene) -> None:
        kind, namespace, name = scene.target
        uid = self.admin.get(path_to(kind, name, namespace))["metadata"]["uid"]
        options = {"kubeconfig": "unused", **scene.options}
        validated = ArgumentSpecValidator(action_arguments(ACTIONS[self.action].options)).validate(options)
        request = make_request(self.action, validated.validated_parameters, False)
        stated = {key: value for key, value in request.parameters.items() if value is not None}
        target = ACTIONS[self.action].target(request)
        scene.approval = f"crash-{secrets.token_hex(4)}"
        spec = {
            "digest": digest_of(self.action, target, uid, stated),
            "action": self.action,
            "target": {"kind": kind, "namespace": namespace, "name": name, "uid": uid},
            "approver": APPROVER,
        }
        body = {"apiVersion": "guardrail.dev/v1alpha1", "kind": "ExecutionApproval", "spec": spec}
        self.approver.done("POST", APPROVALS, {**body, "metadata": {"name": scene.approval}})

    def state(self, scene: Scene) -> Any:
        _, namespace, name = scene.target
        found = self.admin.get(path_to("Deployment", name, namespace))
        return found["spec"]["template"]["spec"]["containers"][0]["image"]


class Drain(Play):
    """A node with two pods under a budget, and room for them elsewhere."""

    action, as_asked = "DrainNode", (True, 0)

    def scenes(self, number: int) -> list[Scene]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda _: self._scene(), range(number)))

    def _scene(self) -> Scene:
        site = self.stack.enter_context(new_site(self.admin))
        self.admin.apply(budget(site.namespace, maxUnavailable=2))
        site.place(deployment(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
        site.await_allowance(2)
        site.spare()
        return Scene(self.action, {"name": site.node}, ("Node", "", site.node))

    def state(self, scene: Scene) -> Any:
        node = scene.target[2]
        pods = self.admin.get(f"/api/v1/pods?fieldSelector=spec.nodeName={node}")["items"]
        return bool(self.admin.get(path_to("Node", node))["spec"].get("unschedulable")), len(pods)

    def finding(self, scene: Scene) -> str:
        if scene.state == (False, 2):
            return NOTHING
        return CARRIED_OUT if scene.state == self.as_asked else PARTLY


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery")) as ready:
        yield ready


@pytest.fixture(scope="module")
def unlimited(session_policies: PublishedPolicies) -> Iterator[PublishedPolicies]:
    """Limits that many drains at once do not meet: what was killed counts as running for a while."""
    config = session_policies.real.data["config"]
    limits = {**config["limits"], "nodes_percent": 100, "minimum_nodes_for_drain": 1, "draining_nodes": 1000}
    session_policies.publish(session_policies.with_config(rate_limits=[], limits=limits))
    yield session_policies
    session_policies.restore()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as ready:
        yield ready


@pytest.mark.parametrize("play_of", [Scale, Image, Drain], ids=lambda it: it.action)
def test_a_task_that_dies_at_any_request(
    play_of: type[Play],
    unlimited: PublishedPolicies,
    admin: PlainClient,
    cluster: Cluster,
    nursery: Nursery,
    stack: ExitStack,
    tmp_path: Path,
) -> None:
    play = play_of(admin, cluster, stack)
    (whole,) = play.scenes(1)
    steps = whole.play(cluster, nursery, tmp_path / "whole")
    assert outcome_of(whole.again) == "admitted", whole.again
    deaths = list(moments(steps))
    scenes = play.scenes(len(deaths))
    for scene, (step, carried_out) in zip(scenes, deaths, strict=True):
        scene.step, scene.carried_out = step, carried_out
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda it: it[1].play(cluster, nursery, tmp_path / str(it[0])), enumerate(scenes)))
        assert not [str(scene) for scene in scenes if not scene.killed]
        time.sleep(EXPIRED_AFTER_S)
        list(pool.map(lambda scene: _see(play, scene), scenes))
        told = _findings(play, scenes, _tells_the_truth)
        list(pool.map(lambda scene: _again(play, scene, nursery), scenes))
        told += _findings(play, scenes, _was_found_out)
    assert not told, "\n".join([f"{len(told)} of {len(scenes)} scenes:", *told])


def _see(play: Play, scene: Scene) -> None:
    """Look at what was left behind."""
    found = scene.records(play.admin)
    assert len(found) <= 1
    scene.record = found[0] if found else None
    scene.state = play.state(scene)


def _again(play: Play, scene: Scene, nursery: Nursery) -> None:
    """Run the task again; an approval that was used up takes another one."""
    result = scene.play_again(play.cluster, nursery)
    if result.get("reason") == "awaiting_approval":
        warned = result.get("warnings", [])
        play.approve(scene)
        result = scene.play_again(play.cluster, nursery)
        result["warnings"] = warned + result.get("warnings", [])


def _findings(play: Play, scenes: Sequence[Scene], check: Any) -> list[str]:
    found = []
    for scene in scenes:
        try:
            check(play, scene)
        except AssertionError as wrong:
            found.append(f"{scene}: {str(wrong).splitlines()[0]}")
    return found


def _tells_the_truth(play: Play, scene: Scene) -> None:
    """Before anybody has looked: nothing was done without an admission, and nothing without the approval."""
    phase = scene.record["status"]["phase"] if scene.record else ""
    untouched = play.finding(scene) == NOTHING
    assert untouched or phase in ("Executing", "Succeeded"), f"changed in phase {phase}"
    assert phase != "Succeeded" or scene.state == play.as_asked, f"succeeded, and the state is {scene.state}"
    if phase == "Executing":
        assert scene.record["status"]["diff"]["after"], "no diff"  # type: ignore[index]
    if scene.approval:
        used_by = play.admin.get(f"{APPROVALS}/{scene.approval}").get("status", {}).get("consumedBy")
        assert used_by in (None, scene.record and scene.record["metadata"]["name"])
        assert untouched or used_by, "changed without an approval"


def _was_found_out(play: Play, scene: Scene) -> None:
    """After the next run: the target is as asked for, nothing is open, and it is known what became of the first."""
    result = scene.again
    assert not result.get("failed"), f"{result.get('code')}: {result['msg']}"
    assert play.state(scene) == play.as_asked
    records = scene.records(play.admin)
    left = [it["status"]["phase"] for it in records if it["status"]["phase"] in ("Pending", "Executing")]
    assert not left, f"left behind: {left}"
    if scene.record is None:
        return
    name, phase = scene.record["metadata"]["name"], scene.record["status"]["phase"]
    status = next(it for it in records if it["metadata"]["name"] == name)["status"]
    said = [line for line in result.get("warnings", []) if name in line and "never ended" in line]
    if phase == "Executing":
        finding = play.finding(scene)
        assert [finding in line for line in said] == [True], f"{finding!r} is not said: {result.get('warnings')}"
        assert finding in status["message"]
        assert (status["phase"], status["error"]["code"]) == ("Failed", "execution.process-lost")
        assert status.get("changed") == {CARRIED_OUT: True, NOTHING: False}.get(finding)
    else:
        assert said == []
    if phase == "Pending":
        assert (status["phase"], status["changed"]) == ("Failed", False)
        assert "Nothing was changed" in status["message"]
