# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records and approvals as tasks return them: flat, every key always there, names in Ansible's spelling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import Record, timestamp
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.nulls import restored


def execution_view(record: Record, now: datetime) -> dict[str, Any]:
    """A ``KubernetesExecution``. ``lost``: it is past the time that its phase may last, so its process has died."""
    spec, status = record.raw["spec"], record.status
    diff = status.get("diff") or {}
    return {
        "name": record.name,
        "id": record.id,
        "action": record.action,
        "kind": record.target.kind,
        "namespace": record.target.namespace,
        "target": record.target.name,
        "uid": record.uid,
        "parameters": dict(spec["parameters"]),
        "digest": record.digest,
        "requester": record.requester,
        "claims": dict(spec.get("claims") or {}),
        "reason": spec.get("reason", ""),
        "ticket": spec.get("ticket", ""),
        "phase": record.phase,
        "lost": record.expired(now),
        "message": status.get("message", ""),
        "progress": status.get("progress", ""),
        "changed": status.get("changed"),
        "created": timestamp(record.created),
        "admitted": _moment(record.admitted_at),
        "ended": _moment(record.ended_at),
        "duration_s": status.get("durationSeconds"),
        "decision": _decision(status.get("decision")),
        "diff": {"before": diff.get("before") or {}, "after": diff.get("after") or {}},
        "undo": _undo(status.get("undo") or {}),
        "undoes": spec.get("undoes", ""),
        "undone_by": status.get("undoneBy", ""),
        "superseded_by": status.get("supersededBy", ""),
        "approvals": list(status.get("approvals") or ()),
        "approvals_required": status.get("approvalsRequired", 0),
        "audit": _audit(status.get("audit")),
        "error": _error(status.get("error")),
    }


def approval_view(raw: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """An ``ExecutionApproval``. It may end earlier than ``expires`` says: the library bounds it, too."""
    spec, status = raw["spec"], raw.get("status") or {}
    created = datetime.fromisoformat(raw["metadata"]["creationTimestamp"])
    expires = created + timedelta(seconds=spec["validForSeconds"])
    return {
        "name": raw["metadata"]["name"],
        "type": spec["type"],
        "execution": spec.get("execution", ""),
        "action": spec["action"],
        "kind": spec["target"]["kind"],
        "namespace": spec["target"].get("namespace", ""),
        "target": spec["target"]["name"],
        "uid": spec["target"].get("uid", ""),
        "digest": spec["digest"],
        "approver": spec["approver"],
        "reason": spec.get("reason", ""),
        "created": timestamp(created),
        "expires": timestamp(expires),
        "expired": now >= expires,
        "used_by": status.get("consumedBy", ""),
        "used_at": status.get("consumedAt", ""),
        "review": _review(status.get("review")),
    }


def _moment(moment: datetime | None) -> str:
    return timestamp(moment) if moment else ""


def _decision(stated: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not stated:
        return None
    library = stated.get("library") or {}
    return {
        "allowed": stated.get("allowed", False),
        "reason": stated.get("reason", ""),
        "decision_id": stated.get("decisionId", ""),
        "input_sha256": stated.get("inputSha256", ""),
        "evaluation_ms": stated.get("evaluationMs"),
        "library": {
            **{key: library.get(key, "") for key in ("name", "version", "revision", "source")},
            "signed_by": library.get("signedBy", ""),
        },
        "violations": _findings(stated.get("violations") or ()),
        "warnings": _findings(stated.get("warnings") or ()),
    }


def _findings(findings: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{key: finding.get(key, "") for key in ("policy", "code", "message", "remedy")} for finding in findings]


def _undo(stated: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "action": stated.get("action", ""),
        "parameters": restored(stated.get("parameters") or {}),
        "note": stated.get("note", ""),
    }


def _audit(stated: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not stated:
        return None
    return {
        "chain": stated.get("chain", ""),
        "sequence": stated.get("sequence", 0),
        "hash": stated.get("hash", ""),
    }


def _error(stated: Mapping[str, str] | None) -> dict[str, str] | None:
    return {key: stated.get(key, "") for key in ("code", "reason", "message")} if stated else None


def _review(stated: Mapping[str, str] | None) -> dict[str, str] | None:
    if not stated:
        return None
    return {
        "state": stated["state"],
        "closed_by": stated.get("closedBy", ""),
        "closed_at": stated.get("closedAt", ""),
        "note": stated.get("note", ""),
    }
