# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cluster gets before anybody uses it: namespaces, rights, identities and, where they are simulated, nodes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.cluster.cluster import IDENTITIES, Cluster
from tests.cluster.credentials import write_private
from tests.cluster.errors import ClusterError
from tests.cluster.paths import HERE, MANIFESTS

_EXECUTOR = HERE.parents[1] / "roles" / "executor" / "files" / "manifests"
_IDENTITIES_NAMESPACE = "guardrail-identities"
_TOKEN_LIFETIME = "168h"


def apply_manifests(cluster: Cluster) -> None:
    """Create, or bring up to date, what the role executor installs, then the identities of the tests and their rights.

    kubectl takes the files of a directory in the order of their names. The objects belong to the role's field manager, so
    that the playbook which installs them finds nothing to change.
    """
    directories = [f"--filename={directory}" for directory in (_EXECUTOR, MANIFESTS)]
    _kubectl(cluster, "apply", "--server-side", "--force-conflicts", "--field-manager=guardrail", *directories)
    _kubectl(cluster, "wait", "crd", "--selector=app.kubernetes.io/part-of=guardrail", "--for=condition=Established")
    # Who reads a new kind first is told to come again (429) until its cache is there. kubectl does; tests need not.
    for resource in ("kubernetesexecutions", "executionapprovals"):
        _kubectl(cluster, "get", "--raw", f"/apis/guardrail.dev/v1alpha1/{resource}")


def create_nodes(cluster: Cluster, nodes: dict[str, Any]) -> None:
    """Create simulated nodes. Their status says what they offer; kwok fills in what is missing there."""
    _kubectl(cluster, "create", "--validate=false", "--filename=-", input=json.dumps(nodes))


def await_nodes(cluster: Cluster, timeout_s: int = 60) -> None:
    """Wait until every node is ready."""
    _kubectl(cluster, "wait", "nodes", "--all", "--for=condition=Ready", f"--timeout={timeout_s}s")


def is_ready(cluster: Cluster, node: str) -> bool:
    """Whether a node is there and ready now."""
    path = '{.status.conditions[?(@.type=="Ready")].status}'
    answer = cluster.kubectl("get", "node", node, "--ignore-not-found", f"--output=jsonpath={path}")
    return answer.stdout == "True"


def issue_kubeconfigs(cluster: Cluster) -> None:
    """Write a kubeconfig for each identity but the admin, whose own is the pattern for them."""
    admin = json.loads(_kubectl(cluster, "config", "view", "--raw", "--flatten", "--minify", "--output=json"))
    others = [identity for identity in IDENTITIES if identity != "admin"]
    with ThreadPoolExecutor(max_workers=len(others)) as pool:
        for identity, token in zip(others, pool.map(lambda name: _token(cluster, name), others), strict=True):
            write_private(cluster.kubeconfig(identity), json.dumps(with_token(admin, identity, token), indent=2) + "\n")


def with_token(kubeconfig: dict[str, Any], user: str, token: str) -> dict[str, Any]:
    """The same cluster as somebody else. JSON is YAML, so the result may be written as either."""
    context = kubeconfig["contexts"][0]
    return {
        **kubeconfig,
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{**context, "context": {**context["context"], "user": user}}],
    }


def _token(cluster: Cluster, identity: str) -> str:
    place = f"--namespace={_IDENTITIES_NAMESPACE}"
    return _kubectl(cluster, "create", "token", identity, place, f"--duration={_TOKEN_LIFETIME}").strip()


def _kubectl(cluster: Cluster, *args: str, input: str | None = None) -> str:
    done = _finished(lambda: cluster.kubectl(*args, input=input, timeout_s=90.0))
    if done.returncode:
        raise ClusterError(f"kubectl {args[0]} exited with code {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def _finished(run: Callable[[], subprocess.CompletedProcess[str]]) -> subprocess.CompletedProcess[str]:
    try:
        return run()
    except subprocess.TimeoutExpired as error:
        command = " ".join(map(str, error.cmd))
        raise ClusterError(f"Not finished within {error.timeout:.0f} s: {command}") from error
