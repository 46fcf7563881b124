# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``remediate`` does: judge a whole plan, then carry it out step by step, and undo it when a step fails.

Every step goes through the gate twice: in check mode before anything is done, and again at its turn, since the cluster may
have changed. An undo goes through it as well.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Conflict, GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import failure_keys
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.plans.progress import (
    AWAITING,
    DONE,
    UNDONE,
    Progress,
    Result,
    refusal,
    summary,
    warnings,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.plans.steps import Step, steps_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.trail import Trail
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.undo_task import undo_execution
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request
from ansible_collections.guardrail.kubernetes.plugins.module_utils.gate import run

MakeRequest = Callable[[str, Mapping[str, Any], bool], Request]
Report = Callable[[str], None]

_UNDO = "ExecutionUndo"
_DONE_BY_OTHERS = Conflict(
    "plan.changed-meanwhile", "What lacked an approval was done by somebody else meanwhile.", "Run the plan again."
)


def remediate(
    options: Mapping[str, Any],
    *,
    check_mode: bool,
    make_request: MakeRequest,
    connect: Callable[[], Api],
    trail: Trail,
    report: Report,
) -> dict[str, Any]:
    """Judge the plan and, unless in check mode, carry it out. Returns the task's result.

    Raises:
        InvalidRequest: A step names no action, or its parameters do not fit.
    """
    gate = _Gate(make_request, connect, trail, report)
    plan = [Progress(step) for step in steps_of(options)]
    wants_undo = options["on_failure"] == "rollback"
    failure: Mapping[str, Any] = {}
    if standing := _judge(plan, gate):
        if options["request_approvals"] and not check_mode:
            _ask(plan, standing, gate)
        left = [it for it in standing if it.refused]
        failure = refusal(plan, left) if left else failure_keys(_DONE_BY_OTHERS)
    elif not check_mode:
        for line in warnings(plan, wants_undo=wants_undo):
            report(line)
        failure = _perform(plan, gate)
        if failure and wants_undo:
            _undo(plan, gate)
        if failure:
            failure = {**failure, "msg": summary(plan, True, check_mode=False)}
    return _result(plan, failure, warnings(plan, wants_undo=wants_undo), check_mode)


@dataclass(frozen=True)
class _Gate:
    """The gate, with a connection of its own for each passage: a plan may outlive a token."""

    make_request: MakeRequest
    connect: Callable[[], Api]
    trail: Trail
    report: Report

    def judge(self, progress: Progress) -> None:
        progress.judged = self._passed(progress, check_mode=True)

    def ask(self, progress: Progress) -> None:
        progress.judged = self._passed(progress, check_mode=False, only_asks=True)

    def perform(self, progress: Progress) -> None:
        progress.outcome = self._passed(progress, check_mode=False)

    def undo(self, progress: Progress) -> Result:
        """The result of the undo, as ``execution_undo`` would return it."""
        options = {**progress.step.options, "on_failure": "keep"}
        request = self.make_request(_UNDO, options, False)
        cause = replace(request, parameters={"execution": progress.execution["record"], "force": False})
        try:
            api = self.connect()
            try:
                return undo_execution(cause, api, trail=self.trail, report=self._titled(progress.step))
            finally:
                api.close()
        except GateError as failure:
            return failure_keys(failure)

    def _passed(self, progress: Progress, *, check_mode: bool, only_asks: bool = False) -> Result:
        step = progress.step
        request = replace(self.make_request(step.action.name, step.options, check_mode), only_asks=only_asks)
        try:
            api = self.connect()
        except GateError as failure:
            return failure_keys(failure)
        try:
            outcome = run(step.action, request, api, trail=self.trail, report=self._titled(step))
        finally:
            api.close()
        progress.undo = outcome.undo
        return outcome.as_result()

    def _titled(self, step: Step) -> Report:
        return lambda line: self.report(f"step {step.number} ({step.name}): {line}")


def _judge(plan: Sequence[Progress], gate: _Gate) -> list[Progress]:
    """Judge every step as the cluster is now. Returns those that keep the plan from beginning."""
    for progress in plan:
        gate.judge(progress)
        progress.settle("allowed")
        if progress.latest.get("reason") == "unreachable":
            break  # each further step would wait as long for the same answer
    return [it for it in plan if it.refused and not (it.step.deferred and _may_pass_later(it))]


def _may_pass_later(progress: Progress) -> bool:
    """What the library or the cluster answered may change with the steps before; that nobody answered does not."""
    return progress.latest.get("reason") in ("denied", "awaiting_approval", "invalid_parameters", "conflict")


def _perform(plan: Sequence[Progress], gate: _Gate) -> Result:
    """Carry the plan out. Returns the result of the step at which it stopped; empty when it came to its end."""
    for progress in plan:
        gate.report(f"step {progress.step.number} of {len(plan)} ({progress.step.name})")
        gate.perform(progress)
        progress.settle(DONE)
        if progress.refused:
            progress.undone_by = str(progress.execution.get("undone_by", ""))
            progress.state = UNDONE if progress.undone_by else progress.state
            for later in plan[progress.step.number :]:
                later.state = "not_reached"
            return progress.outcome
    return {}


def _undo(plan: Sequence[Progress], gate: _Gate) -> None:
    """Undo what was changed, the latest first. One that cannot be undone does not keep the others."""
    for progress in reversed(plan):
        if not progress.changed or progress.undone_by:
            continue
        if progress.step.stays:
            progress.stays_since = "the step says on_failure: keep."
            continue
        gate.report(f"undoing step {progress.step.number} ({progress.step.name})")
        undone = gate.undo(progress)
        if undone.get("failed"):
            progress.stays_since = str(undone["msg"])
        else:
            progress.state = UNDONE
            progress.undone_by = str((undone.get("execution") or {}).get("record", ""))


def _ask(plan: Sequence[Progress], standing: Sequence[Progress], gate: _Gate) -> None:
    """Leave a request on record for every step that lacks an approval, where approvals are all that is missing."""
    if all(it.state == AWAITING for it in standing):
        for progress in (it for it in plan if it.state == AWAITING):
            gate.ask(progress)
            progress.settle("allowed")


def _result(
    plan: Sequence[Progress], failure: Mapping[str, Any], said: Sequence[str], check_mode: bool
) -> dict[str, Any]:
    would = check_mode and not failure
    changed = [it for it in plan if it.changed or (would and it.judged.get("changed"))]
    diff = {
        side: {f"{it.step.number}. {it.step.name}": it.latest["diff"][side] for it in changed}
        for side in ("before", "after")
    }
    result = {
        "changed": bool(changed),
        "decision": None,
        "diff": diff,
        "execution": None,
        "steps": [it.as_result() for it in plan],
        "msg": summary(plan, False, check_mode=check_mode) if not failure else "",
    }
    shown = {key: failure[key] for key in ("failed", "msg", "reason", "code", "retry_after_s") if key in failure}
    return {**result, **shown, **({"warnings": list(said)} if said else {})}
