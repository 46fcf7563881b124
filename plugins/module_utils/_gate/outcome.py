# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a gated action has come to: one value, one stable result on every exit path (invariants I4 and I7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Undo


@dataclass(frozen=True)
class PodsOutcome:
    """What became of the pods. Entries are ``{name, namespace}``, with ``reason`` where there is one."""

    evicted: tuple[Mapping[str, str], ...] = ()
    pending: tuple[Mapping[str, str], ...] = ()
    failed: tuple[Mapping[str, str], ...] = ()
    skipped: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class JobOutcome:
    """What became of the Job that carried the action out.

    Attributes:
        exit_code: Of the container that failed, or of the last one; ``None`` when none has ended.
        reason: Why it failed, in a word of Kubernetes; empty when it did not.
        log: What its containers said, masked and cut.
    """

    name: str
    namespace: str
    succeeded: bool
    exit_code: int | None = None
    reason: str = ""
    log: str = ""


@dataclass(frozen=True)
class Execution:
    """The attempt itself.

    Attributes:
        id: Of the request.
        target: ``kind/namespace/name``.
        requester: Username as the API server states it; empty when it could not be asked.
        attempts: How often the action was judged: 2 when the object changed between judgement and write.
        api_calls: Requests sent to the API server.
        record: Name of the ``KubernetesExecution``; empty where none was kept.
        phase: In which the record ended, or would have in check mode.
        digest: What an approval has to name.
        approvals: Names of the approvals that it used.
        undone_by: Name of the execution that undid it.
        mode: ``direct`` or ``job``.
        job: What became of the Job; ``None`` where there was none.
        followed: Name of the record of an earlier execution, when its Job was followed instead of starting another.
    """

    id: str
    action: str
    target: str
    requester: str
    attempts: int
    api_calls: int
    duration_s: float
    record: str = ""
    phase: str = ""
    digest: str = ""
    approvals: tuple[str, ...] = ()
    undone_by: str = ""
    mode: str = "direct"
    job: JobOutcome | None = None
    followed: str = ""


@dataclass(frozen=True)
class Outcome:
    """Result of the pipeline.

    Attributes:
        changed: Anything in the cluster changed, or would in check mode.
        before, after: What changes, for the diff.
        decision: ``None`` when it did not come to one: nothing to do, bad request, no answer.
        failure: Why the action did not succeed; ``None`` when it did.
        message: One line on how it ended.
        warnings: For Ansible to show; those of the library stand in ``decision`` as well.
        input: The document that was judged, for ``policy_check``.
        undo: The way back from what was planned, for ``remediate``.
    """

    changed: bool
    execution: Execution
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    decision: Decision | None = None
    failure: GateError | None = None
    message: str = ""
    pods: PodsOutcome | None = None
    warnings: tuple[str, ...] = ()
    input: Mapping[str, Any] | None = None
    undo: Undo = field(default_factory=Undo)

    def as_result(self) -> dict[str, Any]:
        """The result as a task returns it. Plain JSON types."""
        result: dict[str, Any] = {
            "changed": self.changed,
            "diff": {"before": dict(self.before), "after": dict(self.after)},
            "decision": self.decision.as_result() if self.decision is not None else None,
            "execution": {
                "id": self.execution.id,
                "action": self.execution.action,
                "target": self.execution.target,
                "requester": self.execution.requester,
                "attempts": self.execution.attempts,
                "api_calls": self.execution.api_calls,
                "duration_s": round(self.execution.duration_s, 3),
                "record": self.execution.record,
                "phase": self.execution.phase,
                "digest": self.execution.digest,
                "approvals": list(self.execution.approvals),
                "undone_by": self.execution.undone_by,
                "mode": self.execution.mode,
                "job": asdict(self.execution.job) if self.execution.job else None,
                "followed": self.execution.followed,
            },
            "msg": self.message,
        }
        if self.pods is not None:
            # Ansible reads a result's own `failed` and `skipped` as verdicts on the task, so the four lists have a key.
            result["pods"] = {
                name: [dict(pod) for pod in getattr(self.pods, name)]
                for name in ("evicted", "pending", "failed", "skipped")
            }
            result["evicted"], result["pending"] = result["pods"]["evicted"], result["pods"]["pending"]
        if self.warnings:
            result["warnings"] = list(self.warnings)
        if self.failure is not None:
            result.update(failure_keys(self.failure))
        return result


def failure_keys(failure: GateError) -> dict[str, Any]:
    """The keys that every failed task has, whatever went wrong."""
    message = f"{failure.message} {failure.hint}".strip()
    return {
        "failed": True,
        "msg": message,
        "reason": failure.reason,
        "code": failure.code,
        "retry_after_s": failure.retry_after_s,
    }
