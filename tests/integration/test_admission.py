# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API server itself refuses, whatever client asks: forged, changed, reused and vanishing records."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.cluster.cluster import Cluster
from tests.integration.admission_site import (
    APPROVALS,
    APPROVER,
    AUDITOR,
    EXECUTIONS,
    RUNNER,
    SYSTEM,
    Identity,
    Site,
)
from tests.integration.conftest import Kubectl

PHASES = ("Pending", "Rejected", "AwaitingApproval", "Executing", "Succeeded", "Failed", "RolledBack")
WAYS = {
    "Pending": (),
    "Rejected": ("Rejected",),
    "AwaitingApproval": ("AwaitingApproval",),
    "Executing": ("Executing",),
    "Succeeded": ("Executing", "Succeeded"),
    "Failed": ("Failed",),
    "RolledBack": ("Executing", "Succeeded", "RolledBack"),
}
NEXT = {
    "Pending": {"Rejected", "AwaitingApproval", "Executing", "Failed"},
    "Rejected": set[str](),
    "AwaitingApproval": {"Rejected"},
    "Executing": {"Succeeded", "Failed"},
    "Succeeded": {"RolledBack"},
    "Failed": {"RolledBack"},
    "RolledBack": set[str](),
}
EMERGENCY = "the shop is down and nobody else is awake"
NOW = "2026-01-01T00:00:00Z"
OPEN = {"state": "Open"}


@pytest.fixture(scope="module")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(cluster, tmp_path_factory.mktemp("identities"))
    yield made
    made.clear()


@pytest.fixture(scope="module")
def commander(site: Site) -> Identity:
    """May override everywhere, and close reviews too."""
    return site.newcomer(
        "commander",
        Role=("guardrail-approver", SYSTEM),
        ClusterRole=("guardrail-override", ""),
        ClusterRole2=("guardrail-review", SYSTEM),
    )


@pytest.fixture(scope="module")
def clerk(site: Site) -> Identity:
    """May write approvals, but approve nothing."""
    return site.newcomer("clerk", Role=("guardrail-approver", SYSTEM))


@pytest.fixture(scope="module")
def lead(site: Site) -> Identity:
    """May approve what happens in namespace tenant."""
    return site.newcomer("lead", Role=("guardrail-approver", SYSTEM), ClusterRole=("guardrail-approve", "tenant"))


@pytest.fixture
def overridden(site: Site, commander: Identity) -> str:
    """Path of an override that was used, so that its review is open."""
    body = site.approval(type="Override", reason=EMERGENCY, approver=commander.username)
    path = f"{APPROVALS}/{commander.create(APPROVALS, body)['metadata']['name']}"
    assert site.runner.sets(path, {"consumedBy": "scale-deployment-1", "consumedAt": NOW, "review": OPEN}) == (200, "")
    return path


def closed(by: str, **changes: Any) -> dict[str, Any]:
    return {"review": {"state": "Closed", "closedBy": by, "closedAt": NOW, "note": "it was justified", **changes}}


# Executions


def test_a_new_record_is_pending_at_once_and_can_be_selected(site: Site) -> None:
    created = site.runner.create(EXECUTIONS, site.execution())
    spec, name = created["spec"], created["metadata"]["name"]
    assert created["status"] == {"phase": "Pending"}
    for wanted in ("status.phase=Pending", f"spec.digest={spec['digest']}", f"spec.target.uid={spec['target']['uid']}"):
        assert name in site.runner.names(f"{EXECUTIONS}?fieldSelector={quote(wanted)}")
    assert name not in site.runner.names(f"{EXECUTIONS}?fieldSelector={quote('status.phase!=Pending')}")


def test_a_record_in_another_name_is_refused(site: Site) -> None:
    status, message = site.runner.tries("POST", EXECUTIONS, site.execution(requester="alice"))
    assert status == 403
    assert f"spec.requester has to be the author of the record, {RUNNER}, and is alice." in message


def test_the_administrator_writes_no_record_in_another_name_either(site: Site) -> None:
    assert site.admin.tries("POST", EXECUTIONS, site.execution())[0] == 403


