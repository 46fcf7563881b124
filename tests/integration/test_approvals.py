# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Attacks on approvals, each against the real API server with real identities: what the gate refuses to believe.

What the API server refuses to store at all is in ``test_admission.py``: a forged approver, an approver without the verb, a
changed approval, one that is used twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import task
from tests.cluster.cluster import Cluster
from tests.integration.admission_site import APPROVALS, EXECUTIONS, RUNNER, Site
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Answer
from tests.integration.gate_calls import GateCalls, Result, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import deployment, new_namespace

pytest_plugins = ("tests.integration.gate_fixtures",)

FIRST, SECOND, THIRD = (f"registry.example.com/web@sha256:{digit * 64}" for digit in "123")
POLICY = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/guardrail-approvals"
BINDING = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/guardrail-approvals"
EMERGENCY = "the shop is down and nobody else is awake"


@pytest.fixture(scope="module")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(cluster, tmp_path_factory.mktemp("identities"))
    yield made
    made.clear()


@dataclass
class Change:
    """A new image for a Deployment in production, which needs an approval."""

    gate: GateCalls
    site: Site
    namespace: str

    def ask(self, image: str = SECOND, **options: Any) -> Result:
        """Run the task."""
        return self.gate(
            "UpdateImage", name="web", namespace=self.namespace, containers={"web": image}, wait=False, **options
        )

    def approve(self, asked: Result, **changes: Any) -> str:
        """Approve what was asked, as the approver, but for ``changes``. Path of the approval."""
        record = self.site.admin.get(f"{EXECUTIONS}/{asked['execution']['record']}")["spec"]
        target = {key: record["target"][key] for key in ("kind", "namespace", "name", "uid")}
        spec = {"digest": record["digest"], "action": record["action"], "target": target, **changes}
        return self.site.approved(**spec)

    def image(self) -> str:
        found = self.site.admin.get(path_to("Deployment", "web", self.namespace))
        return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


@pytest.fixture
def change(gate: GateCalls, site: Site, admin: PlainClient) -> Iterator[Change]:
    with new_namespace(admin, "production") as namespace:
        body = deployment(namespace, replicas=1)
        body["spec"]["template"]["spec"]["containers"][0]["image"] = FIRST
        admin.apply(body)
        yield Change(gate, site, namespace)


def phase(admin: PlainClient, result: Result) -> str:
    return str(admin.get(f"{EXECUTIONS}/{result['execution']['record']}")["status"]["phase"])


def assert_waits(change: Change, result: Result, why: str = "") -> None:
    """It still waits for an approval, nothing was done, and the user is told why the one there is does not count."""
    assert_failed(result, "awaiting_approval", "change-approval.required")
    assert result["execution"]["phase"] == "AwaitingApproval"
    assert change.image() == FIRST
    said = " ".join(result.get("warnings", []))
    assert why in said, said
    assert bool(why) == ("does not count" in said)


def test_an_approved_change_goes_through_once(change: Change, admin: PlainClient) -> None:
    asked = change.ask()
    assert_waits(change, asked)
    assert f"-e execution={asked['execution']['record']}" in asked["msg"]
    approval = change.approve(asked)

    done = change.ask()
    assert_succeeded(done)
    assert change.image() == SECOND
    assert done["execution"]["digest"] == asked["execution"]["digest"]
    assert done["execution"]["approvals"] == [approval.rpartition("/")[2]]
    status = admin.get(approval)["status"]
    assert status["consumedBy"] == done["execution"]["record"]
    assert (phase(admin, asked), phase(admin, done)) == ("Rejected", "Succeeded")
    record = admin.get(f"{EXECUTIONS}/{asked['execution']['record']}")["status"]
    assert record["supersededBy"] == done["execution"]["record"]


