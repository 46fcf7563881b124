# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records and approvals as somebody would write them who does not use the collection, and the identities for it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.cluster import IDENTITIES, Cluster
from tests.cluster.seed import with_token
from tests.integration.gate_client import PlainClient

SYSTEM = "guardrail-system"
EXECUTIONS = f"/apis/guardrail.dev/v1alpha1/namespaces/{SYSTEM}/kubernetesexecutions"
APPROVALS = f"/apis/guardrail.dev/v1alpha1/namespaces/{SYSTEM}/executionapprovals"
_ACCOUNT = "system:serviceaccount:guardrail-identities:"
RUNNER, APPROVER, AUDITOR = (f"{_ACCOUNT}{name}" for name in ("runner", "approver", "auditor"))
GRANTED = "test-admission"

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_MERGE_PATCH = "application/merge-patch+json"
_ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_VERBS = {
    "guardrail-approver": ("create", "executionapprovals"),
    "guardrail-runner": ("create", "kubernetesexecutions"),
    "guardrail-approve": ("approve", "kubernetesexecutions"),
    "guardrail-override": ("override", "kubernetesexecutions"),
    "guardrail-review": ("review", "executionapprovals"),
}
_ON_THE_WAY = {"Pending": "Failed", "Executing": "Failed"}

Answer = tuple[int, str]


