# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bad connection, credential or right: one clear sentence with its code, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.cluster import Cluster
from tests.cluster.credentials import write_private
from tests.integration.api_proxy import ApiProxy
from tests.integration.gate_calls import GateCalls, assert_clear, assert_failed
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import deployment

pytest_plugins = ["tests.integration.gate_fixtures"]

Edit = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class Trouble:
    """A kubeconfig that leads nowhere. ``edit`` changes a good one in place."""

    id: str
    reason: str
    code: str
    words: str
    edit: Edit
    options: dict[str, Any] = field(default_factory=dict)


def server(address: str) -> Edit:
    return lambda config: config["clusters"][0]["cluster"].update(server=address)


def user(**entry: str) -> Edit:
    return lambda config: config["users"][0].update(user=entry)


TROUBLES = (
    Trouble(
        "an expired token",
        "api_error",
        "api.unauthorized",
        r"401 Unauthorized.*The token or certificate may have expired: log in again",
        user(token="expired.since.long"),
    ),
    Trouble("no credential", "api_error", "api.forbidden", r"403 Forbidden|401 Unauthorized", user()),
    Trouble(
        "a server that does not run",
        "unreachable",
        "connection.refused",
        r"^https://127\.0\.0\.1:1 refuses the connection\. Check that the API server runs",
        server("https://127.0.0.1:1"),
        {"request_timeout": 0.3},
    ),
    Trouble(
        "a name that does not resolve",
        "unreachable",
        "connection.name-unknown",
        r"^The name in https://nowhere\.invalid:6443 cannot be resolved",
        server("https://nowhere.invalid:6443"),
        {"request_timeout": 3.0},
    ),
    Trouble(
        "a context that is not there",
        "unreachable",
        "connection.context-missing",
        r"has no context 'staging'\. Set context to one of: guardrail\.",
        lambda config: None,
        {"context": "staging"},
    ),
    Trouble(
        "another cluster's authority",
        "unreachable",
        "connection.tls-verification",
        r"^The certificate of https://127\.0\.0\.1:\d+ cannot be verified: .* Give the cluster's CA with ca_cert",
        lambda config: config["clusters"][0]["cluster"].pop("certificate-authority-data"),
    ),
    Trouble(
        "a user that is not there",
        "unreachable",
        "connection.kubeconfig-invalid",
        r"is not a usable kubeconfig: context 'guardrail' names a user that is not in it",
        lambda config: config["users"].clear(),
    ),
    Trouble(
        "a credential plugin that is not installed",
        "unreachable",
        "connection.credential-plugin-failed",
        r"The credential plugin 'no-such-login' of context 'guardrail' failed: .*Run the command by hand",
        lambda config: config["users"][0].update(
            user={"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-login"}}
        ),
    ),
)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.id)
def test_a_connection_that_leads_nowhere(
    trouble: Trouble, cluster: Cluster, shop: str, home: Path, tmp_path: Path
) -> None:
    config = yaml.safe_load(cluster.kubeconfig("runner").read_text())
    trouble.edit(config)
    path = tmp_path / "config.yaml"
    write_private(path, yaml.safe_dump(config))
    result = GateCalls(path, home)("ScaleDeployment", name="web", namespace=shop, replicas=2, **trouble.options)
    assert_failed(result, trouble.reason, trouble.code)
    assert_clear(result, trouble.words)


@pytest.mark.parametrize(
    ("kubeconfig", "code", "words"),
    [
        (None, "connection.no-cluster", r"^No cluster is named: no kubeconfig was found.*Set kubeconfig"),
        (Path("/nowhere/config"), "connection.kubeconfig-missing", r"^The kubeconfig /nowhere/config does not exist"),
        (
            Path("/etc/hostname"),
            "connection.kubeconfig-invalid",
            r"^The kubeconfig /etc/hostname is not a usable kubeconfig",
        ),
    ],
    ids=["none", "missing", "another file"],
)
def test_no_kubeconfig(kubeconfig: Path | None, code: str, words: str, tmp_path: Path) -> None:
    result = GateCalls(kubeconfig, tmp_path)("ScaleDeployment", name="web", namespace="shop", replicas=2)
    assert_failed(result, "unreachable", code)
    assert_clear(result, words)


def test_what_rbac_forbids(
    cluster: Cluster, policies: PublishedPolicies, shop: str, home: Path, tmp_path: Path, afterwards: ExitStack
) -> None:
    """A tenant may read the library and its own namespace, not this one."""
    policies.admin.apply(deployment(shop, replicas=0))
    allow_reading_the_library(policies.admin, "tenant", afterwards)
    with ApiProxy(cluster.kubeconfig("tenant"), tmp_path) as proxy:
        result = GateCalls(proxy.kubeconfig(), home)("ScaleDeployment", name="web", namespace=shop, replicas=2)
        assert_failed(result, "api_error", "api.forbidden")
        assert_clear(
            result, rf'403 Forbidden.*cannot get resource "deployments".* namespace "{shop}".*Grant the identity'
        )
        assert proxy.writes() == []


def allow_reading_the_library(admin: PlainClient, identity: str, afterwards: ExitStack) -> None:
    metadata = {"name": f"read-library-{identity}", "namespace": "guardrail-system"}
    account = {"kind": "ServiceAccount", "name": identity, "namespace": "guardrail-identities"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "guardrail-runner"}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": role,
        "subjects": [account],
    }
    afterwards.callback(admin.delete, path_to("RoleBinding", metadata["name"], metadata["namespace"]))
    admin.apply(binding)
