# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Approving, overriding, reviewing, undoing and looking up, by those who do it, against the real API server."""

from __future__ import annotations

import json
import re
import secrets
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.cluster import IDENTITIES, Cluster
from tests.conftest import ROOT
from tests.integration.admission_site import APPROVALS, APPROVER, AUDITOR, EXECUTIONS, RUNNER, SYSTEM, Site
from tests.integration.api_proxy import ApiProxy
from tests.integration.conftest import Kubectl
from tests.integration.doors_ansible import Ansible, available_lines
from tests.integration.doors_cases import Landing, new_landing
from tests.integration.execution_calls import ModuleCalls, Result
from tests.integration.gate_calls import assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import deployment, new_namespace, settled_deployment
from tests.integration.gate_shop import NEW_IMAGE

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

FIRST, SECOND = (f"registry.example.com/web@sha256:{digit * 64}" for digit in "12")
EMERGENCY = "The shop is down and nobody else can be reached"
NEWCOMERS = ("commander", "repentant")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where kubeconfigs of newcomers lie."""
    return tmp_path_factory.mktemp("identities")


@pytest.fixture(scope="module")
def site(cluster: Cluster, place: Path) -> Iterator[Site]:
    """With a commander who may override and review everywhere, and an approver who thinks better of it."""
    made = Site(cluster, place)
    override, review = ("guardrail-override", ""), ("guardrail-review", SYSTEM)
    made.newcomer("commander", Role=("guardrail-approver", SYSTEM), ClusterRole=override, ClusterRole2=review)
    approve = ("guardrail-approve", "")
    made.newcomer("repentant", Role=("guardrail-approver", SYSTEM), ClusterRole=approve)
    yield made
    made.clear()


@pytest.fixture
def call(cluster: Cluster, site: Site, place: Path, home: Path, session_policies: PublishedPolicies) -> ModuleCalls:
    """Calls modules as an identity, under the checkout's library."""
    known = {name: cluster.kubeconfig(name) for name in IDENTITIES}
    return ModuleCalls({**known, **{name: place / f"{name}.json" for name in NEWCOMERS}}, home)


@dataclass(frozen=True)
class Change:
    """A new image for a Deployment in production, which needs an approval."""

    call: ModuleCalls
    namespace: str

    def ask(self, **options: Any) -> Result:
        """Run the task, as the runner."""
        web = {"name": "web", "namespace": self.namespace, "containers": {"web": SECOND}, "wait": False}
        return self.call("update_image", "runner", **web, **options)

    def waiting(self, **options: Any) -> str:
        """Run the task, which waits for an approval then. Name of its record."""
        result = self.ask(**options)
        assert_failed(result, "awaiting_approval", "change-approval.required")
        assert f"-e execution={result['execution']['record']}" in result["msg"]
        return str(result["execution"]["record"])


@pytest.fixture
def change(call: ModuleCalls, admin: PlainClient) -> Iterator[Change]:
    with new_namespace(admin, "production") as namespace:
        admin.apply(deployment(namespace, containers=[{"name": "web", "image": FIRST}]))
        yield Change(call, namespace)


@pytest.fixture
def web(admin: PlainClient) -> Iterator[str]:
    """Namespace of a settled Deployment ``web`` with two replicas, in development."""
    with new_namespace(admin) as namespace:
        settled_deployment(admin, namespace, replicas=2)
        yield namespace


@pytest.fixture(scope="module")
def landing(admin: PlainClient) -> Iterator[Landing]:
    with new_landing(admin) as ready:
        yield ready


def one(call: ModuleCalls, name: str) -> dict[str, Any]:
    """What execution_info tells of an execution."""
    (found,) = call("execution_info", "auditor", name=name)["executions"]
    assert isinstance(found, dict)
    return found


def record_of(result: Result) -> str:
    assert_succeeded(result)
    return str(result["execution"]["record"])


# Approvals


