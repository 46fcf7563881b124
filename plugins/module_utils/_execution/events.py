# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Events on the target, for the people who look at it with ``kubectl describe``. Informative only: never evidence.

Reference: events.k8s.io/v1 (``note`` at most 1 kB, ``action`` and ``reason`` at most 128 characters).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import collection_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    GROUP_VERSION,
    KIND,
    NAMESPACE,
    SUCCEEDED,
    Record,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Write

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

CONTROLLER = "guardrail.dev/gate"

_API_VERSION = "events.k8s.io/v1"
_LONGEST_NOTE = 1000
# Where Kubernetes keeps Events of objects that belong to no namespace.
_CLUSTER_NAMESPACE = "default"
_TARGETS = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Job": "batch/v1",
}


def announce(api: Api, record: Record, phase: str, note: str) -> str:
    """Write one Event about an execution that has ended. A sentence when that failed, which changes nothing else."""
    namespace = record.target.namespace or _CLUSTER_NAMESPACE
    name = f"{record.name}.{phase.lower()}"
    body = {
        "apiVersion": _API_VERSION,
        "kind": "Event",
        "metadata": {"name": name, "namespace": namespace},
        "eventTime": api.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reportingController": CONTROLLER,
        "reportingInstance": record.name,
        "action": record.action,
        "reason": phase,
        "type": "Normal" if phase == SUCCEEDED else "Warning",
        "note": _cut(f"{record.action} by {record.requester}: {note} ({KIND} {record.name})"),
        "regarding": {
            "apiVersion": _TARGETS.get(record.target.kind, "v1"),
            "kind": record.target.kind,
            "name": record.target.name,
            "namespace": record.target.namespace,
            "uid": record.uid,
        },
        "related": {"apiVersion": GROUP_VERSION, "kind": KIND, "name": record.name, "namespace": NAMESPACE},
    }
    ref = ObjectRef("Event", name, namespace)
    try:
        api.send(Write("create", collection_path(_API_VERSION, "events", namespace), body, ref), dry_run=False)
    except GateError as failure:
        return f"No Event was written on {record.target.label}: {failure.message}"
    return ""


def _cut(note: str) -> str:
    encoded = note.encode()
    return note if len(encoded) <= _LONGEST_NOTE else encoded[: _LONGEST_NOTE - 3].decode(errors="ignore") + "…"
