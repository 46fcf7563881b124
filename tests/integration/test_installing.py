# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installing the executor into a real cluster: what changes, what is said about it, and what stays alone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.installation import install_executor
from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.api_proxy import ApiProxy
from tests.integration.gate_client import PlainClient

FILES = ROOT / "roles/executor/files"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ROLE = f"{RBAC}/namespaces/guardrail-system/roles/guardrail-auditor"
LABEL = "guardrail.dev/subjects-of"
LEADS = {"kind": "Group", "name": "shop-leads"}
Install = Callable[..., dict[str, Any]]


@pytest.fixture
def admin(cluster: Cluster) -> Iterator[PlainClient]:
    """Afterwards nobody has a part, and the roles are as they come."""
    client = PlainClient(cluster.kubeconfig())
    yield client
    client.close()


@pytest.fixture
def proxy_of_admin(cluster: Cluster, tmp_path: Path) -> Iterator[ApiProxy]:
    (tmp_path / "proxy").mkdir()
    with ApiProxy(cluster.kubeconfig("admin"), tmp_path / "proxy") as running:
        yield running


@pytest.fixture
def install(proxy_of_admin: ApiProxy) -> Iterator[Install]:
    """The module's work, without a process of its own. Afterwards nobody has a part any more."""

    def run(
        *, check_mode: bool = False, manifests: Path | None = None, wait_timeout: int = 30, **subjects: Any
    ) -> dict[str, Any]:
        options = {
            "kubeconfig": str(proxy_of_admin.kubeconfig()),
            "manifests": [str(manifests)] if manifests else [str(FILES / "manifests"), str(FILES / "medik8s")],
            "subjects": subjects or None,
            "wait_timeout": wait_timeout,
        }
        proxy_of_admin.forget()
        return install_executor("InstallExecutor", options, check_mode=check_mode, environ=os.environ)

    run()
    yield run
    run(runner=[], approver=[], overrider=[], reviewer=[], policy_admin=[], auditor=[])


def changes(result: dict[str, Any]) -> dict[str, int]:
    return dict(Counter(one["change"] for one in result["objects"]))


def bindings(admin: PlainClient, part: str) -> set[tuple[str, str, str]]:
    """Namespace and name of each binding, and its first subject's name."""
    found = [
        item
        for plural in ("clusterrolebindings", "rolebindings")
        for item in admin.get(f"{RBAC}/{plural}?labelSelector={LABEL}%3D{part}")["items"]
    ]
    return {
        (one["metadata"].get("namespace", ""), one["metadata"]["name"], one["subjects"][0]["name"]) for one in found
    }


def test_what_is_in_place_is_left_alone(install: Install, proxy_of_admin: ApiProxy) -> None:
    again = install()
    assert (again["changed"], again["diff"], again["enforced"], proxy_of_admin.writes()) == (False, [], True, [])
    assert set(changes(again)) <= {"unchanged", "skipped"}
    assert again["msg"] == f"All {changes(again)['unchanged']} objects are in place."


def test_check_mode_says_what_would_change_and_writes_nothing(
    install: Install, admin: PlainClient, proxy_of_admin: ApiProxy
) -> None:
    admin.patch(ROLE, {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]})
    tampered = admin.get(ROLE)
    would = install(check_mode=True)
    assert (would["changed"], changes(would)["updated"], proxy_of_admin.writes()) == (True, 1, [])
    (difference,) = would["diff"]
    assert difference["before_header"] == "Role guardrail-system/guardrail-auditor"
    assert ("secrets" in difference["before"], "secrets" in difference["after"]) == (True, False)
    assert admin.get(ROLE) == tampered
    done = install()
    assert (done["changed"], done["diff"]) == (True, would["diff"])
    assert install()["changed"] is False


def test_what_others_add_stays(install: Install, admin: PlainClient) -> None:
    admin.patch(ROLE, {"metadata": {"annotations": {"team": "audit"}}})
    assert install()["changed"] is False
    assert admin.get(ROLE)["metadata"]["annotations"] == {"team": "audit"}
    admin.patch(ROLE, {"metadata": {"annotations": None}})


def test_subjects_get_exactly_their_parts(install: Install, admin: PlainClient) -> None:
    lead = {**LEADS, "namespace": None, "within": ["tenant", "default"]}
    sre = {"kind": "Group", "name": "sre", "namespace": None, "within": None}
    first = install(approver=[lead])
    assert changes(first)["created"] == 3
    system = ("guardrail-system", "guardrail-approver", "shop-leads")
    assert bindings(admin, "approver") == {
        system,
        ("tenant", "guardrail-approve", "shop-leads"),
        ("default", "guardrail-approve", "shop-leads"),
    }
    assert install(approver=[lead])["changed"] is False
    would = install(check_mode=True, approver=[{**lead, "within": ["tenant"]}, sre])
    second = install(approver=[{**lead, "within": ["tenant"]}, sre])
    assert (changes(second), second["diff"]) == (changes(would), would["diff"])
    assert bindings(admin, "approver") == {
        system,
        ("tenant", "guardrail-approve", "shop-leads"),
        ("", "guardrail-approve", "sre"),
    }
    assert [one for one in second["objects"] if one["change"] == "deleted"] == [
        {"kind": "RoleBinding", "namespace": "default", "name": "guardrail-approve", "change": "deleted"}
    ]
    assert install(runner=[])["changed"] is False
    assert len(bindings(admin, "approver")) == 3
    assert changes(install(approver=[]))["deleted"] == 3
    assert bindings(admin, "approver") == set()