def test_records_and_approvals_live_in_one_namespace(site: Site) -> None:
    record, approval = site.execution(), site.approval()
    for body, plural in ((record, "kubernetesexecutions"), (approval, "executionapprovals")):
        body["metadata"]["namespace"] = "tenant"
        path = f"/apis/guardrail.dev/v1alpha1/namespaces/tenant/{plural}"
        status, message = site.admin.tries("POST", path, body)
        assert (status, "are kept in namespace guardrail-system only" in message) == (403, True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"parameters": {"replicas": 30}}, id="parameter"),
        pytest.param({"parameters": {"replicas": None, "renamed": 3}}, id="name of a parameter"),
        pytest.param({"parameters": {"nested": {"a": [1]}}}, id="further parameter"),
        pytest.param({"digest": "0" * 64}, id="digest"),
        pytest.param({"requester": "alice"}, id="requester"),
        pytest.param({"target": {"uid": "u-2"}}, id="uid of the target"),
        pytest.param({"reason": "another one"}, id="reason"),
        pytest.param({"timeoutSeconds": 1}, id="deadline"),
    ],
)
def test_the_spec_of_a_record_stays(site: Site, change: dict[str, Any]) -> None:
    status, message = site.admin.tries("PATCH", site.recorded(), {"spec": change})
    assert (status, "The spec of an execution cannot be changed." in message) == (422, True)


def test_who_writes_records_cannot_touch_their_labels(site: Site) -> None:
    path = site.recorded()
    assert site.runner.tries("PATCH", path, {"metadata": {"labels": {"a": "b"}}})[0] == 403
    site.runner.patch(f"{path}/status", {"metadata": {"labels": {"a": "b"}}, "status": {"progress": "1/2"}})
    found = site.runner.get(path)
    assert ("labels" in found["metadata"], found["status"]["progress"]) == (False, "1/2")


@pytest.mark.parametrize("before", PHASES)
def test_a_phase_only_moves_forward(site: Site, before: str) -> None:
    path = site.recorded(*WAYS[before])
    possible = {
        after
        for after in PHASES
        if site.runner.tries("PATCH", f"{path}/status?dryRun=All", {"status": {"phase": after}})[0] == 200
    }
    assert possible == NEXT[before] | {before}


def test_the_refusal_of_a_phase_names_both(site: Site) -> None:
    status, message = site.runner.sets(site.recorded("Executing"), {"phase": "Rejected"})
    assert (status, "An execution does not go from Executing to Rejected." in message) == (422, True)


def test_a_status_cannot_be_reset_by_removing_it(site: Site) -> None:
    path = site.recorded("Rejected")
    for emptied in (None, {"phase": None}):
        assert site.runner.sets(path, emptied)[0] == 422


@pytest.mark.parametrize("key", ["decision", "audit"])
def test_what_is_evidence_stays_when_the_execution_has_ended(site: Site, key: str) -> None:
    evidence = {"decision": {"allowed": False, "reason": "denied"}, "audit": {"chain": "c", "sequence": 7, "hash": "h"}}
    forged: dict[str, Any] = {"decision": {"allowed": True}, "audit": {"sequence": 8}}
    path = site.recorded()
    assert site.runner.sets(path, {"phase": "Rejected", **evidence})[0] == 200
    assert site.runner.sets(path, {key: forged[key]})[0] == 422
    assert site.runner.sets(path, {key: None})[0] == 422
    assert site.runner.sets(path, {"undoneBy": "execution-undo-1", **evidence})[0] == 200


def test_a_stale_version_is_no_precondition_that_holds(site: Site) -> None:
    """How the gate admits at most so many: of two who saw the same record, one wins."""
    path = site.recorded()
    seen = site.runner.get(path)["metadata"]["resourceVersion"]
    body = {"metadata": {"resourceVersion": seen}, "status": {"phase": "Executing"}}
    assert site.runner.tries("PATCH", f"{path}/status", body) == (200, "")
    assert site.runner.tries("PATCH", f"{path}/status", body)[0] == 409


@pytest.mark.parametrize("phase", PHASES)
def test_a_record_that_still_counts_is_not_deleted(site: Site, phase: str) -> None:
    status, message = site.admin.tries("DELETE", f"{site.recorded(*WAYS[phase])}?dryRun=All")
    unfinished = phase in ("Pending", "Executing")
    assert status == (403 if unfinished else 200)
    assert ("Pending or Executing cannot be deleted" in message) == unfinished


