# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a task leaves outside the cluster: lines in the audit trail and figures for the metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError, PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import Record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import Outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.emission import emit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.measurement import Measurement
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.options import MetricsOptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request, Undo
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Approval

if TYPE_CHECKING:
    # Loaded where there is a trail to write.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain import Anchor, AuditOptions


class Trail:
    """The audit trail and the metrics of one task.

    Args:
        audit: Where audit lines go; ``None``: nowhere.
        metrics: Where figures go.
    """

    def __init__(self, audit: AuditOptions | None = None, metrics: MetricsOptions | None = None) -> None:
        self._audit, self._metrics = audit, metrics or MetricsOptions()
        self._required = bool(audit and audit.required)
        self._anchor: Anchor | None = None
        self._cluster = ""

    def bind(self, config: Mapping[str, Any]) -> None:
        """Take over what the library demands: with ``audit.required`` no task acts without an audit line.

        Raises:
            PolicyUnusable: ``audit.not-configured``.
        """
        cluster, stated = config.get("cluster"), config.get("audit")
        self._cluster = str(cluster.get("name") or "") if isinstance(cluster, Mapping) else ""
        self._required = self._required or (isinstance(stated, Mapping) and stated.get("required", False) is not False)
        if self._required and self._audit is None:
            raise PolicyUnusable(
                "audit.not-configured",
                "The policy library demands an audit trail, and this task has none, so nothing is done.",
                "Set audit_log, or GUARDRAIL_AUDIT_LOG in the environment, to a file that the task may append to.",
            )

    def decision(
        self, request: Request, record: Record, judged: Judgement, approvals: Sequence[Approval], now: str
    ) -> list[str]:
        """One line for a decision. Returns warnings.

        Raises:
            GateError: It could not be written, and no action goes without.
        """
        if self._audit is None:
            return []
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.entries import decision_entry

        entry = decision_entry(
            execution=_execution(record, self._cluster),
            request=_request(request),
            decision=judged.decision.as_result(),
            diff={"before": dict(judged.plan.before), "after": dict(judged.plan.after)},
            approvals=[asdict(approval) for approval in approvals],
            document=judged.input,
        )
        return self._append(entry, "decision", now, required=self._required and judged.decision.allowed)

    def outcome(
        self, request: Request, record: Record | None, outcome: Outcome, phase: str, undo: Undo | None, now: str
    ) -> list[str]:
        """One line for how it ended. Returns warnings: what is done is done."""
        if self._audit is None:
            return []
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.entries import outcome_entry

        result = outcome.as_result()
        entry = outcome_entry(
            execution=_execution(record, self._cluster, phase) if record else dict(result["execution"]),
            request=_request(request),
            outcome={**result, "undo": asdict(undo) if undo and outcome.changed else {}},
        )
        return self._append(entry, "outcome", now, required=False)

    def anchor(self) -> dict[str, Any]:
        """Where the chain stands, for the status of the record: outside the reach of whoever can edit the file."""
        return {"audit": asdict(self._anchor)} if self._anchor else {}

    def measure(
        self,
        request: Request,
        outcome: Outcome,
        phase: str,
        used: Sequence[Approval],
        *,
        compiled_anew: bool,
        admitted: bool,
    ) -> list[str]:
        """The figures of a run that is over. Returns warnings."""
        decision, failure = outcome.decision, outcome.failure
        gate_said = {violation.code for violation in decision.violations} & _LIBRARY_FAILURES if decision else set()
        measurement = Measurement(
            action=request.action,
            result=_result(decision),
            evaluation_s=decision.evaluation_ms / 1000 if decision and decision.evaluation_ms else None,
            denied_by=tuple(violation.policy for violation in decision.violations) if decision else (),
            reloaded=compiled_anew and not gate_said,
            reload_failed=bool(gate_said) or (failure is not None and failure.code in _LIBRARY_FAILURES),
            phase="" if request.check_mode else phase,
            admitted=admitted,
            duration_s=outcome.execution.duration_s,
            overrides_opened=sum(1 for approval in used if approval.type == "override"),
            mode="check" if request.check_mode else "apply",
        )
        return list(emit(measurement, self._metrics))

    def _append(self, entry: Mapping[str, Any], kind: str, now: str, *, required: bool) -> list[str]:
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain import append

        if self._audit is None:
            return []
        try:
            self._anchor = append(self._audit, entry, kind=kind, time=now)
        except GateError as failure:
            if required:
                raise
            return [f"The audit trail has no line about this {kind}: {failure.message}"]
        return []


_LIBRARY_FAILURES = {
    "policy.library-missing",
    "policy.library-unreadable",
    "policy.library-empty",
    "policy.revision-mismatch",
    "policy.parse-error",
    "policy.lint-error",
}


def _result(decision: Decision | None) -> str:
    if decision is None:
        return ""
    if decision.allowed:
        return "allowed"
    return "error" if any(violation.policy == "gate" for violation in decision.violations) else "denied"


def _request(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "action": request.action,
        "parameters": dict(request.parameters),
        "reason": request.reason,
        "ticket": request.ticket,
        "claims": dict(request.claims),
        "mode": "check" if request.check_mode else "apply",
        "time": request.time,
        "undoes": request.undoes,
    }


def _execution(record: Record, cluster: str, phase: str = "") -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "action": record.action,
        "target": record.raw["spec"]["target"],
        "digest": record.digest,
        "requester": record.requester,
        "phase": phase or record.phase,
        "cluster": cluster,
    }