def test_a_runner_reaches_secrets_only_where_it_was_let(install: Install, admin: PlainClient) -> None:
    awx = {"kind": "User", "name": "awx-of-tests", "namespace": None, "within": ["tenant"]}
    install(runner=[awx])
    assert ("tenant", "guardrail-runner-in-namespaces", "awx-of-tests") in bindings(admin, "runner")
    places = ("tenant", "default", "guardrail-system", "")
    for resource in ("secrets", "configmaps"):
        may = [place for place in places if allowed(admin, "awx-of-tests", "patch", "", resource, place)]
        assert may == ["tenant"], resource
    for place in ("tenant", "default", ""):
        assert allowed(admin, "awx-of-tests", "create", "batch", "jobs", place) is (place == "tenant")
    assert changes(install(runner=[{**awx, "within": []}]))["deleted"]
    assert not allowed(admin, "awx-of-tests", "patch", "", "secrets", "tenant")


def test_a_runner_cannot_be_let_rewrite_the_library(install: Install, admin: PlainClient) -> None:
    awx = {"kind": "User", "name": "awx-of-tests", "namespace": None, "within": ["guardrail-system"]}
    refused = install(runner=[awx])
    assert (refused["failed"], refused["code"]) == (True, "installation.runner-within-library")
    assert bindings(admin, "runner") == set()


def allowed(admin: PlainClient, user: str, verb: str, group: str, resource: str, namespace: str) -> bool:
    attributes = {"verb": verb, "group": group, "resource": resource, "namespace": namespace}
    body = {"spec": {"user": user, "resourceAttributes": attributes}}
    answer = admin.done("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
    return bool(answer["status"]["allowed"])


def test_the_locks_of_medik8s_are_for_clusters_that_have_them(install: Install, admin: PlainClient) -> None:
    awx = {"kind": "ServiceAccount", "name": "awx", "namespace": "automation"}
    role = {"kind": "Role", "namespace": "medik8s-leases", "name": "guardrail-runner"}
    without = install(runner=[awx])
    assert {**role, "change": "skipped"} in without["objects"]
    admin.done("POST", "/api/v1/namespaces", {"metadata": {"name": "medik8s-leases"}})
    try:
        done = install(runner=[awx])
        assert [one for one in done["objects"] if one["change"] == "created"] == [
            {**role, "change": "created"},
            {**role, "kind": "RoleBinding", "change": "created"},
        ]
    finally:
        admin.delete("/api/v1/namespaces/medik8s-leases")
        admin.until("/api/v1/namespaces/medik8s-leases", lambda found: found is None)


def test_a_cluster_that_has_nothing_yet_is_shown_everything(install: Install, tmp_path: Path) -> None:
    """In check mode no namespace is made, so nothing in it can be rehearsed."""
    texts = [path.read_text() for path in sorted((FILES / "manifests").iterdir()) if path.name[0] in "14"]
    (tmp_path / "all.yaml").write_text("\n".join(texts).replace("guardrail-", "elsewhere-"))
    would = install(check_mode=True, manifests=tmp_path)
    assert set(changes(would)) == {"created"}
    assert would["diff"][0]["after"].startswith("apiVersion: v1\nkind: Namespace\n")


def test_who_may_not_is_told_so(cluster: Cluster) -> None:
    options = {"manifests": [str(FILES / "manifests")], "subjects": None, "wait_timeout": 5}
    runner = {"kubeconfig": str(cluster.kubeconfig("runner"))}
    refused = install_executor("InstallExecutor", {**options, **runner}, check_mode=False, environ=os.environ)
    assert (refused["failed"], refused["reason"], refused["code"], refused["changed"]) == (
        True,
        "api_error",
        "api.forbidden",
        False,
    )


def test_a_policy_that_is_not_in_force_is_noticed(install: Install, admin: PlainClient, tmp_path: Path) -> None:
    """Somebody has switched it off, by the binding that is not among what is installed here."""
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/guardrail-approvals"
    policy = (FILES / "manifests" / "31-admission-approvals.yaml").read_text()
    (tmp_path / "policy.yaml").write_text(policy)
    admin.patch(path, {"spec": {"validationActions": ["Audit"]}})
    try:
        found = [install(manifests=tmp_path, wait_timeout=1)]
        while not found[-1].get("failed") and len(found) < 200:  # the API server learns of it within a second
            found.append(install(manifests=tmp_path, wait_timeout=1))
        assert (found[-1]["code"], found[-1]["reason"]) == ("installation.not-enforced", "timeout")
    finally:
        assert install()["enforced"] is True