def test_who_writes_records_deletes_old_ones_together_only(site: Site) -> None:
    mark = secrets.token_hex(4)
    names = []
    for phase in ("Succeeded", "Executing", "Rejected"):
        body = site.execution()
        body["metadata"]["labels"] = {"mark": mark}
        names.append(site.runner.create(EXECUTIONS, body)["metadata"]["name"])
        for step in WAYS[phase]:
            site.runner.sets(f"{EXECUTIONS}/{names[-1]}", {"phase": step})
    assert site.runner.tries("DELETE", f"{EXECUTIONS}/{names[0]}")[0] == 403
    marked = f"{EXECUTIONS}?labelSelector=mark%3D{mark}"
    ended = f"{marked}&fieldSelector={quote('status.phase!=Pending,status.phase!=Executing')}"
    assert site.runner.tries("DELETE", ended)[0] == 200
    assert site.runner.names(marked) == [names[1]]
    assert site.runner.tries("DELETE", marked)[0] == 403


@pytest.mark.parametrize("collection", [EXECUTIONS, APPROVALS], ids=["record", "approval"])
@pytest.mark.parametrize("identity", ["tenant", "policy-admin"])
def test_others_neither_read_nor_write(site: Site, collection: str, identity: str) -> None:
    path, body = (site.recorded(), site.execution()) if collection == EXECUTIONS else (site.approved(), site.approval())
    other = site.named(identity)
    answers = [
        other.tries(*request)[0]
        for request in (
            ("GET", collection),
            ("GET", path),
            ("POST", collection, body),
            ("PATCH", path, {"metadata": {"labels": {"a": "b"}}}),
            ("PATCH", f"{path}/status", {"status": {"message": "mine"}}),
            ("DELETE", path),
            ("DELETE", collection),
        )
    ]
    assert answers == [403] * 7


def test_the_list_is_readable(site: Site, kubectl: Kubectl) -> None:
    path = site.recorded("Executing")
    site.runner.sets(path, {"progress": "37/100 evicted", "message": "3 held by PDB shop/web"})
    header, *rows = kubectl("get", "kexec", "--all-namespaces", check=True).stdout.splitlines()
    assert header.split() == [
        *("NAMESPACE", "NAME", "ACTION", "KIND", "IN", "TARGET", "PHASE", "PROGRESS", "REQUESTER", "AGE", "REASON")
    ]
    name = path.rpartition("/")[2]
    row = next(row for row in rows if name in row).split("  ")
    cells = [cell.strip() for cell in row if cell.strip()]
    assert cells[:9] == [
        *(SYSTEM, name, "ScaleDeployment", "Deployment", "tenant", "web", "Executing", "37/100 evicted", RUNNER)
    ]
    assert cells[10:] == ["3 held by PDB shop/web"]


# Approvals


@pytest.mark.parametrize("who", ["approver", "auditor", "runner", "admin"])
def test_an_approval_in_another_name_is_refused(site: Site, who: str) -> None:
    status, message = site.named(who).tries("POST", APPROVALS, site.approval(approver="alice"))
    assert status == 403
    assert ("spec.approver has to be the author" in message) == (who in ("approver", "admin"))


def test_who_runs_actions_gives_no_approval(site: Site) -> None:
    status, message = site.runner.tries("POST", APPROVALS, site.approval(approver=RUNNER))
    assert (status, 'cannot create resource "executionapprovals"' in message) == (403, True)


def test_an_approval_names_groups_of_its_author_only(site: Site) -> None:
    mine = ["system:serviceaccounts", "system:authenticated"]
    assert site.approver.tries("POST", f"{APPROVALS}?dryRun=All", site.approval(approverGroups=mine)) == (201, "")
    status, message = site.approver.tries("POST", APPROVALS, site.approval(approverGroups=[*mine, "system:masters"]))
    assert (status, "spec.approverGroups names a group that the author is not in." in message) == (403, True)


def test_an_approval_needs_the_verb(site: Site, clerk: Identity) -> None:
    status, message = clerk.tries("POST", APPROVALS, site.approval(approver=clerk.username))
    assert status == 403
    assert f"{clerk.username} lacks the verb approve on kubernetesexecutions.guardrail.dev in namespace tenant." in (
        message
    )