def test_an_approval_is_not_good_for_a_second_time(change: Change, admin: PlainClient) -> None:
    change.approve(change.ask())
    done = change.ask()
    assert_succeeded(done)
    admin.patch(
        path_to("Deployment", "web", change.namespace),
        {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": FIRST}]}}}},
    )
    assert_waits(change, change.ask(), f"it was used by {done['execution']['record']}")


def test_another_image_needs_another_approval(change: Change) -> None:
    change.approve(change.ask(SECOND))
    assert_waits(change, change.ask(THIRD))


def test_other_parameters_need_another_approval(change: Change) -> None:
    change.approve(change.ask())
    swapped = change.gate(
        "UpdateImage", name="web", namespace=change.namespace, kind="Deployment", containers={"web": THIRD}, wait=False
    )
    assert_waits(change, swapped)


def test_check_mode_uses_nothing_up(change: Change, admin: PlainClient) -> None:
    approval = change.approve(change.ask())
    rehearsed = change.ask(check_mode=True)
    assert_succeeded(rehearsed)
    assert "consumedBy" not in admin.get(approval).get("status", {})
    assert_succeeded(change.ask())


def test_nobody_approves_his_own_request(change: Change, site: Site, afterwards: ExitStack) -> None:
    """The runner holds the right to approve by mistake: the API server lets it write an approval, the gate ignores it."""
    asked = change.ask()
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    site.bind("test-self-approval", "runner", "Role", "guardrail-approver", "guardrail-system")
    afterwards.callback(site.admin.delete, f"{rbac}/namespaces/guardrail-system/rolebindings/test-self-approval")
    site.bind("test-self-approval", "runner", "ClusterRole", "guardrail-approve", "")
    afterwards.callback(site.admin.delete, f"{rbac}/clusterrolebindings/test-self-approval")
    record = site.admin.get(f"{EXECUTIONS}/{asked['execution']['record']}")["spec"]
    target = {key: record["target"][key] for key in ("kind", "namespace", "name", "uid")}
    body = site.approval(digest=record["digest"], action=record["action"], target=target, approver=RUNNER)
    end = time.monotonic() + 5
    while site.runner.ask("POST", APPROVALS, body)[0] != 201:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert_waits(change, change.ask(), "it comes from the identity that asks")


def test_a_conflict_does_not_cost_the_approval(change: Change, proxy: ApiProxy) -> None:
    """Judged again, the approval that this very execution has used up still counts for it."""
    change.approve(change.ask())
    proxy.fault(
        lambda request: request.method == "PATCH" and "/deployments/web" in request.path and request.is_write,
        Answer(409),
    )
    done = change.ask()
    assert_succeeded(done)
    assert done["execution"]["attempts"] == 2
    assert change.image() == SECOND


@pytest.mark.parametrize("claimed", ["approver", "system:serviceaccount:guardrail-identities:approver", "Approver"])
def test_whoever_launched_it_does_not_approve_it(change: Change, claimed: str) -> None:
    claims = {"awx_user_name": claimed}
    change.approve(change.ask(claims=claims))
    assert_waits(change, change.ask(claims=claims), "in whose name the action was launched")


def test_an_approval_expires_by_the_api_servers_clock(
    change: Change, policies: PublishedPolicies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of the machine that runs the task lies: it is still yesterday there."""

    class Yesterday(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime(2020, 1, 1, tzinfo=UTC)

    approvals = policies.real.data["config"]["approvals"]
    policies.publish(policies.with_config(approvals={**approvals, "max_valid_seconds": 2}))
    change.approve(change.ask(), validForSeconds=3600)
    time.sleep(2.1)
    monkeypatch.setattr(task, "datetime", Yesterday)
    assert_waits(change, change.ask(), "it expired at 2")


def test_an_approval_is_for_one_object_and_not_for_its_successor(change: Change, admin: PlainClient) -> None:
    change.approve(change.ask())
    admin.delete(path_to("Deployment", "web", change.namespace))
    admin.until(path_to("Deployment", "web", change.namespace), lambda found: found is None)
    body = deployment(change.namespace, replicas=1)
    body["spec"]["template"]["spec"]["containers"][0]["image"] = FIRST
    admin.apply(body)
    assert_waits(change, change.ask())


def test_the_right_to_approve_elsewhere_does_not_do(change: Change, site: Site) -> None:
    """Somebody may approve in another namespace, names that one as the target, and gives the digest of this request."""
    elsewhere = {"kind": "Deployment", "namespace": "tenant", "name": "web", "uid": "u-1"}
    change.approve(change.ask(), target=elsewhere)
    assert_waits(change, change.ask(), "it names another action or another target than its digest")


def test_an_approval_for_another_action_does_not_do(change: Change) -> None:
    change.approve(change.ask(), action="RolloutRestart")
    assert_waits(change, change.ask(), "it names another action or another target than its digest")


def test_a_right_that_was_withdrawn_takes_its_approvals_along(change: Change, site: Site) -> None:
    asked = change.ask()
    roles = {"Role": ("guardrail-approver", "guardrail-system"), "ClusterRole": ("guardrail-approve", change.namespace)}
    visitor = site.newcomer("approver-for-a-while", **roles)
    record = site.admin.get(f"{EXECUTIONS}/{asked['execution']['record']}")["spec"]
    target = {key: record["target"][key] for key in ("kind", "namespace", "name", "uid")}
    visitor.create(
        APPROVALS,
        site.approval(digest=record["digest"], action=record["action"], target=target, approver=visitor.username),
    )
    bindings = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{change.namespace}/rolebindings"
    for binding in site.admin.names(bindings):
        site.admin.delete(f"{bindings}/{binding}")
    end = time.monotonic() + 5
    while (result := change.ask(check_mode=True)).get("failed") is None:
        assert time.monotonic() < end, "the right is still there"
        time.sleep(0.1)
    assert_waits(change, change.ask(), f"has no right to approve in namespace {change.namespace}")
    assert result["reason"] == "awaiting_approval"


class TestQuorum:
    """Two have to approve."""

    @pytest.fixture(autouse=True)
    def two(self, policies: PublishedPolicies) -> None:
        approvals = policies.real.data["config"]["approvals"]
        policies.publish(policies.with_config(approvals={**approvals, "quorum": {"default": 1, "UpdateImage": 2}}))

    def test_the_same_person_twice_is_one(self, change: Change) -> None:
        asked = change.ask()
        change.approve(asked)
        change.approve(asked)
        assert_waits(change, change.ask())

    def test_two_people_are_two_and_both_approvals_are_used(self, change: Change, site: Site) -> None:
        asked = change.ask()
        first = change.approve(asked)
        second = self.by_the_admin(change, site, asked)
        done = change.ask()
        assert_succeeded(done)
        assert sorted(done["execution"]["approvals"]) == sorted(path.rpartition("/")[2] for path in (first, second))
        for path in (first, second):
            assert site.admin.get(path)["status"]["consumedBy"] == done["execution"]["record"]

    def test_the_quorum_is_not_what_a_record_says(self, change: Change, site: Site) -> None:
        """Whoever can write records lowers the number there; it is shown to people, and judged is the library's."""
        asked = change.ask()
        path = f"{EXECUTIONS}/{asked['execution']['record']}"
        assert site.admin.get(path)["status"]["approvalsRequired"] == 2
        assert site.runner.sets(path, {"approvalsRequired": 1})[0] == 200
        change.approve(asked)
        assert_waits(change, change.ask())

    def test_a_quorum_that_cannot_be_read_denies(self, change: Change, policies: PublishedPolicies) -> None:
        change.approve(change.ask())
        approvals = policies.real.data["config"]["approvals"]
        policies.publish(policies.with_config(approvals={**approvals, "quorum": {"default": 0}}))
        result = change.ask()
        assert (result["failed"], result["reason"], result["changed"]) == (True, "denied", False)
        assert change.image() == FIRST

    @staticmethod
    def by_the_admin(change: Change, site: Site, asked: Result) -> str:
        record = site.admin.get(f"{EXECUTIONS}/{asked['execution']['record']}")["spec"]
        target = {key: record["target"][key] for key in ("kind", "namespace", "name", "uid")}
        who = site.admin.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})["status"]["userInfo"]
        body = site.approval(
            digest=record["digest"],
            action=record["action"],
            target=target,
            approver=who["username"],
            approverGroups=who["groups"],
        )
        return f"{APPROVALS}/{site.admin.create(APPROVALS, body)['metadata']['name']}"