def test_one_approval_serves_one_run(call: ModuleCalls, change: Change) -> None:
    waiting = change.waiting(reason="fix", ticket="OPS-1")
    given = call("approve_execution", "approver", execution=waiting)
    assert_succeeded(given)
    approval, asked = given["approval"], given["execution"]
    assert (approval["type"], approval["approver"], approval["execution"]) == ("Approval", APPROVER, waiting)
    assert (asked["action"], asked["target"], asked["requester"], asked["ticket"]) == (
        "UpdateImage",
        "web",
        RUNNER,
        "OPS-1",
    )
    assert asked["diff"] == {"before": {"images": {"web": FIRST}}, "after": {"images": {"web": SECOND}}}
    assert given["diff"] == {"before": {}, "after": approval}
    second = change.ask()
    assert_succeeded(second)
    assert second["execution"]["approvals"] == [approval["name"]]
    used = call("execution_info", "auditor", name=record_of(second), approvals=True)
    assert [it["used_by"] for it in used["approvals"]] == [record_of(second)]
    assert one(call, waiting)["superseded_by"] == record_of(second)
    third = change.ask()
    assert_succeeded(third, changed=False)  # nothing left to do


def test_what_was_approved_once_needs_another_approval(call: ModuleCalls, change: Change, admin: PlainClient) -> None:
    call("approve_execution", "approver", execution=change.waiting())
    assert_succeeded(change.ask())
    body = deployment(change.namespace, containers=[{"name": "web", "image": FIRST}])
    admin.apply(body)
    again = change.waiting()
    assert one(call, again)["approvals_required"] == 1


def test_a_second_approval_by_the_same_person_is_none(call: ModuleCalls, change: Change) -> None:
    waiting = change.waiting()
    first = call("approve_execution", "approver", execution=waiting)
    again = call("approve_execution", "approver", execution=waiting)
    assert_succeeded(again, changed=False)
    assert again["approval"] == first["approval"]
    assert len(call("execution_info", "auditor", name=waiting, approvals=True)["approvals"]) == 1


def test_check_mode_approves_nothing(call: ModuleCalls, change: Change, cluster: Cluster, tmp_path: Path) -> None:
    waiting = change.waiting()
    with ApiProxy(cluster.kubeconfig("approver"), tmp_path) as proxy:
        through = replace(call, kubeconfigs={"approver": proxy.kubeconfig()})
        forecast = through("approve_execution", "approver", execution=waiting, valid_for=900, check_mode=True)
        assert_succeeded(forecast)
        assert proxy.writes() == []
    assert (forecast["approval"]["approver"], forecast["msg"][:19]) == (APPROVER, "Would have approved")
    assert call("execution_info", "auditor", name=waiting, approvals=True)["approvals"] == []


@pytest.mark.parametrize("state", ["approved", "overridden"])
def test_nobody_approves_a_request_of_their_own(call: ModuleCalls, change: Change, state: str) -> None:
    refused = call("approve_execution", "runner", execution=change.waiting(), state=state, reason=EMERGENCY)
    assert_failed(refused, "denied", "approval.own-request")
    assert refused["execution"]["requester"] == RUNNER


def test_who_lacks_the_right_is_told_which(call: ModuleCalls, change: Change) -> None:
    waiting = change.waiting()
    for check_mode in (False, True):
        refused = call(
            "approve_execution",
            "approver",
            execution=waiting,
            state="overridden",
            reason=EMERGENCY,
            check_mode=check_mode,
        )
        assert_failed(refused, "api_error", "approval.forbidden")
        assert "guardrail-override" in refused["msg"]


def test_an_unknown_execution_is_not_approved(call: ModuleCalls) -> None:
    for name in ("update-image-000000000000", "Not/A Name"):
        assert_failed(call("approve_execution", "approver", execution=name), "invalid_parameters", "execution.unknown")


def test_what_succeeded_or_was_denied_waits_for_nothing(call: ModuleCalls, web: str) -> None:
    done = record_of(call("scale_deployment", "runner", name="web", namespace=web, replicas=3))
    refused = call("approve_execution", "approver", execution=done)
    assert_failed(refused, "invalid_parameters", "approval.execution-succeeded")
    denied = call("scale_deployment", "runner", name="web", namespace=web, replicas=100000)
    assert denied["reason"] == "denied"
    refused = call("approve_execution", "approver", execution=denied["execution"]["record"])
    assert_failed(refused, "invalid_parameters", "approval.not-waiting")
    assert denied["code"] in refused["msg"]


def test_what_executes_now_waits_for_nothing(call: ModuleCalls, site: Site) -> None:
    running = site.recorded("Executing").rpartition("/")[2]
    refused = call("approve_execution", "approver", execution=running)
    assert_failed(refused, "invalid_parameters", "approval.execution-running")