@pytest.mark.parametrize(
    ("target", "status"),
    [
        pytest.param({"kind": "Deployment", "namespace": "tenant", "name": "web"}, 201, id="there"),
        pytest.param({"kind": "Deployment", "namespace": "default", "name": "web"}, 403, id="elsewhere"),
        pytest.param({"kind": "Node", "namespace": "", "name": "node-1"}, 403, id="cluster"),
        pytest.param({"kind": "Node", "name": "node-1"}, 403, id="nowhere"),
    ],
)
def test_an_approval_needs_the_verb_where_the_target_is(
    site: Site, lead: Identity, target: dict[str, str], status: int
) -> None:
    body = site.approval(approver=lead.username, target=target)
    found, message = lead.tries("POST", f"{APPROVALS}?dryRun=All", body)
    assert found == status
    assert status == 201 or f"{lead.username} lacks the verb approve" in message


@pytest.mark.parametrize(
    "reason",
    [pytest.param(None, id="none"), pytest.param("too short", id="short"), pytest.param(" " * 20, id="blank")],
)
def test_an_override_needs_a_reason(site: Site, commander: Identity, reason: str | None) -> None:
    stated = {} if reason is None else {"reason": reason}
    body = site.approval(type="Override", approver=commander.username, **stated)
    status, message = commander.tries("POST", APPROVALS, body)
    assert (status, "An override needs a reason of at least 10 characters." in message) == (422, True)


def test_who_approves_does_not_override(site: Site) -> None:
    status, message = site.approver.tries("POST", APPROVALS, site.approval(type="Override", reason=EMERGENCY))
    assert (status, f"{APPROVER} lacks the verb override" in message) == (403, True)


def test_who_overrides_does_not_approve(site: Site, commander: Identity) -> None:
    status, message = commander.tries("POST", APPROVALS, site.approval(approver=commander.username))
    assert (status, f"{commander.username} lacks the verb approve" in message) == (403, True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"digest": "0" * 64}, id="digest"),
        pytest.param({"approver": "alice"}, id="approver"),
        pytest.param({"validForSeconds": 604800}, id="validity"),
        pytest.param({"target": {"uid": "u-2"}}, id="uid of the target"),
        pytest.param({"type": "Override", "reason": EMERGENCY}, id="type"),
    ],
)
def test_the_spec_of_an_approval_stays(site: Site, change: dict[str, Any]) -> None:
    status, message = site.admin.tries("PATCH", site.approved(), {"spec": change})
    assert (status, "The spec of an approval cannot be changed." in message) == (422, True)
    assert site.approver.tries("PATCH", site.approved(), {"spec": change})[0] == 403


@pytest.mark.parametrize("seconds", [59, 604801])
def test_an_approval_is_valid_for_a_minute_at_least_and_a_week_at_most(site: Site, seconds: int) -> None:
    assert site.approver.tries("POST", APPROVALS, site.approval(validForSeconds=seconds))[0] == 422


def test_an_approval_is_used_once(site: Site) -> None:
    path = site.approved()
    used = {"consumedBy": "scale-deployment-1", "consumedAt": NOW}
    assert site.runner.sets(path, used) == (200, "")
    assert path.rpartition("/")[2] in site.runner.names(
        f"{APPROVALS}?fieldSelector=status.consumedBy%3D{'scale-deployment-1'}"
    )
    changes: tuple[dict[str, Any] | None, ...] = (
        {"consumedBy": None},
        {"consumedBy": "scale-deployment-2"},
        {"consumedAt": None},
        {"consumedAt": "2027-01-01T00:00:00Z"},
        None,
    )
    for change in changes:
        status, message = site.runner.sets(path, change)
        assert (status, "An approval that was used stays used" in message) == (422, True)
    assert site.admin.sets(path, {"consumedBy": None})[0] == 422


@pytest.mark.parametrize("who", ["approver", "auditor"])
def test_only_who_writes_records_uses_an_approval(site: Site, who: str) -> None:
    assert site.named(who).sets(site.approved(), {"consumedBy": "scale-deployment-1"})[0] == 403


def test_nobody_uses_an_approval_of_their_own(site: Site) -> None:
    both = site.newcomer(
        "both",
        Role=("guardrail-approver", SYSTEM),
        Role2=("guardrail-runner", SYSTEM),
        ClusterRole=("guardrail-approve", ""),
    )
    path = f"{APPROVALS}/{both.create(APPROVALS, site.approval(approver=both.username))['metadata']['name']}"
    status, message = both.sets(path, {"consumedBy": "scale-deployment-1"})
    assert (status, "Nobody can use an approval of their own." in message) == (403, True)
    assert site.runner.sets(path, {"consumedBy": "scale-deployment-1"}) == (200, "")