class Identity(PlainClient):
    """Somebody with a name."""

    def __init__(self, kubeconfig: Path, username: str) -> None:
        super().__init__(kubeconfig)
        self.username = username

    def create(self, collection: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self.done("POST", collection, body)

    def tries(self, method: str, path: str, body: Any = None) -> Answer:
        """The status of the answer, and what it says to people."""
        content_type = _MERGE_PATCH if method == "PATCH" else "application/json"
        status, found = self.ask(method, path, body, content_type)
        return status, found.get("message", "") if status >= 400 else ""

    def sets(self, path: str, status: Mapping[str, Any] | None) -> Answer:
        """Change the status of an object."""
        return self.tries("PATCH", f"{path}/status", {"status": status})


class Site:
    """The identities of the cluster, further ones on demand, and whatever is to be cleaned up."""

    def __init__(self, cluster: Cluster, directory: Path) -> None:
        self._cluster, self._directory = cluster, directory
        self._made: list[str] = []
        self._identities = {
            name: Identity(cluster.kubeconfig(name), f"{_ACCOUNT}{name}" if name != "admin" else name)
            for name in IDENTITIES
        }
        self.admin, self.runner = self.named("admin"), self.named("runner")
        self.approver, self.auditor = self.named("approver"), self.named("auditor")

    def named(self, name: str) -> Identity:
        return self._identities[name]

    def newcomer(self, name: str, **roles: tuple[str, str]) -> Identity:
        """A service account of its own, with roles: ``{kind of the binding: (role, namespace)}``."""
        if name in self._identities:
            return self._identities[name]
        place = "/api/v1/namespaces/guardrail-identities/serviceaccounts"
        self._create(place, {"metadata": {"name": name}})
        for number, (kind, (role, namespace)) in enumerate(roles.items()):
            self.bind(f"{GRANTED}-{name}-{number}", name, kind, role, namespace)
        request = {"spec": {"expirationSeconds": 3600}}
        token = self.admin.create(f"{place}/{name}/token", request)["status"]["token"]
        admin = yaml.safe_load(self._cluster.kubeconfig().read_text())
        kubeconfig = self._directory / f"{name}.json"
        kubeconfig.write_text(json.dumps(with_token(admin, name, token)))
        self._identities[name] = Identity(kubeconfig, f"{_ACCOUNT}{name}")
        for role, namespace in roles.values():
            self._await_right(self._identities[name], role, namespace)
        return self._identities[name]

    def bind(self, binding: str, name: str, kind: str, role: str, namespace: str) -> None:
        """Bind a ``Role`` or ``ClusterRole`` in a namespace, or everywhere when it is empty."""
        plural = "rolebindings" if namespace else "clusterrolebindings"
        collection = f"{_RBAC}/namespaces/{namespace}/{plural}" if namespace else f"{_RBAC}/{plural}"
        subject = {"kind": "ServiceAccount", "name": name, "namespace": "guardrail-identities"}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind.rstrip("0123456789"), "name": role}
        self._create(collection, {"metadata": {"name": binding}, "roleRef": reference, "subjects": [subject]})

    def execution(self, **spec: Any) -> dict[str, Any]:
        """A record as the runner would create it."""
        return {
            "apiVersion": "guardrail.dev/v1alpha1",
            "kind": "KubernetesExecution",
            "metadata": {"name": self._name("scale-deployment"), "namespace": SYSTEM},
            "spec": {
                "id": "0b2f6f6e-58a4-4a0f-8a51-0c9f6c0f9f11",
                "action": "ScaleDeployment",
                "target": {"kind": "Deployment", "namespace": "tenant", "name": "web", "uid": "u-1"},
                "parameters": {"replicas": 3},
                "digest": secrets.token_hex(32),
                "requester": RUNNER,
                "pendingSeconds": 30,
                "timeoutSeconds": 300,
                **spec,
            },
        }

    def approval(self, **spec: Any) -> dict[str, Any]:
        """An approval as the approver would create it."""
        return {
            "apiVersion": "guardrail.dev/v1alpha1",
            "kind": "ExecutionApproval",
            "metadata": {"name": self._name("approval"), "namespace": SYSTEM},
            "spec": {
                "digest": secrets.token_hex(32),
                "action": "ScaleDeployment",
                "target": {"kind": "Deployment", "namespace": "tenant", "name": "web", "uid": "u-1"},
                "approver": APPROVER,
                **spec,
            },
        }

    def recorded(self, *phases: str, **spec: Any) -> str:
        """Path of a new record that went through the phases."""
        name = self.runner.create(EXECUTIONS, self.execution(**spec))["metadata"]["name"]
        path = f"{EXECUTIONS}/{name}"
        for phase in phases:
            assert self.runner.sets(path, {"phase": phase})[0] == 200
        return path

    def approved(self, **spec: Any) -> str:
        """Path of a new approval by the approver."""
        return f"{APPROVALS}/{self.approver.create(APPROVALS, self.approval(**spec))['metadata']['name']}"

    def clear(self) -> None:
        """Delete what was made; what was used stays, as it has to."""
        for found in self.admin.get(EXECUTIONS)["items"]:
            if f"{EXECUTIONS}/{found['metadata']['name']}" in self._made:
                self._end(found)
        for path in reversed(self._made):
            self.admin.tries("DELETE", path)
        for client in self._identities.values():
            client.close()

    def _await_right(self, identity: Identity, role: str, namespace: str) -> None:
        """The API server learns of a new binding a moment later."""
        verb, resource = _VERBS[role]
        attributes = {"group": "guardrail.dev", "resource": resource, "verb": verb, "namespace": namespace}
        review = {"spec": {"resourceAttributes": attributes}}
        end = time.monotonic() + 5
        while not identity.create(_ACCESS, review)["status"]["allowed"]:
            assert time.monotonic() < end, f"{identity.username} still lacks {role}"
            time.sleep(0.02)

    def _end(self, found: Mapping[str, Any]) -> None:
        path = f"{EXECUTIONS}/{found['metadata']['name']}"
        if found["status"]["phase"] in _ON_THE_WAY:
            self.admin.sets(path, {"phase": _ON_THE_WAY[found["status"]["phase"]]})
        self.admin.delete(path)

    def _name(self, stem: str) -> str:
        name = f"{stem}-{secrets.token_hex(6)}"
        self._made.append(f"{EXECUTIONS if stem.startswith('scale') else APPROVALS}/{name}")
        return name

    def _create(self, collection: str, body: dict[str, Any]) -> None:
        path = f"{collection}/{body['metadata']['name']}"
        self.admin.delete(path)  # of a run that was interrupted
        self.admin.create(collection, body)
        self._made.append(path)
