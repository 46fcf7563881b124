# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a record's status says: pure functions from decisions and outcomes to the fields of the definition.

The definition bounds every text and list (``roles/executor/files/manifests/20-kubernetesexecutions.yaml``); a status that
is too long would be refused, so everything is cut here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    AWAITING,
    EXECUTING,
    FAILED,
    REJECTED,
    SUCCEEDED,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import JobOutcome, Outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision, Violation
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import mask
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.nulls import noted
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Undo

_LONGEST_TEXT = 1000
_MOST_FINDINGS = 20
_MOST_LISTED = 50


def decision_status(decision: Decision) -> dict[str, Any]:
    """The decision, without what only the result of the task needs."""
    return {
        "allowed": decision.allowed,
        "reason": cut(decision.reason),
        "decisionId": decision.decision_id,
        "inputSha256": decision.input_sha256,
        "evaluationMs": decision.evaluation_ms,
        "library": {_LIBRARY[key]: str(value)[:250] for key, value in decision.library.items() if key in _LIBRARY},
        "violations": _findings(decision.violations),
        "warnings": _findings(decision.warnings),
    }


def final_phase(phase: str, failure: GateError | None) -> str:
    """The phase that an execution ends in."""
    if phase == EXECUTING:
        return SUCCEEDED if failure is None else FAILED
    if failure is None:
        return phase  # a rehearsal that would go on
    if failure.reason == "awaiting_approval":
        return AWAITING
    return REJECTED if failure.reason == "denied" else FAILED


def outcome_status(outcome: Outcome, undo: Undo) -> dict[str, Any]:
    """What came of it. ``phase`` and ``endedAt`` are the journal's to add."""
    failure = outcome.failure
    status: dict[str, Any] = {
        "message": cut(failure.message if failure else outcome.message),
        "changed": outcome.changed,
        "durationSeconds": round(outcome.execution.duration_s, 3),
        "diff": {"before": bounded(outcome.before), "after": bounded(outcome.after)},
    }
    if outcome.changed:
        status["undo"] = undo_status(undo)
    if outcome.pods is not None:
        total = len(outcome.pods.evicted) + len(outcome.pods.pending) + len(outcome.pods.failed)
        status["progress"] = f"{len(outcome.pods.evicted)}/{total} evicted"
    if outcome.execution.job is not None:
        status["job"] = job_status(outcome.execution.job)
    if failure is not None:
        status["error"] = {"code": failure.code, "reason": failure.reason, "message": cut(failure.message)}
    return status


def job_status(job: JobOutcome) -> dict[str, Any]:
    """How the Job ended. What its containers said stays in the result: it may be long."""
    ended = {"succeeded": job.succeeded, "exitCode": job.exit_code, "reason": cut(job.reason)[:250]}
    return {"name": job.name, **{key: value for key, value in ended.items() if value not in (None, "")}}


def undo_status(undo: Undo) -> dict[str, Any]:
    """The way back, without secrets: what a record hides is lost to the undo, and it says so."""
    way_back = {"action": undo.action, "parameters": mask(noted(undo.parameters)), "note": undo.note}
    return {key: value for key, value in way_back.items() if value}


def approvals_required(decision: Decision) -> int:
    """How many approvals the violations ask for."""
    stated = [violation.details.get("approval") for violation in decision.violations]
    numbers = [entry.get("required", 0) for entry in stated if isinstance(entry, Mapping)]
    return max((int(number) for number in numbers if isinstance(number, int)), default=0)


def cut(text: str) -> str:
    """The text without secrets, at most so long that any field takes it."""
    masked = str(mask(text))
    return masked if len(masked) <= _LONGEST_TEXT else f"{masked[: _LONGEST_TEXT - 1]}…"


_LIBRARY = {
    "name": "name",
    "version": "version",
    "revision": "revision",
    "source": "source",
    "signed_by": "signedBy",
}


def _findings(findings: Iterable[Violation]) -> list[dict[str, str]]:
    return [
        {
            "policy": cut(finding.policy)[:250],
            "code": cut(finding.code)[:250],
            "message": cut(finding.message),
            "remedy": cut(finding.remedy),
        }
        for finding in list(findings)[:_MOST_FINDINGS]
    ]


def bounded(part: Mapping[str, Any]) -> dict[str, Any]:
    """The diff with long lists cut: the pods of a drain may be hundreds."""
    return {
        key: [*value[:_MOST_LISTED], f"and {len(value) - _MOST_LISTED} more"]
        if isinstance(value, list) and len(value) > _MOST_LISTED
        else value
        for key, value in mask(dict(part)).items()
    }
