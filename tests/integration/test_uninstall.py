# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removing an installation leaves a cluster as it was before, on a control plane of these tests' own."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.installation import install_executor
from tests.cluster import seed
from tests.cluster.cluster import Cluster
from tests.cluster.provider import own_control_plane, session_cluster
from tests.conftest import ROOT
from tests.integration.api_proxy import ApiProxy
from tests.integration.doors_ansible import Ansible, PlaybookRun, available_lines
from tests.integration.execution_calls import ModuleCalls
from tests.integration.gate_calls import assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import deployment

FILES = ROOT / "roles" / "executor" / "files"
SYSTEM = "/api/v1/namespaces/guardrail-system"
RECORDS = "/apis/guardrail.dev/v1alpha1/namespaces/guardrail-system/kubernetesexecutions"
APPROVALS = "/apis/guardrail.dev/v1alpha1/namespaces/guardrail-system/executionapprovals"
FIRST, SECOND = (f"registry.example.com/web@sha256:{digit * 64}" for digit in "12")
# Of what comes and goes by itself.
_PASSING = {"Event", "Lease", "LeaseCandidate", "Endpoints", "EndpointSlice", "ComponentStatus"}
_WRITTEN_BY_THE_SERVER = ("resourceVersion", "managedFields", "generation")
_SETTLED_S = 60.0

Snapshot = dict[str, Any]
Result = dict[str, Any]


@pytest.fixture(scope="module")
def bare() -> Iterator[Cluster]:
    """A cluster that nothing of ours was ever installed in, not even identities; but other tools' namespace for locks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seed, "apply_manifests", lambda cluster: None)
        patch.setattr(seed, "issue_kubeconfigs", lambda cluster: None)
        with session_cluster(own_control_plane()) as started:
            yield started


@dataclass(frozen=True)
class Scene:
    """The cluster and those who work on it.

    Attributes:
        untouched: Everything in it before the first installation.
    """

    cluster: Cluster
    admin: PlainClient
    untouched: Snapshot
    home: Path

    def executor(self, *, check_mode: bool = False, kubeconfig: Path | None = None, **options: Any) -> Result:
        """The module's work, without a process of its own."""
        stated = {
            "subjects": None,
            "wait_timeout": 60,
            "state": "present",
            "export_to": None,
            "force": False,
            **options,
        }
        stated["manifests"] = [str(FILES / "manifests"), str(FILES / "medik8s")]
        stated["kubeconfig"] = str(kubeconfig or self.cluster.kubeconfig())
        return install_executor("InstallExecutor", stated, check_mode=check_mode, environ=os.environ)

    def play(self, playbook: str, place: Path, *arguments: str) -> PlaybookRun:
        ansible = Ansible(available_lines()[0], self.cluster.kubeconfig(), self.home, place)
        return ansible.run(f"guardrail.kubernetes.{playbook}", arguments)


