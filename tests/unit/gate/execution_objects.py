# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records and approvals as the API server sends them, with the one interesting argument each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import Record, parse

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
DIGEST = "ab" * 32
NAME = "scale-deployment-5e0c2a0e6a0e"


def record(phase: str = "Succeeded", *, created: str = "2026-11-22T10:29:50Z", **changes: Any) -> Record:
    """A record of a scale from 3 to 5; ``changes`` are fields of its status, or of its spec under ``spec``."""
    spec: dict[str, Any] = {
        "id": "5e0c2a0e-6a0e-4f0c-9d8e-6e1f7c1f0b52",
        "action": "ScaleDeployment",
        "target": {"kind": "Deployment", "namespace": "shop", "name": "web", "uid": "u-1", "resourceVersion": "7"},
        "parameters": {"name": "web", "namespace": "shop", "replicas": 5},
        "digest": DIGEST,
        "requester": "runner",
        "pendingSeconds": 30,
        "timeoutSeconds": 360,
        **changes.pop("spec", {}),
    }
    metadata = {"name": NAME, "resourceVersion": "42", "creationTimestamp": created}
    return parse({"metadata": metadata, "spec": spec, "status": {"phase": phase, **_carried_out(phase), **changes}})


def _carried_out(phase: str) -> Mapping[str, Any]:
    if phase not in ("Executing", "Succeeded", "Failed", "RolledBack"):
        return {}
    return {
        "admittedAt": "2026-11-22T10:29:51Z",
        "diff": {"before": {"replicas": 3}, "after": {"replicas": 5}},
        "undo": {"action": "ScaleDeployment", "parameters": {"name": "web", "namespace": "shop", "replicas": 3}},
        **({} if phase == "Executing" else {"changed": True, "endedAt": "2026-11-22T10:29:53Z"}),
    }


def approval(*, status: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """An approval of what ``record`` asks for."""
    return {
        "metadata": {
            "name": f"{NAME}-1f2e3d4c",
            "uid": "u-9",
            "resourceVersion": "50",
            "creationTimestamp": "2026-11-22T10:00:00Z",
        },
        "spec": {
            "type": "Approval",
            "digest": DIGEST,
            "execution": NAME,
            "action": "ScaleDeployment",
            "target": {"kind": "Deployment", "namespace": "shop", "name": "web", "uid": "u-1"},
            "approver": "alice",
            "validForSeconds": 3600,
            **spec,
        },
        **({"status": dict(status)} if status is not None else {}),
    }