def test_an_own_unused_approval_is_taken_back(call: ModuleCalls, change: Change) -> None:
    waiting = change.waiting()
    name = call("approve_execution", "repentant", execution=waiting)["approval"]["name"]
    forecast = call("approve_execution", "repentant", state="revoked", approval=name, check_mode=True)
    assert_succeeded(forecast)
    gone = call("approve_execution", "repentant", state="revoked", approval=name)
    assert_succeeded(gone)
    assert (gone["diff"]["before"]["name"], gone["diff"]["after"]) == (name, {})
    assert_succeeded(call("approve_execution", "repentant", state="revoked", approval=name), changed=False)
    change.waiting()


def test_what_is_not_ones_own_or_was_used_is_not_taken_back(call: ModuleCalls, change: Change) -> None:
    waiting = change.waiting()
    name = call("approve_execution", "repentant", execution=waiting)["approval"]["name"]
    refused = call("approve_execution", "approver", state="revoked", approval=name)
    assert_failed(refused, "denied", "approval.not-yours")
    assert_succeeded(change.ask())
    refused = call("approve_execution", "repentant", state="revoked", approval=name)
    assert_failed(refused, "denied", "approval.used")


# Overrides


def test_an_override_is_reviewed_by_somebody_else(
    call: ModuleCalls, change: Change, tmp_path: Path, admin: PlainClient
) -> None:
    waiting = change.waiting()
    given = call("approve_execution", "commander", execution=waiting, state="overridden", reason=EMERGENCY)
    name = given["approval"]["name"]
    assert_failed(
        call("approve_execution", "auditor", state="reviewed", approval=name, note="x"),
        "invalid_parameters",
        "approval.not-used",
    )
    done = change.ask()
    assert done["execution"]["approvals"] == [name]
    found = call("execution_info", "auditor", limit=1, open_reviews=True)["open_reviews"]
    assert [it["used_by"] for it in found if it["name"] == name] == [record_of(done)]
    closing = {
        "state": "reviewed",
        "approval": name,
        "note": "It was justified",
        "metrics_textfile": f"{tmp_path}/a.prom",
    }
    assert_failed(call("approve_execution", "commander", **closing), "denied", "approval.own-review")
    forecast = call("approve_execution", "auditor", **closing, check_mode=True)
    assert_succeeded(forecast)
    assert admin.get(f"{APPROVALS}/{name}")["status"]["review"] == {"state": "Open"}
    closed = call("approve_execution", "auditor", **closing)
    assert_succeeded(closed)
    assert closed["execution"]["name"] == record_of(done)
    assert closed["diff"]["after"] == {"review": closed["approval"]["review"]}
    review = closed["approval"]["review"]
    assert (review["state"], review["closed_by"], review["note"]) == ("Closed", AUDITOR, "It was justified")
    assert "kubernetes_executor_overrides_open -1\n" in (tmp_path / "a.prom").read_text()
    assert_succeeded(call("approve_execution", "auditor", **closing), changed=False)
    found = call("execution_info", "auditor", limit=1, open_reviews=True)["open_reviews"]
    assert name not in [it["name"] for it in found]


def test_an_approval_is_not_reviewed(call: ModuleCalls, change: Change) -> None:
    name = call("approve_execution", "approver", execution=change.waiting())["approval"]["name"]
    refused = call("approve_execution", "auditor", state="reviewed", approval=name, note="x")
    assert_failed(refused, "invalid_parameters", "approval.not-an-override")
    refused = call("approve_execution", "auditor", state="reviewed", approval=f"{name}x", note="x")
    assert_failed(refused, "invalid_parameters", "approval.unknown")


# Without the collection


def documented_manifest() -> dict[str, Any]:
    """The approval that docs/executions.md shows."""
    text = (ROOT / "docs" / "executions.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    (found,) = [block for block in map(yaml.safe_load, blocks) if isinstance(block, dict)]
    assert isinstance(found, dict)
    return found


def test_kubectl_alone_approves_as_documented(call: ModuleCalls, change: Change, kubectl: Kubectl) -> None:
    waiting = change.waiting()
    record = json.loads(
        kubectl("get", "kexec", "-n", SYSTEM, waiting, "-o", "json", identity="approver", check=True).stdout
    )
    body = documented_manifest()
    assert body["spec"].keys() >= {"execution", "digest", "action", "target", "approver", "approverGroups", "reason"}
    target = {key: record["spec"]["target"][key] for key in body["spec"]["target"]}
    whoami = kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}", identity="approver", check=True)
    body["spec"] |= {"execution": waiting, "digest": record["spec"]["digest"], "target": target}
    body["spec"] |= {"approver": whoami.stdout, "approverGroups": ["system:authenticated"]}
    kubectl("create", "-f", "-", identity="approver", input=json.dumps(body), check=True)
    assert call("approve_execution", "approver", execution=waiting)["changed"] is False
    assert_succeeded(change.ask())


