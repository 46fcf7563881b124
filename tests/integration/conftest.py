# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real API server for the tests, and what they do with it.

Without any setting a session starts a cluster of its own and ends it. ``GUARDRAIL_CLUSTER_DIR`` names the directory of
a running one (``make cluster``) to use instead; ``CLUSTER=existing`` uses that of ``KUBECONFIG``.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Protocol

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from tests.cluster.cluster import Cluster
from tests.cluster.local import LocalCluster
from tests.cluster.paths import cluster_dir
from tests.cluster.provider import attached_cluster, own_control_plane, session_cluster
from tests.integration.api_proxy import ApiProxy


class Kubectl(Protocol):
    """Runs kubectl. ``check`` fails the test unless it exits with 0."""

    def __call__(
        self, *args: str, identity: str = "admin", input: str | None = None, check: bool = False
    ) -> CompletedProcess[str]: ...


class NewNamespace(Protocol):
    """Creates a namespace with a random name and returns that name; an environment of ``None`` sets no label."""

    def __call__(self, environment: str | None = "development", **labels: str) -> str: ...


Apply = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The cluster of this session. Do not stop its API server: ``killable_cluster`` is for that."""
    if os.environ.get("GUARDRAIL_CLUSTER_DIR"):
        found = attached_cluster(cluster_dir())
        assert found, f"No cluster runs from GUARDRAIL_CLUSTER_DIR={cluster_dir()}: start it with make cluster."
        yield found
        return
    with session_cluster() as started:
        yield started


@pytest.fixture(scope="session")
def killable_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster of this session alone whose API server a test may kill. It runs again after the test module."""
    shared = os.environ.get("GUARDRAIL_CLUSTER_DIR") or os.environ.get("CLUSTER") == "existing"
    candidate = None if shared else request.getfixturevalue("cluster")
    if isinstance(candidate, LocalCluster):
        yield candidate
        return
    with session_cluster(own_control_plane()) as started:
        yield started


@pytest.fixture
def kubectl(cluster: Cluster) -> Kubectl:
    """kubectl against the session's cluster."""

    def run(
        *args: str, identity: str = "admin", input: str | None = None, check: bool = False
    ) -> CompletedProcess[str]:
        done = cluster.kubectl(*args, identity=identity, input=input)
        assert not check or done.returncode == 0, f"kubectl {' '.join(args)}: {done.stderr}"
        return done

    return run


@pytest.fixture
def apply(kubectl: Kubectl) -> Apply:
    """Create or change objects; returns them as the API server has them then."""

    def run(*manifests: Mapping[str, Any], identity: str = "admin") -> list[dict[str, Any]]:
        document = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        how = ("--server-side", "--force-conflicts", "--output=json", "--filename=-")
        found = json.loads(kubectl("apply", *how, identity=identity, input=document, check=True).stdout)
        items: list[dict[str, Any]] = found["items"] if found["kind"] == "List" else [found]
        return items

    return run


@pytest.fixture
def namespace(kubectl: Kubectl, apply: Apply) -> Iterator[NewNamespace]:
    """Makes namespaces; they are deleted after the test, without waiting for it."""
    with ExitStack() as afterwards:

        def create(environment: str | None = "development", **labels: str) -> str:
            name = f"test-{secrets.token_hex(4)}"
            afterwards.callback(kubectl, "delete", "namespace", name, "--wait=false", "--ignore-not-found")
            stated = labels if environment is None else {"environment": environment, **labels}
            # The controller makes this account too, a moment later; without it pods are refused.
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}}
            apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": stated}}, account)
            return name

        yield create


@pytest.fixture
def proxy(cluster: Cluster, tmp_path: Path) -> Iterator[ApiProxy]:
    """A recording proxy in front of the session's cluster, as the runner."""
    with ApiProxy(cluster.kubeconfig("runner"), tmp_path) as running:
        yield running


@pytest.fixture
def without_library(kubectl: Kubectl) -> Iterator[None]:
    """Each test begins without a library. The one of the session is put back."""
    everything = ("configmaps", f"--namespace={published_library.NAMESPACE}", "--selector=guardrail.dev/library")
    before = json.loads(kubectl("get", *everything, "--output=json", check=True).stdout)
    kubectl("delete", *everything, check=True)
    yield
    kubectl("delete", *everything, check=True)
    if before["items"]:
        for item in before["items"]:
            for stale in ("resourceVersion", "uid", "creationTimestamp"):
                item["metadata"].pop(stale)
        kubectl("create", "--filename=-", input=json.dumps(before), check=True)


@pytest.fixture
def admin_proxy(cluster: Cluster, tmp_path: Path) -> Iterator[ApiProxy]:
    """A recording proxy in front of the cluster, as the administrator."""
    with ApiProxy(cluster.kubeconfig("admin"), tmp_path) as running:
        yield running