class TestUnguarded:
    """The admission policy that vouches for approvers is not in force: no approval can be believed."""

    @pytest.fixture(autouse=True)
    def put_back(self, site: Site) -> Iterator[None]:
        before = {path: site.admin.get(path) for path in (POLICY, BINDING)}
        yield
        for path, found in before.items():
            if site.admin.find(path) is None:
                metadata = {key: found["metadata"][key] for key in ("name", "labels") if key in found["metadata"]}
                site.admin.create(path.rpartition("/")[0], {**found, "metadata": metadata, "status": None})
            else:
                site.admin.patch(path, {"spec": {**dict.fromkeys(site.admin.get(path)["spec"]), **found["spec"]}})
        self.await_force(site)

    @pytest.mark.parametrize("path", [POLICY, BINDING], ids=["policy", "binding"])
    def test_removed(self, change: Change, site: Site, path: str) -> None:
        change.approve(change.ask())
        site.admin.delete(path)
        assert_waits(change, change.ask(), "is not installed")

    def test_no_longer_failing_closed(self, change: Change, site: Site) -> None:
        change.approve(change.ask())
        site.admin.patch(POLICY, {"spec": {"failurePolicy": "Ignore"}})
        assert_waits(change, change.ask(), "does not fail closed")

    @pytest.mark.parametrize(
        "spec",
        [
            {"validationActions": ["Audit"]},
            {"matchResources": {"namespaceSelector": {"matchLabels": {"a": "b"}}}},
        ],
        ids=["audit-only", "elsewhere-only"],
    )
    def test_no_longer_enforced(self, change: Change, site: Site, spec: dict[str, Any]) -> None:
        change.approve(change.ask())
        site.admin.patch(BINDING, {"spec": spec})
        assert_waits(change, change.ask(), "is not enforced everywhere")

    @staticmethod
    def await_force(site: Site) -> None:
        """Until a forged approval is refused again."""
        end = time.monotonic() + 15
        while site.approver.ask("POST", f"{APPROVALS}?dryRun=All", site.approval(approver="somebody"))[0] == 201:
            assert time.monotonic() < end, "the admission policy does not come back into force"
            time.sleep(0.1)