def test_kubectl_alone_closes_a_review_as_documented(call: ModuleCalls, change: Change, kubectl: Kubectl) -> None:
    given = call("approve_execution", "commander", execution=change.waiting(), state="overridden", reason=EMERGENCY)
    assert_succeeded(change.ask())
    name, text = given["approval"]["name"], (ROOT / "docs" / "executions.md").read_text(encoding="utf-8")
    command = re.search(r"^kubectl (patch kapproval .*?\}\}\}')$", text, re.DOTALL | re.MULTILINE)
    assert command
    whoami = kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}", check=True).stdout
    arguments = shlex.split(command[1].replace("carol", whoami))
    told = [name if argument.startswith("drain-node-") else argument for argument in arguments]
    kubectl(*told, check=True)
    found = call("execution_info", "auditor", limit=1, open_reviews=True)["open_reviews"]
    assert name not in [it["name"] for it in found]


# Undo


def test_a_scale_is_undone_and_redone(call: ModuleCalls, web: str, admin: PlainClient) -> None:
    done = record_of(call("scale_deployment", "runner", name="web", namespace=web, replicas=4))
    undone = call("execution_undo", "runner", execution=done)
    assert undone["diff"] == {"before": {"replicas": 4}, "after": {"replicas": 2}}
    by = record_of(undone)
    original, undo = one(call, done), one(call, by)
    assert (original["phase"], original["undone_by"]) == ("RolledBack", by)
    assert (undo["phase"], undo["undoes"], undo["reason"]) == ("Succeeded", done, f"Undo of {done}")
    refused = call("execution_undo", "runner", execution=done)
    assert_failed(refused, "invalid_parameters", "undo.already-undone")
    redone = call("execution_undo", "runner", execution=by)
    assert_succeeded(redone)
    assert one(call, by)["phase"] == "RolledBack"
    assert admin.get(path_to("Deployment", "web", web))["spec"]["replicas"] == 4


def test_an_image_is_undone(call: ModuleCalls, web: str) -> None:
    images = {"web": NEW_IMAGE}
    done = record_of(call("update_image", "runner", name="web", namespace=web, containers=images))
    undone = call("execution_undo", "runner", execution=done)
    assert_succeeded(undone)
    assert undone["diff"]["before"] == {"images": images}
    assert one(call, done)["phase"] == "RolledBack"


def test_a_cordon_is_undone(call: ModuleCalls, landing: Landing, admin: PlainClient) -> None:
    done = record_of(call("cordon_node", "runner", name=landing.spare))
    assert_succeeded(call("execution_undo", "runner", execution=done))
    assert "unschedulable" not in admin.get(path_to("Node", landing.spare))["spec"]


def test_a_drain_is_undone_as_far_as_that_goes(call: ModuleCalls, landing: Landing, admin: PlainClient) -> None:
    done = record_of(call("drain_node", "runner", name=landing.node))
    assert one(call, done)["undo"]["note"] == "The pods stay where they have gone."
    assert_succeeded(call("execution_undo", "runner", execution=done))
    assert "unschedulable" not in admin.get(path_to("Node", landing.node))["spec"]
    assert one(call, done)["phase"] == "RolledBack"


def test_a_deleted_pod_does_not_come_back(call: ModuleCalls, landing: Landing) -> None:
    done = record_of(call("delete_pod", "runner", name=landing.pod, namespace=landing.namespace))
    refused = call("execution_undo", "runner", execution=done)
    assert_failed(refused, "invalid_parameters", "undo.no-way-back")
    assert "does not come back" in refused["msg"]


