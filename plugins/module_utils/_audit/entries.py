# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit trail says about a decision and about an outcome. Pure; ``docs/audit.md`` lists the fields.

Every field is always there, empty where nothing is known, so that an entry can be written at any point of the pipeline.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.inputs import packed
from ansible_collections.guardrail.kubernetes.plugins.module_utils._version import VERSION

_LEVELS = {"violations": "deny", "warnings": "warn", "dryrun": "dryrun"}
_APPROVAL = ("name", "type", "approver", "reason", "created", "expires", "digest")
_TARGET = ("kind", "namespace", "name", "uid", "resourceVersion")


def decision_entry(
    *,
    execution: Mapping[str, Any],
    request: Mapping[str, Any],
    decision: Mapping[str, Any],
    diff: Mapping[str, Any],
    approvals: Sequence[Mapping[str, Any]],
    document: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Who asked for what, what was decided by which rules, and what would change.

    Args:
        execution: ``id``, ``name`` (of the record in the cluster), ``action``, ``target`` (``kind/namespace/name``, or a
            mapping with ``kind``, ``namespace``, ``name``, ``uid``, ``resourceVersion``), ``digest``, ``requester``,
            ``phase``, ``cluster``.
        request: ``mode`` (``apply``, ``check``) or ``check_mode``, ``parameters``, ``reason``, ``ticket``, ``claims``,
            ``undoes``.
        decision: A decision's ``as_result()``; empty when it came to none.
        diff: ``before``, ``after``.
        approvals: Those that counted: ``name``, ``type``, ``approver``, ``reason``, ``created``, ``expires``, ``digest``.
        document: What was judged; ``None`` when it came to none.
    """
    return {
        **_common(execution, request),
        "decision_id": decision.get("decision_id", ""),
        "allowed": decision.get("allowed"),
        "summary": decision.get("reason", ""),
        "rules": _rules(decision),
        "library": _mapping(decision.get("library")),
        "engine": _mapping(decision.get("engine")),
        "collection": VERSION,
        "input_sha256": decision.get("input_sha256", ""),
        "evaluation_ms": decision.get("evaluation_ms"),
        "unavailable": _entries(decision.get("unavailable")),
        "approvals": [{key: one.get(key, "") for key in _APPROVAL} for one in _entries(approvals)],
        "claims": _mapping(request.get("claims")),
        "parameters": _mapping(request.get("parameters")),
        "before": _mapping(diff.get("before")),
        "after": _mapping(diff.get("after")),
        "input": packed(document) if document else {},
    }


def outcome_entry(
    *, execution: Mapping[str, Any], request: Mapping[str, Any], outcome: Mapping[str, Any]
) -> dict[str, Any]:
    """How it ended and what was changed.

    Args:
        execution, request: As for ``decision_entry``; ``decision_id`` of the execution, where the outcome has no decision.
        outcome: An outcome's ``as_result()``, with ``undo`` where there is one.
    """
    diff, decision, ran = (_mapping(outcome.get(key)) for key in ("diff", "decision", "execution"))
    failed = bool(outcome.get("failed")) or "code" in outcome
    failure = {key: outcome.get(key) for key in ("code", "reason", "retry_after_s")}
    return {
        **_common({**ran, **execution}, request),
        "decision_id": decision.get("decision_id", execution.get("decision_id", "")),
        "result": "failed" if failed else "succeeded",
        "changed": outcome.get("changed"),
        "summary": outcome.get("msg", ""),
        "failure": failure if failed else None,
        "before": _mapping(diff.get("before")),
        "after": _mapping(diff.get("after")),
        "pods": {name: _entries(pods) for name, pods in _mapping(outcome.get("pods")).items()},
        "undo": _mapping(outcome.get("undo")),
        "warnings": list(outcome.get("warnings") or ()),
        "attempts": ran.get("attempts", execution.get("attempts")),
        "api_calls": ran.get("api_calls", execution.get("api_calls")),
        "duration_s": ran.get("duration_s", execution.get("duration_s")),
    }


def _common(execution: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    target = execution.get("target") or ""
    resource = target
    if isinstance(target, Mapping):
        resource = "/".join(str(target.get(key, "")) for key in _TARGET[:3])
    return {
        "execution_id": execution.get("id", ""),
        "record": execution.get("name", ""),
        "cluster": execution.get("cluster", ""),
        "action": execution.get("action", ""),
        "target_resource": resource,
        "target": {key: target[key] for key in _TARGET if key in target} if isinstance(target, Mapping) else {},
        "digest": execution.get("digest", ""),
        "mode": request.get("mode") or ("check" if request.get("check_mode") else "apply"),
        "phase": execution.get("phase", ""),
        "requester": execution.get("requester", ""),
        "reason": request.get("reason", ""),
        "ticket": request.get("ticket", ""),
        "undoes": request.get("undoes", ""),
    }


def _rules(decision: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"level": level, **{key: rule.get(key, "") for key in ("code", "policy", "message")}}
        for name, level in _LEVELS.items()
        for rule in _entries(decision.get(name))
    ]


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _entries(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        return []
    return [dict(entry) for entry in value if isinstance(entry, Mapping)]
