# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as the gate would create them, and as somebody would who does not use the collection; the API server only judges them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.connection import connect
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_manifest import (
    Errand,
    job_creation,
    secret_creation,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_settings import JobSettings
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import make_plan
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import make_request
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.kubectl_steps import (
    Step,
    drain_step,
    steps_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import MERGE_PATCH, ObjectRef, Write
from tests.cluster.cluster import Cluster
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import new_namespace
from tests.integration.gate_stage import Stage
from tests.integration.job_mode_site import JOBS, SYSTEM, job_mode

IMAGE = f"registry.example.com/kubectl@sha256:{'a' * 64}"
NOWHERE = {"guardrail.test/nowhere": "true"}
_RBAC = "rbac.authorization.k8s.io"
_RESOURCES = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "64Mi"}}
_OF_CORE = {"ConfigMap": "configmaps", "Secret": "secrets", "Node": "nodes"}

Body = dict[str, Any]


class AdmissionSite:
    """A namespace in which the runner has its rights, one in which it has not, and a library that names ``IMAGE``."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.admin, self.runner = PlainClient(cluster.kubeconfig()), PlainClient(cluster.kubeconfig("runner"))
        self._policies = PublishedPolicies(self.admin, cluster.kubeconfig())
        self._stack = ExitStack()
        self.within = self.elsewhere = ""

    def __enter__(self) -> AdmissionSite:
        library = self._policies.with_modules({})
        config = {**library.data["config"], "job_mode": job_mode(IMAGE)}
        self._policies.publish(replace(library, data={**library.data, "config": config}))
        self.within, self.elsewhere = (self._stack.enter_context(new_namespace(self.admin)) for _ in range(2))
        bindings = f"/apis/{_RBAC}/v1/namespaces/{self.elsewhere}/rolebindings"
        self.admin.delete(f"{bindings}/guardrail-runner-in-namespaces")
        return self

    def __exit__(self, *_error: object) -> None:
        self._policies.restore()
        self._stack.close()
        for client in (self._policies, self.admin, self.runner):
            client.close()

    def tries(self, body: Mapping[str, Any], path: str = JOBS) -> tuple[int, str]:
        """What the API server says to the runner who would create it: status and, of a refusal, message."""
        status, found = self.runner.ask("POST", f"{path}?dryRun=All", body)
        return status, found.get("message", "") if status >= 400 else ""

    def tries_as(self, user: str, body: Mapping[str, Any]) -> str:
        """What the API server says to somebody else who would create it; empty when it has nothing against it."""
        how = ("--dry-run=server", "--filename=-", f"--as={user}", "--as-group=system:authenticated")
        done = self.cluster.kubectl("create", *how, input=json.dumps(body))
        return done.stderr if done.returncode else ""

    def tenant(self, *rules: Mapping[str, Any]) -> str:
        """Somebody who may do everything in the namespace ``within``, create Jobs in ours, and what the rules say anywhere."""
        name = f"tenant-{secrets.token_hex(4)}"
        subject = {"kind": "User", "name": name, "apiGroup": _RBAC}
        role = {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": list(rules)}
        bindings = [("", "ClusterRole", name), (self.within, "ClusterRole", "cluster-admin")]
        bindings += [(SYSTEM, "Role", "guardrail-runner")]
        self.admin.apply(role, *(_binding(name, subject, *given) for given in bindings))
        self._stack.callback(self._forget, name)
        self._await_rights(name)
        return name

    def _forget(self, name: str) -> None:
        for path in (
            path_to("ClusterRole", name),
            path_to("ClusterRoleBinding", name),
            path_to("RoleBinding", name, SYSTEM),
        ):
            self.admin.delete(path)

    def _await_rights(self, user: str) -> None:
        end = time.monotonic() + 10
        mine = patching("UpdateConfigMap", ObjectRef("ConfigMap", "settings", self.within))
        while said := self.tries_as(user, mine):
            assert time.monotonic() < end, said
            time.sleep(0.1)

    def planned(self, stage: Stage, action: str) -> tuple[Body, ...]:
        """What the gate would create in guardrail-system for a call of the stage: a Job, and its Secret if it has one."""
        defaults = {name: option.get("default") for name, option in ACTIONS[action].options.items()}
        request = make_request(action, {**defaults, **stage.call(action).options}, False)
        api = connect({"kubeconfig": str(self.cluster.kubeconfig("runner"))}, {}, "guardrail.kubernetes tests")
        try:
            plan = make_plan(ACTIONS[action], request, api)[0]
        finally:
            api.close()
        drain = ACTIONS[action].drain_in_job(request)
        errand = _errand(action, plan.target, (drain_step(drain, 5),) if drain else steps_of(plan.writes))
        job = dict(job_creation(errand, SETTINGS).body)
        return (job, dict(secret_creation(errand, "of-the-job").body)) if errand.hidden else (job,)


SETTINGS = JobSettings(image=IMAGE, ttl_s=60, resources=_RESOURCES, node_selector=NOWHERE)


def patching(action: str, *targets: ObjectRef) -> Body:
    """A Job that patches these objects, the first of which is what the action is about."""
    return dict(job_creation(_errand(action, targets[0], steps_of([_patch(it) for it in targets])), SETTINGS).body)


def steps_secret(name: str = "job-1", **owner: Any) -> Body:
    """A Secret as the gate would create it."""
    target = ObjectRef("Secret", "database", "shop")
    errand = replace(_errand("UpdateSecret", target, steps_of([_patch(target)])), name=name)
    body = dict(secret_creation(errand, "of-the-job").body)
    (stated,) = body["metadata"]["ownerReferences"]
    return {**body, "metadata": {**body["metadata"], "ownerReferences": [{**stated, **owner}]}}


def _errand(action: str, target: ObjectRef, steps: tuple[Step, ...]) -> Errand:
    name = f"forged-{secrets.token_hex(4)}"
    return Errand(name, name, "0b2f6f6e-58a4-4a0f-8a51-0c9f6c0f9f11", action, target, steps, 60)


def _patch(target: ObjectRef) -> Write:
    plural = _OF_CORE.get(target.kind, f"{target.kind.lower()}s")
    start = "/api/v1" if target.kind in _OF_CORE else "/apis/apps/v1"
    place = f"/namespaces/{target.namespace}" if target.namespace else ""
    body = {"metadata": {"labels": {"forged": "true"}}}
    return Write("patch", f"{start}{place}/{plural}/{target.name}", body, target, content_type=MERGE_PATCH)


def _binding(name: str, subject: Mapping[str, str], namespace: str, kind: str, role: str) -> Body:
    place = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": name, **place},
        "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": role},
        "subjects": [subject],
    }