def test_a_change_of_somebody_else_is_undone_by_force_only(call: ModuleCalls, web: str, admin: PlainClient) -> None:
    done = record_of(call("scale_deployment", "runner", name="web", namespace=web, replicas=4))
    admin.patch(path_to("Deployment", "web", web), {"spec": {"replicas": 5}})
    refused = call("execution_undo", "runner", execution=done)
    assert_failed(refused, "denied", "undo.changed-since")
    assert "replicas is 5, and the execution left 4." in refused["msg"]
    assert one(call, done)["phase"] == "Succeeded"
    assert_succeeded(call("execution_undo", "runner", execution=done, force=True))
    assert one(call, done)["phase"] == "RolledBack"


def test_a_successor_of_the_target_is_not_touched(call: ModuleCalls, web: str, admin: PlainClient) -> None:
    done = record_of(call("scale_deployment", "runner", name="web", namespace=web, replicas=4))
    admin.delete(path_to("Deployment", "web", web))
    settled_deployment(admin, web, replicas=4)
    refused = call("execution_undo", "runner", execution=done, force=True)
    assert_failed(refused, "denied", "undo.target-replaced")
    admin.delete(path_to("Deployment", "web", web))
    refused = call("execution_undo", "runner", execution=done, force=True)
    assert_failed(refused, "invalid_parameters", "target.not-found")


def test_check_mode_undoes_nothing(call: ModuleCalls, web: str, proxy: ApiProxy) -> None:
    done = record_of(call("scale_deployment", "runner", name="web", namespace=web, replicas=4))
    through = replace(call, kubeconfigs={"runner": proxy.kubeconfig()})
    forecast = through("execution_undo", "runner", execution=done, check_mode=True)
    assert_succeeded(forecast)
    assert (forecast["diff"]["after"], forecast["execution"]["record"]) == ({"replicas": 2}, "")
    assert forecast["decision"]["allowed"] is True
    assert proxy.writes() == []
    assert one(call, done)["phase"] == "Succeeded"


def test_an_undo_that_needs_an_approval_waits_for_it(call: ModuleCalls, change: Change) -> None:
    call("approve_execution", "approver", execution=change.waiting())
    done = record_of(change.ask())
    waiting = call("execution_undo", "runner", execution=done, wait=False)
    assert_failed(waiting, "awaiting_approval", "change-approval.required")
    call("approve_execution", "approver", execution=waiting["execution"]["record"])
    assert_succeeded(call("execution_undo", "runner", execution=done, wait=False))
    assert one(call, done)["phase"] == "RolledBack"


def test_an_undo_that_died_before_its_last_word_is_recognised(call: ModuleCalls, web: str, site: Site) -> None:
    """As after a kill between the undo and the note in the record of what it undid."""
    done = record_of(call("scale_deployment", "runner", name="web", namespace=web, replicas=4))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            "ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.undo_task._put_on_record",
            lambda outcome, *_: outcome,
        )
        by = record_of(call("execution_undo", "runner", execution=done))
    assert one(call, done)["phase"] == "Succeeded"
    assert_succeeded(call("execution_undo", "runner", execution=done), changed=False)
    original = one(call, done)
    assert (original["phase"], original["undone_by"]) == ("RolledBack", by)


def test_what_changed_nothing_is_not_undone(call: ModuleCalls, change: Change, site: Site) -> None:
    refused = call("execution_undo", "runner", execution=change.waiting())
    assert_failed(refused, "invalid_parameters", "undo.nothing-changed")
    running = site.recorded("Executing").rpartition("/")[2]
    assert_failed(call("execution_undo", "runner", execution=running), "invalid_parameters", "undo.not-ended")
    refused = call("execution_undo", "runner", execution="scale-deployment-000000000000")
    assert_failed(refused, "invalid_parameters", "execution.unknown")


# Looking up