class TestOverrides:
    """In an emergency somebody with the verb lifts what the library lets an override lift."""

    @pytest.fixture(autouse=True)
    def override_right(self, site: Site, afterwards: ExitStack) -> None:
        site.bind("test-override", "approver", "ClusterRole", "guardrail-override", "")
        afterwards.callback(site.admin.delete, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/test-override")
        body = {"type": "Override", "reason": EMERGENCY}
        end = time.monotonic() + 5
        while site.approver.ask("POST", f"{APPROVALS}?dryRun=All", site.approval(**body))[0] != 201:
            assert time.monotonic() < end
            time.sleep(0.05)

    def test_it_goes_through_with_a_warning_and_leaves_a_review_open(self, change: Change, site: Site) -> None:
        override = change.approve(change.ask(), type="Override", reason=EMERGENCY)
        done = change.ask()
        assert_succeeded(done)
        assert any(EMERGENCY in warning and "review is open" in warning for warning in done["warnings"]), done[
            "warnings"
        ]
        status = site.admin.get(override)["status"]
        assert status["review"] == {"state": "Open"}
        assert status["consumedBy"] == done["execution"]["record"]

    def test_it_does_not_lift_what_the_library_keeps(self, change: Change) -> None:
        asked = change.ask("evil.example.net/web@sha256:" + "4" * 64)
        assert asked["reason"] == "denied"
        change.approve(asked, type="Override", reason=EMERGENCY)
        again = change.ask("evil.example.net/web@sha256:" + "4" * 64)
        assert (again["failed"], again["reason"]) == (True, "denied")
        assert change.image() == FIRST
