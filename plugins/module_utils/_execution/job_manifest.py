# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The Job that carries out one execution, and the Secret with what nobody may read in it. Pure.

A pod of the restricted profile without any way to ask for less: no shell, no right but those of its action's service
account, a root file system that cannot be written, nothing from the host. It runs once; a Job that failed is not repeated,
because nobody has judged the state that it left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_settings import JobSettings
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    LABEL,
    NAMESPACE,
    label_value,
    target_labels,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.kubectl_steps import FOLDER, Step
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Write

GROUP_VERSION, KIND, PLURAL = "batch/v1", "Job", "jobs"
EXECUTION_LABEL = f"{LABEL}execution"
ATTEMPT = f"{LABEL}attempt"
"""Annotation with the identifier of the request, so that a process knows its own Job again."""

NOBODY = 65532
_SECRET_TTL_S = 60
_GRACE_S = 5
_LONGEST_SHOWN = 100 * 1024
_READ_ONLY = 0o444


@dataclass(frozen=True)
class Errand:
    """What a Job is for.

    Attributes:
        name: Of the Job.
        record: Of the execution.
        id: Of the request.
        seconds: After so long the Job ends, whatever it is doing.
    """

    name: str
    record: str
    id: str
    action: str
    target: ObjectRef
    steps: tuple[Step, ...]
    seconds: int

    @property
    def hidden(self) -> bool:
        """Whether the files travel in a Secret: nobody may see them, or they are too long for annotations."""
        return any(step.confidential for step in self.steps) or sum(map(len, _files(self).values())) > _LONGEST_SHOWN


def account_of(action: str) -> str:
    """Name of the service account whose rights are those of the action: ``guardrail-scale-deployment``."""
    return f"guardrail-{re.sub(r'(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '-', action).lower()}"


def job_path(name: str) -> str:
    return object_path(GROUP_VERSION, PLURAL, name, NAMESPACE)


def job_creation(errand: Errand, settings: JobSettings) -> Write:
    """The Job."""
    labels = _labels(errand)
    body = {
        "apiVersion": GROUP_VERSION,
        "kind": KIND,
        "metadata": _metadata(errand, labels),
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": max(errand.seconds, 1),
            "ttlSecondsAfterFinished": min(settings.ttl_s, _SECRET_TTL_S) if errand.hidden else settings.ttl_s,
            "template": {
                "metadata": {
                    "labels": labels,
                    "annotations": {} if errand.hidden else _annotations(errand),
                },
                "spec": _pod(errand, settings),
            },
        },
    }
    return Write("create", collection_path(GROUP_VERSION, PLURAL, NAMESPACE), body, _ref(errand))


def secret_creation(errand: Errand, job_uid: str) -> Write:
    """The files of the Job, which the cluster deletes with it."""
    owner = {
        "apiVersion": GROUP_VERSION,
        "kind": KIND,
        "name": errand.name,
        "uid": job_uid,
        # The Secret goes before the name of the Job is free for another one.
        "blockOwnerDeletion": True,
    }
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**_metadata(errand, _labels(errand)), "ownerReferences": [owner]},
        "type": "guardrail.dev/steps",
        "immutable": True,
        "stringData": _files(errand),
    }
    ref = ObjectRef("Secret", errand.name, NAMESPACE)
    return Write("create", collection_path("v1", "secrets", NAMESPACE), body, ref)


def job_deletion(name: str, uid: str) -> Write:
    """The deletion of this very Job; it is there until its pods are gone."""
    body = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Foreground",
        "preconditions": {"uid": uid},
    }
    return Write("delete", job_path(name), body, ObjectRef(KIND, name, NAMESPACE))


def containers_of(steps: Iterable[Step]) -> tuple[str, ...]:
    """Names of the containers, in the order in which they run."""
    return tuple(f"step-{number}" for number, _step in enumerate(steps, start=1))


def _ref(errand: Errand) -> ObjectRef:
    return ObjectRef(KIND, errand.name, NAMESPACE)


def _metadata(errand: Errand, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": errand.name,
        "namespace": NAMESPACE,
        "labels": dict(labels),
        "annotations": {ATTEMPT: errand.id},
    }


def _labels(errand: Errand) -> dict[str, str]:
    return {
        "app.kubernetes.io/part-of": "guardrail",
        EXECUTION_LABEL: label_value(errand.record),
        f"{LABEL}action": label_value(errand.action),
        **target_labels(errand.target),
    }


def _pod(errand: Errand, settings: JobSettings) -> dict[str, Any]:
    names = containers_of(errand.steps)
    containers = [_container(name, step, settings) for name, step in zip(names, errand.steps, strict=True)]
    volumes = [_volume(errand)] if _files(errand) else []
    return {
        "restartPolicy": "Never",
        "serviceAccountName": account_of(errand.action),
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,
        # The API server is reached by its address.
        "dnsPolicy": "Default",
        "terminationGracePeriodSeconds": _GRACE_S,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": NOBODY,
            "runAsGroup": NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": containers[:-1],
        "containers": containers[-1:],
        "volumes": volumes,
        "nodeSelector": dict(settings.node_selector),
        "tolerations": [dict(toleration) for toleration in settings.tolerations],
        "imagePullSecrets": [{"name": name} for name in settings.pull_secrets],
    }


def _container(name: str, step: Step, settings: JobSettings) -> dict[str, Any]:
    mounts = [{"name": "steps", "mountPath": FOLDER, "readOnly": True}] if step.file else []
    return {
        "name": name,
        "image": settings.image,
        "imagePullPolicy": "IfNotPresent",
        # No command: it is the image's, so that nothing but kubectl runs.
        "args": list(step.arguments),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
        },
        "resources": dict(settings.resources),
        "volumeMounts": mounts,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def _volume(errand: Errand) -> dict[str, Any]:
    if errand.hidden:
        return {"name": "steps", "secret": {"secretName": errand.name, "defaultMode": _READ_ONLY}}
    items = [
        {"path": name, "fieldRef": {"fieldPath": f"metadata.annotations['{_annotation(name)}']"}}
        for name in _files(errand)
    ]
    return {"name": "steps", "downwardAPI": {"items": items, "defaultMode": _READ_ONLY}}


def _annotations(errand: Errand) -> dict[str, str]:
    return {_annotation(name): text for name, text in _files(errand).items()}


def _annotation(file: str) -> str:
    return f"{LABEL}step-{file}"


def _files(errand: Errand) -> dict[str, str]:
    return {
        step.file: json.dumps(step.body, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        for step in errand.steps
        if step.file
    }