@pytest.fixture(scope="module")
def many(site: Site) -> str:
    """A namespace's name under which five records exist: two of them denied, one on another target, one of each kind."""
    name = f"info-{secrets.token_hex(4)}"
    for number, (phase, target) in enumerate(
        [("Rejected", "web"), ("Rejected", "web"), ("Executing", "web"), ("AwaitingApproval", "web"), ("Failed", "db")]
    ):
        body = site.execution(target={"kind": "Deployment", "namespace": name, "name": target, "uid": f"u-{number}"})
        labels = {"action": "ScaleDeployment", "kind": "Deployment", "namespace": name, "name": target}
        body["metadata"]["labels"] = {f"guardrail.dev/{key}": value for key, value in labels.items()}
        created = site.runner.create(EXECUTIONS, body)
        assert site.runner.sets(f"{EXECUTIONS}/{created['metadata']['name']}", {"phase": phase})[0] == 200
    return name


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        pytest.param({}, 5, id="namespace"),
        pytest.param({"target": "web"}, 4, id="target"),
        pytest.param({"kind": "Node"}, 0, id="kind"),
        pytest.param({"action": "ScaleDeployment", "target": "db"}, 1, id="action and target"),
        pytest.param({"phases": ["Rejected", "Failed"]}, 3, id="phases"),
        pytest.param({"phases": ["Pending"]}, 0, id="phase of none"),
        pytest.param({"since": "1h"}, 5, id="since a span"),
        pytest.param({"since": "2199-01-01T00:00:00Z"}, 0, id="since the future"),
    ],
)
def test_all_filters_have_to_match(call: ModuleCalls, many: str, filters: dict[str, Any], count: int) -> None:
    found = call("execution_info", "auditor", namespace=many, **filters)
    assert (len(found["executions"]), found["truncated"]) == (count, False)


def test_the_newest_come_first_and_the_limit_is_told(call: ModuleCalls, web: str) -> None:
    names = [
        record_of(call("scale_deployment", "runner", name="web", namespace=web, replicas=replicas, wait=False))
        for replicas in (3, 4)
    ]
    found = call("execution_info", "auditor", namespace=web)["executions"]
    assert {it["name"] for it in found} == set(names)
    moments = [it["created"] for it in found]
    assert moments == sorted(moments, reverse=True)
    limited = call("execution_info", "auditor", namespace=web, limit=1)
    assert (len(limited["executions"]), limited["truncated"]) == (1, True)
    assert call("execution_info", "auditor", namespace=web, requester=RUNNER, limit=2)["truncated"] is False
    assert call("execution_info", "auditor", namespace=web, requester="alice")["executions"] == []


def test_a_record_past_its_time_is_shown_as_lost(call: ModuleCalls, site: Site) -> None:
    name = site.recorded(pendingSeconds=1).rpartition("/")[2]
    end = time.monotonic() + 10
    while not one(call, name)["lost"]:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_what_does_not_exist_is_no_failure(call: ModuleCalls) -> None:
    for name in ("scale-deployment-000000000000", "../secrets"):
        found = call("execution_info", "auditor", name=name)
        assert (found["executions"], found.get("failed")) == ([], None)


@pytest.mark.parametrize(
    ("options", "code"),
    [({"since": "yesterday"}, "request.since-invalid"), ({"limit": 0}, "request.limit-invalid")],
)
def test_options_that_cannot_be_are_told(call: ModuleCalls, options: dict[str, Any], code: str) -> None:
    assert_failed(call("execution_info", "auditor", **options), "invalid_parameters", code)


def test_who_may_not_look_is_told(call: ModuleCalls) -> None:
    assert_failed(call("execution_info", "tenant"), "api_error", "api.forbidden")


def test_looking_up_writes_nothing(call: ModuleCalls, proxy: ApiProxy) -> None:
    through = replace(call, kubeconfigs={"runner": proxy.kubeconfig()})
    through("execution_info", "runner", approvals=True, open_reviews=True, since="1h")
    assert {request.method for request in proxy.requests()} == {"GET"}


# Playbooks


def test_the_playbooks_approve_and_undo(change: Change, call: ModuleCalls, cluster: Cluster, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()

    def play(name: str, identity: str, *arguments: str) -> tuple[int, str]:
        place = tmp_path / secrets.token_hex(4)
        run = Ansible(available_lines()[0], cluster.kubeconfig(identity), home, place)
        found = run.run(f"guardrail.kubernetes.{name}", arguments)
        return found.status, found.output

    waiting = change.waiting(reason="fix for the till")
    status, output = play("approve", "approver", "-e", f"execution={waiting}")
    assert (status, "Nothing was approved." in output, SECOND in output, "fix for the till" in output) == (
        2,
        True,
        True,
        True,
    )
    assert call("execution_info", "auditor", name=waiting, approvals=True)["approvals"] == []
    status, output = play("approve", "approver", "-e", f"execution={waiting}", "-e", "confirm=yes")
    assert (status, "Approved: UpdateImage on Deployment" in output) == (0, True), output
    done = record_of(change.ask())
    status, output = play("undo", "runner", "-e", f"execution={done}")
    assert (status, "guardrail.kubernetes.approve -e execution=" in output) == (2, True), output