def test_an_approval_that_was_used_stays(site: Site) -> None:
    used, unused = site.approved(), site.approved()
    site.runner.sets(used, {"consumedBy": "scale-deployment-1"})
    status, message = site.admin.tries("DELETE", used)
    assert (status, "An approval that was used cannot be deleted." in message) == (403, True)
    assert site.admin.tries("DELETE", unused) == (200, "")


def test_an_approval_is_taken_back_by_its_author_alone(site: Site) -> None:
    other = site.newcomer("other-approver", Role=("guardrail-approver", SYSTEM), ClusterRole=("guardrail-approve", ""))
    approval = site.approved()
    status, message = other.tries("DELETE", approval)
    assert (status, "An approval is taken back by its author." in message) == (403, True)
    assert site.approver.tries("DELETE", approval) == (200, "")


# Reviews of overrides


def test_an_override_is_used_with_an_open_review(site: Site, commander: Identity) -> None:
    body = site.approval(type="Override", reason=EMERGENCY, approver=commander.username)
    path = f"{APPROVALS}/{commander.create(APPROVALS, body)['metadata']['name']}"
    status, message = site.runner.sets(path, {"consumedBy": "scale-deployment-1"})
    assert (status, "An override that was used has a review." in message) == (422, True)
    done = {"consumedBy": "scale-deployment-1", **closed(RUNNER)}
    assert site.runner.sets(path, done)[0] == 422
    assert site.runner.sets(path, {"consumedBy": "scale-deployment-1", "review": OPEN}) == (200, "")


@pytest.mark.parametrize(
    ("who", "status", "says"),
    [
        pytest.param("commander", 403, "closed by somebody other than the approver", id="its own approver"),
        pytest.param("runner", 403, "lacks the verb review", id="without the verb"),
        pytest.param("approver", 403, "cannot patch", id="without any right"),
        pytest.param("auditor", 200, "", id="auditor"),
    ],
)
def test_a_review_is_closed_by_somebody_else_who_may(
    site: Site, commander: Identity, overridden: str, who: str, status: int, says: str
) -> None:
    closer = commander if who == "commander" else site.named(who)
    found, message = closer.sets(overridden, closed(closer.username))
    assert (found, says in message) == (status, True)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"closedBy": RUNNER}, 403, id="in another name"),
        pytest.param({"closedBy": None}, 422, id="in nobody's name"),
        pytest.param({"note": None}, 422, id="without a note"),
        pytest.param({"note": " "}, 422, id="with an empty note"),
        pytest.param({"closedAt": None}, 422, id="without a time"),
    ],
)
def test_a_review_is_closed_with_all_that_belongs_to_it(
    site: Site, overridden: str, change: dict[str, Any], status: int
) -> None:
    body = closed(AUDITOR)
    body["review"] = {key: value for key, value in {**body["review"], **change}.items() if value is not None}
    assert site.auditor.sets(overridden, body)[0] == status


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"review": {"state": "Open", "closedBy": None, "closedAt": None, "note": None}}, id="reopen"),
        pytest.param({"review": {"note": "on second thought"}}, id="rewrite"),
        pytest.param({"review": None}, id="remove"),
        pytest.param(None, id="remove all"),
    ],
)
def test_a_closed_review_stays_as_it_is(site: Site, overridden: str, change: dict[str, Any] | None) -> None:
    assert site.auditor.sets(overridden, closed(AUDITOR)) == (200, "")
    assert site.auditor.sets(overridden, change)[0] == 422
    assert site.admin.sets(overridden, change)[0] == 422


def test_an_open_review_cannot_be_removed_and_keeps_its_approval(site: Site, overridden: str) -> None:
    assert site.admin.sets(overridden, {"review": None})[0] == 422
    assert site.admin.tries("DELETE", overridden)[0] == 403


def test_the_list_of_approvals_is_readable(site: Site, overridden: str, kubectl: Kubectl) -> None:
    header, *rows = kubectl(
        "get", "kapproval", f"--namespace={SYSTEM}", identity="auditor", check=True
    ).stdout.splitlines()
    assert header.split() == [
        *("NAME", "TYPE", "ACTION", "IN", "TARGET", "APPROVER", "USED", "BY", "REVIEW", "AGE", "REASON")
    ]
    row = next(row for row in rows if overridden.rpartition("/")[2] in row)
    assert all(word in row for word in ("Override", "ScaleDeployment", "tenant", "web", "Open", EMERGENCY))
