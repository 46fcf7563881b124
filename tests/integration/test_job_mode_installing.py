# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the executor installs for Jobs: an account and its rights for each action, and those on Secrets by namespace."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_manifest import account_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.installation import install_executor
from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.gate_client import PlainClient, path_to

SYSTEM = "guardrail-system"
BY_NAMESPACE = {"guardrail-update-config-map", "guardrail-update-secret"}
ACCOUNTS = {account_of(name) for name, action in ACTIONS.items() if not action.not_in_job}
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
AWX = {"kind": "User", "name": "awx-of-job-tests", "namespace": None, "within": ["tenant"]}
Install = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def admin(cluster: Cluster) -> Iterator[PlainClient]:
    client = PlainClient(cluster.kubeconfig())
    yield client
    client.close()


@pytest.fixture
def install(cluster: Cluster) -> Iterator[Install]:
    """The module's work. Afterwards nobody is runner by it any more."""

    def run(**subjects: Any) -> dict[str, Any]:
        manifests = [str(ROOT / "roles/executor/files/manifests")]
        options = {"kubeconfig": str(cluster.kubeconfig()), "manifests": manifests, "wait_timeout": 30}
        given = {**options, "subjects": subjects or None}
        result = install_executor("InstallExecutor", given, check_mode=False, environ=os.environ)
        assert not result.get("failed"), result["msg"]
        return result

    run()
    yield run
    run(runner=[])


def changes(result: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    found = [it for it in result["objects"] if it["change"] not in ("unchanged", "skipped")]
    return {(it["change"], it["kind"], it["namespace"], it["name"]) for it in found}


def test_each_action_has_an_account_with_rights_of_its_own(install: Install, admin: PlainClient) -> None:
    accounts = {name for name in admin.names(f"/api/v1/namespaces/{SYSTEM}/serviceaccounts") if name != "default"}
    assert accounts == ACCOUNTS
    bound = admin.get("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?labelSelector=app.kubernetes.io/part-of")
    of_accounts = {
        (it["subjects"][0]["name"], it["roleRef"]["name"])
        for it in bound["items"]
        if it["subjects"][0].get("namespace") == SYSTEM
    }
    assert of_accounts == {(name, name) for name in ACCOUNTS - BY_NAMESPACE}


def test_what_is_missing_comes_back_and_then_nothing_changes(install: Install, admin: PlainClient) -> None:
    lost = "guardrail-scale-deployment"
    admin.delete(path_to("ServiceAccount", lost, SYSTEM))
    admin.delete(path_to("ClusterRoleBinding", lost))
    admin.patch(path_to("ClusterRole", "guardrail-drain-node"), {"rules": []})
    admin.patch(f"{POLICIES}/guardrail-job-parts", {"spec": {"failurePolicy": "Ignore"}})
    assert changes(install()) == {
        ("created", "ServiceAccount", SYSTEM, lost),
        ("created", "ClusterRoleBinding", "", lost),
        ("updated", "ClusterRole", "", "guardrail-drain-node"),
        ("updated", "ValidatingAdmissionPolicy", "", "guardrail-job-parts"),
    }
    again = install()
    assert (again["changed"], again["diff"]) == (False, [])


def test_the_accounts_for_secrets_follow_their_runner(install: Install, admin: PlainClient) -> None:
    """Each account is bound once where any runner has its rights, and nowhere else."""
    bindings = {("RoleBinding", "tenant", name) for name in BY_NAMESPACE}
    assert {("created", *it) for it in bindings} <= changes(install(runner=[AWX, {**AWX, "name": "another"}]))
    for _, namespace, name in bindings:
        found = admin.get(path_to("RoleBinding", name, namespace))
        assert (found["roleRef"]["name"], found["subjects"]) == (
            name,
            [{"kind": "ServiceAccount", "name": name, "namespace": SYSTEM}],
        )
    assert install(runner=[AWX, {**AWX, "name": "another"}])["changed"] is False
    assert {("deleted", *it) for it in bindings} <= changes(install(runner=[{**AWX, "within": []}]))
