# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of job mode share: actions carried out by Jobs on the real node, and what those left in the cluster."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from tests.cluster.cluster import Cluster
from tests.cluster.realnode.settings import LABEL
from tests.integration.gate_calls import GateCalls, Result
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import new_namespace
from tests.integration.real_node_site import RESTRICTED, TOLERATION

SYSTEM = "guardrail-system"
JOBS = f"/apis/batch/v1/namespaces/{SYSTEM}/jobs"
PODS = f"/api/v1/namespaces/{SYSTEM}/pods"
SECRETS = f"/api/v1/namespaces/{SYSTEM}/secrets"
EXECUTIONS = f"/apis/guardrail.dev/v1alpha1/namespaces/{SYSTEM}/kubernetesexecutions"
T = TypeVar("T")


class HardeningClient(PlainClient):
    """The pods that it asks for pass the restricted profile."""

    def done(self, method: str, path: str, *rest: Any) -> dict[str, Any]:
        body, *others = rest or (None,)
        return super().done(method, path, _hardened(body) if rest else None, *others)


def _hardened(body: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = body.get("spec", {})
    pod = spec.get("template", {}).get("spec", {})
    if "containers" not in pod:
        return body
    inside = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    pod = {
        **pod,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{**container, "securityContext": inside} for container in pod["containers"]],
    }
    return {**body, "spec": {**spec, "template": {**spec["template"], "spec": pod}}}


class JobSite:
    """One namespace that enforces the restricted profile, under a library with an image for Jobs and no rule in the way."""

    def __init__(self, cluster: Cluster, admin: PlainClient, policies: PublishedPolicies, home: Path) -> None:
        self.cluster, self.admin, self.policies = cluster, admin, policies
        self.call = GateCalls(cluster.kubeconfig("runner"), home)
        self._stack = ExitStack()
        self.namespace = ""

    def __enter__(self) -> JobSite:
        self.publish()
        self.namespace = self._stack.enter_context(new_namespace(self.admin))
        self.restrict(self.namespace)
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def restrict(self, namespace: str) -> None:
        """From now on the namespace enforces the restricted profile."""
        self.admin.patch(path_to("Namespace", namespace), {"metadata": {"labels": RESTRICTED}})

    def publish(self, **changes: object) -> Library:
        """The rules of a library that denies nothing, with these settings of Jobs besides those of the real node."""
        image = self.cluster.images["kubectl"]
        library = self.policies.with_modules({})
        config = {**library.data["config"], "job_mode": {**job_mode(image), **changes}}
        library = replace(library, data={**library.data, "config": config})
        self.policies.publish(library)
        return library

    def by_job(self, action: str, **options: Any) -> Result:
        return self.call(action, execution="job", **{"wait_timeout": 60, **options})

    def job(self, result: Result) -> dict[str, Any]:
        """The Job of a result, as it is in the cluster."""
        return self.admin.get(f"{JOBS}/{result['execution']['job']['name']}")

    def record(self, result: Result) -> dict[str, Any]:
        return self.admin.get(f"{EXECUTIONS}/{result['execution']['record']}")


def job_accounts_in(namespace: str) -> list[dict[str, Any]]:
    """What the role executor binds where a runner may update ConfigMaps and Secrets."""
    group = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": account, "namespace": namespace},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": account},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": SYSTEM}],
        }
        for account in ("guardrail-update-config-map", "guardrail-update-secret")
    ]


def job_mode(image: str, **changes: object) -> dict[str, object]:
    """``data.config.job_mode`` for the real node."""
    return {
        "image": image,
        "pull_secrets": [],
        "node_selector": {LABEL: "true"},
        "tolerations": [TOLERATION],
        "ttl_seconds": 600,
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}},
        **changes,
    }


def eventually(answer: Callable[[], T | None], patience_s: float = 30.0) -> T:
    """What ``answer`` says as soon as it says something."""
    limit = time.monotonic() + patience_s
    while not (found := answer()):
        assert time.monotonic() < limit, f"Nothing within {patience_s:.0f} s."
        time.sleep(0.05)
    return found


def meanwhile(happens: Callable[[], object], call: Callable[[], Result]) -> Result:
    """The result of a call while which something happens."""
    other = threading.Thread(target=happens)
    other.start()
    result = call()
    other.join()
    return result
