# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps one execution on record: in the cluster, in the audit trail, as an Event, as metrics.

The record is written before the decision and moves with the action; where it cannot be written, nothing is done. In check
mode the API server rehearses it and keeps nothing. What is written after the outcome is known never turns a success into
a failure: it ends as a warning.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import retention
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.events import announce
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.history import (
    View,
    history_of,
    running_tally,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger, Overruled
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.limits import limits_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.opening import new_record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    AWAITING,
    EXECUTING,
    PENDING,
    ROLLED_BACK,
    Record,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import await_turn
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import Outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.record_status import (
    approvals_required,
    bounded,
    cut,
    decision_status,
    final_phase,
    outcome_status,
    undo_status,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.trail import Trail
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Facts, Subject
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request, Undo
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Approval, Standing

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_run import JobHandle

_PROGRESS_EVERY_S = 5.0
_LAST_WORD_S = 20.0


class Journal:
    """One execution's way through its record.

    Args:
        trail: The audit trail and the metrics of this task.
        sleep: Pauses for so many seconds.

    Attributes:
        api: The API server; bounded once the last words are written.
        request: What is asked for; replaced when its time is known by the API server's clock.
        record: As it was written last; ``None`` before ``open``.
        warnings: What could not be written, for the user.
    """

    def __init__(self, api: Api, request: Request, trail: Trail, sleep: Callable[[float], None]) -> None:
        self.api, self._unbounded, self._trail, self._sleep = api, api, trail, sleep
        self.request = request
        self._ledger = Ledger(api, sleep)
        self._config: Mapping[str, Any] = {}
        self._used: tuple[Approval, ...] = ()
        self._superseded: tuple[Record, ...] = ()
        self._progress_at = time.monotonic()
        self.record: Record | None = None
        self.warnings: list[str] = []

    @property
    def name(self) -> str:
        """Of the record; empty before there is one, and in check mode."""
        return "" if self.record is None or self.request.check_mode else self.record.name

    @property
    def phase(self) -> str:
        """In which the record is."""
        return "" if self.record is None else self.record.phase

    def open(self, plan: Plan, facts: Facts, subject: Subject, config: Mapping[str, Any]) -> None:
        """Write the record, Pending; at a second judgement it exists already.

        Raises:
            PolicyUnusable: The library demands an audit trail, and there is none.
            ApiFailure, Unreachable: It cannot be written, so nothing may be done.
        """
        self._config = config
        self._trail.bind(config)
        if self.record is None:
            body = new_record(self.request, plan, facts.target, subject, self.api.now())
            self.record = self._ledger.open(body, rehearse=self.request.check_mode)
        elif self.record.uid != facts.target.uid:
            raise ApiFailure(
                "target.replaced",
                f"{plan.target.label} was deleted and created again meanwhile; that is another object than the one on record.",
                "Look at who did that, then run the task again.",
                status=409,
            )

    def look_back(self, target: ObjectRef) -> None:
        """Where there is nothing to do, and so no record: say what processes that died over this target have done."""
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.recovery import look_back

        self.warnings.extend(look_back(self.api, self._ledger, target))

    def standing(self) -> Standing:
        """Wait for this execution's turn, and say where it stands.

        Raises:
            ActionDenied: Those ahead did not decide in time.
        """
        own = self._opened()
        limits = limits_of(self._config, self.request.action)
        queued = not self.request.check_mode
        try:
            view = await_turn(self.api, self._ledger, own, limits, queued=queued, sleep=self._sleep)
        except GateError as failure:
            if failure.reason == "denied":
                raise
            return Standing(unreadable=failure.message)
        if queued:
            self._settle_the_past(own, view)
        return Standing(history=history_of(view, limits), running=running_tally(view).count)

    def approvals(self) -> tuple[Approval, ...]:
        """The approvals that count for this execution. Of the others the user is told why they do not."""
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.approval_use import look_up

        found, said = look_up(self.api, self._opened(), self.request.claims, self._config)
        self.warnings.extend(said)
        return found

    def decided(self, judged: Judgement, approvals: tuple[Approval, ...]) -> None:
        """Put the decision into the audit trail.

        Raises:
            GateError: It cannot be written there, and has to be.
        """
        self._used = approvals if judged.decision.allowed else ()
        now = timestamp(self.api.now())
        self.warnings.extend(self._trail.decision(self.request, self._opened(), judged, approvals, now))

    def admit(self, decision: Decision, plan: Plan, summary: str) -> None:
        """Begin to execute: from here on this execution counts. Uses its approvals up.

        Raises:
            Overruled: It took longer than its record allows, and somebody else has ended it.
            ApiFailure, Unreachable: It cannot be written, so nothing may be done.
            ActionDenied: An approval was used meanwhile.
        """
        own = self._opened()
        status: dict[str, Any] = {
            "message": cut(f"Executing: {summary}."),
            "decision": decision_status(decision),
            "diff": {"before": bounded(plan.before), "after": bounded(plan.after)},
            "undo": undo_status(plan.undo),
            **self._trail.anchor(),
        }
        if own.phase == PENDING:
            status["phase"] = EXECUTING
        if self._used:
            status["approvals"] = [approval.name for approval in self._used]
        self.record = self._ledger.advance(own, status)
        if self._used:
            from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.approval_use import (
                use_up,
            )

            self.warnings.extend(use_up(self.api, self._used, own.name, self._sleep))

    def job_created(self, job: JobHandle) -> None:
        """Note which Job carries it out, for whoever asks again."""
        try:
            self.record = self._ledger.advance(self._opened(), {"job": {"name": job.name, "uid": job.uid}})
        except GateError as failure:
            self.warnings.append(f"The record does not name its Job, {job.name}: {failure.message}")

    def progress(self, line: str) -> None:
        """Note how far it is, now and then: ``kubectl get kexec -w`` is the live view."""
        if self.record is None or self.record.phase != EXECUTING:
            return
        if time.monotonic() - self._progress_at < _PROGRESS_EVERY_S:
            return
        self._progress_at = time.monotonic()
        try:
            self.record = self._ledger.advance(self.record, {"progress": cut(line)}, patience_s=1.0)
        except GateError:
            return  # the outcome will say it

    def close(self, outcome: Outcome, plan: Plan | None, *, compiled_anew: bool = False) -> Outcome:
        """Write what came of it, everywhere. Returns the outcome with what the record adds."""
        self._last_words()
        own, failure = self.record, outcome.failure
        phase = final_phase(own.phase, failure) if own is not None else ""
        self.warnings.extend(
            self._trail.outcome(self.request, own, outcome, phase, plan.undo if plan else None, self._now())
        )
        if own is not None and not self.request.check_mode:
            self._end(own, outcome, plan, phase)
        admitted = own is not None and own.admitted
        measured = self._trail.measure(
            self.request, outcome, phase, self._used, compiled_anew=compiled_anew, admitted=admitted
        )
        self.warnings.extend(measured)
        return replace(
            outcome,
            execution=replace(
                outcome.execution,
                record="" if own is None or self.request.check_mode else own.name,
                phase=phase,
                digest=own.digest if own is not None else "",
                approvals=tuple(approval.name for approval in self._used),
            ),
            warnings=(*outcome.warnings, *self.warnings),
        )

    def rolled_back(self, by: str) -> None:
        """Note that another execution has undone this one."""
        if self.record is None:
            return
        self._last_words()
        status = {"phase": ROLLED_BACK, "undoneBy": by}
        try:
            self.record = self._ledger.advance(self.record, status, patience_s=_LAST_WORD_S)
        except GateError as failure:
            self.warnings.append(failure.message)

    def _last_words(self) -> None:
        """From here on everything together takes so long at most, also when the API server is gone."""
        self.api = self._unbounded.until(Deadline(_LAST_WORD_S))
        self._ledger = Ledger(self.api, self._sleep)

    def _now(self) -> str:
        """By the API server's clock; without one answer, what the request says."""
        try:
            return timestamp(self.api.now())
        except GateError:
            return self.request.time

    def _opened(self) -> Record:
        if self.record is None:
            raise RuntimeError("the journal was not opened")
        return self.record

    def _settle_the_past(self, own: Record, view: View) -> None:
        """End what processes that died have left behind on this target, and remember what this execution replaces."""
        for lost in (it for it in view.others if it.phase == EXECUTING and it.expired(view.now)):
            if lost.target == own.target:
                from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.recovery import find_out

                self._warn(find_out(self.api, self._ledger, lost, own.name))
        self._superseded = tuple(it for it in view.others if it.phase == AWAITING and it.digest == own.digest)

    def _end(self, own: Record, outcome: Outcome, plan: Plan | None, phase: str) -> None:
        status = outcome_status(outcome, plan.undo if plan else Undo())
        status.update(phase=phase, endedAt=timestamp(self.api.now()), **self._trail.anchor())
        if outcome.decision is not None:
            status["decision"] = decision_status(outcome.decision)
        if phase == AWAITING and outcome.decision is not None:
            status["approvalsRequired"] = approvals_required(outcome.decision)
        try:
            self.record = self._ledger.advance(own, status, patience_s=_LAST_WORD_S)
        except Overruled as failure:
            self.warnings.append(failure.message)
        except GateError as failure:
            self.warnings.append(f"{failure.message} It stays {own.phase} until its time has passed.")
        if own.admitted:
            note = cut(outcome.failure.message if outcome.failure else outcome.message)
            self._warn(announce(self.api, own, phase, note))
        if self._superseded and (phase == AWAITING or own.admitted):
            from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.supersession import supersede

            supersede(self._ledger, self._superseded, own)
        if retention.is_due(own.id):
            self._warn(retention.prune(self.api, self.api.now(), retention.days_of(self._config)))

    def _warn(self, sentence: str) -> None:
        if sentence:
            self.warnings.append(sentence)