@pytest.fixture(scope="module")
def scene(bare: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    admin = PlainClient(bare.kubeconfig())
    admin.done("POST", "/api/v1/namespaces", {"metadata": {"name": "medik8s-leases"}})
    accounts = "/api/v1/namespaces/medik8s-leases/serviceaccounts/default"
    admin.until(accounts, lambda found: found is not None)
    yield Scene(bare, admin, settled(admin), tmp_path_factory.mktemp("home"))
    admin.close()


@pytest.fixture
def installed(scene: Scene) -> Scene:
    result = scene.executor(subjects={"runner": [user("runner")], "approver": [user("alice")]})
    assert not result.get("failed"), result["msg"]
    return scene


def user(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "User", "name": name, "namespace": None, "within": None, **more}


def snapshot(client: PlainClient) -> Snapshot:
    """Every object of every kind in every namespace, without what passes or the API server adds."""
    groups = [group["preferredVersion"]["groupVersion"] for group in client.get("/apis")["groups"]]
    found: Snapshot = {}
    for path in ("/api/v1", *(f"/apis/{group}" for group in groups)):
        for resource in client.get(path)["resources"]:
            if "list" in resource["verbs"] and resource["kind"] not in _PASSING:
                for item in listed(client, f"{path}/{resource['name']}"):
                    metadata = item["metadata"]
                    name = f"{path} {resource['kind']} {metadata.get('namespace', '')}/{metadata['name']}"
                    found[name] = content(item)
    return found


def listed(client: PlainClient, path: str) -> list[dict[str, Any]]:
    """Of a kind that is being served for the first time the API server says "try again"; of one that has gone, 404."""
    ends = time.monotonic() + _SETTLED_S
    status, found = client.ask("GET", path)
    while status == 429 and time.monotonic() < ends:
        time.sleep(0.1)
        status, found = client.ask("GET", path)
    assert status in (200, 404), f"{path}: {found}"
    items: list[dict[str, Any]] = found.get("items", [])
    return items


def content(item: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in item.items() if key != "status"}
    return {**kept, "metadata": {k: v for k, v in item["metadata"].items() if k not in _WRITTEN_BY_THE_SERVER}}


def settled(client: PlainClient) -> Snapshot:
    """A snapshot that was the same twice: controllers are still busy in a cluster that has just started."""
    before = snapshot(client)
    while (now := snapshot(client)) != before:
        before = now
        time.sleep(0.2)
    return now


def assert_as_before(scene: Scene) -> None:
    """What the control plane derives from other objects takes a moment to go (APIService)."""
    ends = time.monotonic() + _SETTLED_S
    while (now := snapshot(scene.admin)) != scene.untouched and time.monotonic() < ends:
        time.sleep(0.2)
    added, lost = now.keys() - scene.untouched.keys(), scene.untouched.keys() - now.keys()
    changed = [name for name in now.keys() & scene.untouched.keys() if now[name] != scene.untouched[name]]
    assert (sorted(added), sorted(lost), changed) == ([], [], [])


def test_a_cluster_is_as_it_was_before(scene: Scene, tmp_path: Path) -> None:
    """Installed, bound, published, used, with an approval that was used up; then removed by the playbook."""
    subjects = {"runner": [user("runner", within=["default"])], "approver": [user("alice", within=["default"])]}
    done = scene.executor(subjects={**subjects, "auditor": [user("bob")]})
    assert not done.get("failed"), done["msg"]
    policies = PublishedPolicies(scene.admin, scene.cluster.kubeconfig())
    policies.restore()
    policies.close()
    used_approval(scene)
    saved = tmp_path / "records.jsonl"
    removing = ["-e", "confirm=guardrail-system", "-e", f"export_to={saved}"]
    run = scene.play("uninstall", tmp_path / "uninstall", *removing)
    assert run.status == 0, run.output
    assert_as_before(scene)
    objects = [json.loads(line) for line in saved.read_text().splitlines()]
    phases = {it["metadata"]["name"]: it["status"]["phase"] for it in objects if it["kind"] == "KubernetesExecution"}
    (approval,) = [it for it in objects if it["kind"] == "ExecutionApproval"]
    assert phases[approval["status"]["consumedBy"]] == "Succeeded"
    assert saved.stat().st_mode & 0o777 == 0o600
    again = scene.play("uninstall", tmp_path / "again", *removing)
    assert (again.status, "changed=0" in again.output) == (0, True), again.output


def used_approval(scene: Scene) -> None:
    """The administrator, as runner, changes an image that alice approved."""
    admin = scene.admin
    admin.apply(deployment("default", containers=[{"name": "web", "image": FIRST}]))
    call = ModuleCalls({"admin": scene.cluster.kubeconfig()}, scene.home)
    change = {"name": "web", "namespace": "default", "containers": {"web": SECOND}, "wait": False}
    waiting = call("update_image", "admin", **change)
    assert_failed(waiting, "awaiting_approval", "change-approval.required")
    record = admin.get(f"{RECORDS}/{waiting['execution']['record']}")
    target = {key: record["spec"]["target"][key] for key in ("kind", "namespace", "name", "uid")}
    spec = {"execution": record["metadata"]["name"], "digest": record["spec"]["digest"], "action": "UpdateImage"}
    body = {
        "apiVersion": "guardrail.dev/v1alpha1",
        "kind": "ExecutionApproval",
        "metadata": {"name": "given", "namespace": "guardrail-system"},
        "spec": {**spec, "target": target, "approver": "alice"},
    }
    created = scene.cluster.kubectl("create", "--as=alice", "--filename=-", input=json.dumps(body))
    assert created.returncode == 0, created.stderr
    assert_succeeded(call("update_image", "admin", **change))
    assert admin.get(f"{APPROVALS}/given")["status"]["consumedBy"]
    kept = scene.cluster.kubectl("delete", "kapproval", "given", "--namespace=guardrail-system")
    assert kept.returncode != 0  # a used approval cannot be deleted while the admission policies are there
    admin.delete(path_to("Deployment", "web", "default"), propagationPolicy="Foreground")
    admin.until(path_to("Deployment", "web", "default"), lambda found: found is None)
    admin.until("/api/v1/namespaces/default/pods", lambda found: not (found or {"items": []})["items"])


def test_check_mode_tells_what_would_go_and_removes_nothing(installed: Scene, tmp_path: Path) -> None:
    before = snapshot(installed.admin)
    with ApiProxy(installed.cluster.kubeconfig(), tmp_path) as proxy:
        through = proxy.kubeconfig()
        would = installed.executor(state="absent", check_mode=True, kubeconfig=through, export_to=str(tmp_path / "no"))
        assert proxy.writes() == []
    assert not (tmp_path / "no").exists()
    assert snapshot(installed.admin) == before
    done = installed.executor(state="absent")
    assert (would["changed"], would["objects"], would["diff"]) == (True, done["objects"], done["diff"])
    assert {one["change"] for one in done["objects"]} == {"deleted"}
    assert {one["kind"] for one in done["objects"][-3:]} == {"CustomResourceDefinition", "Namespace"}
    assert_as_before(installed)
    nothing = installed.executor(state="absent")
    assert (nothing["changed"], nothing["objects"], nothing["msg"]) == (False, [], "There is nothing to remove.")


def test_nobody_is_interrupted_unless_that_is_said(installed: Scene) -> None:
    executing(installed.admin)
    refused = installed.executor(state="absent")
    assert_failed({**refused, "decision": None}, "invalid_parameters", "installation.in-use")
    assert ("busy" in refused["msg"], refused["records"]["executions"] >= 1) == (True, True)
    assert_succeeded_removal(installed.executor(state="absent", force=True))
    assert_as_before(installed)


def test_records_that_cannot_be_saved_keep_everything(installed: Scene, tmp_path: Path) -> None:
    executing(installed.admin)
    before = snapshot(installed.admin)
    (tmp_path / "there").write_text("somebody's")
    for path in (tmp_path / "there", tmp_path / "missing" / "file"):
        refused = installed.executor(state="absent", force=True, export_to=str(path))
        assert (refused["code"], refused["changed"]) == ("installation.export-failed", False)
    assert snapshot(installed.admin) == before
    assert (tmp_path / "there").read_text() == "somebody's"
    assert_succeeded_removal(installed.executor(state="absent", force=True, export_to=str(tmp_path / "saved")))
    assert [json.loads(line)["metadata"]["name"] for line in (tmp_path / "saved").read_text().splitlines()] == ["busy"]
    assert_as_before(installed)


def test_what_does_not_go_is_named(installed: Scene) -> None:
    held = {"metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
    installed.admin.done("POST", f"{SYSTEM}/configmaps", held)
    stuck = installed.executor(state="absent", wait_timeout=3)
    assert (stuck["code"], stuck["reason"], stuck["changed"]) == ("installation.not-removed", "timeout", True)
    assert "Namespace guardrail-system is being deleted" in stuck["msg"]
    installed.admin.patch(f"{SYSTEM}/configmaps/held", {"metadata": {"finalizers": None}})
    again = installed.executor(state="absent")
    assert not again.get("failed"), again["msg"]
    assert_as_before(installed)


def executing(admin: PlainClient) -> None:
    """A record that somebody is working on."""
    who = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    kind = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    me = admin.done("POST", who, kind)["status"]["userInfo"]["username"]
    spec = {
        "id": "00000000-0000-4000-8000-000000000000",
        "action": "CordonNode",
        "target": {"kind": "Node", "name": "node-1", "uid": "1"},
        "digest": "0" * 64,
        "requester": me,
        "parameters": {},
        "pendingSeconds": 30,
        "timeoutSeconds": 300,
    }
    admin.done("POST", RECORDS, {"apiVersion": "guardrail.dev/v1alpha1", "kind": "KubernetesExecution",
                                 "metadata": {"name": "busy", "namespace": "guardrail-system"}, "spec": spec})  # fmt: skip


def assert_succeeded_removal(result: Result) -> None:
    assert (result.get("failed", False), result["changed"]) == (False, True), result["msg"]
