# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far the steps of a remediation plan are, and what is said about it: to people and in the task's result.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.plans.steps import Step
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Undo

Result = Mapping[str, Any]
"""Of one way through the gate, as the action's own module would return it."""

AWAITING, DENIED, DONE, FAILED, UNDONE = "awaiting_approval", "denied", "done", "failed", "undone"
_WORDS: Mapping[str, str] = {
    "not_judged": "not judged",
    "nothing_to_do": "nothing to do",
    "not_reached": "not reached",
    AWAITING: "awaiting approval",
    DENIED: "DENIED",
    FAILED: "FAILED",
}
_HOW_TO_ASK = (
    "Each digest may be approved by somebody else, then the plan runs. With request_approvals: true"
    " (remediation_request_approvals) the requests are left on record, to be approved by name."
)


@dataclass
class Progress:
    """How far one step is.

    Attributes:
        state: ``not_judged``, ``allowed``, ``nothing_to_do``, ``denied``, ``awaiting_approval``, ``failed``,
            ``not_reached``, ``done`` or ``undone``.
        judged: What the gate said beforehand.
        outcome: What came of it at its turn; empty before that.
        undo: The way back that was planned.
        undone_by: Record of the execution that undid it.
        stays_since: Why its change stays although the plan is undone; empty otherwise.
    """

    step: Step
    state: str = "not_judged"
    judged: Result = field(default_factory=dict)
    outcome: Result = field(default_factory=dict)
    undo: Undo = field(default_factory=Undo)
    undone_by: str = ""
    stays_since: str = ""

    @property
    def latest(self) -> Result:
        return self.outcome or self.judged

    @property
    def refused(self) -> bool:
        return bool(self.latest.get("failed"))

    @property
    def changed(self) -> bool:
        return bool(self.outcome.get("changed"))

    @property
    def execution(self) -> Mapping[str, Any]:
        return self.latest.get("execution") or {}

    def settle(self, done: str) -> None:
        """The state that the latest way through the gate ended in; ``done`` when it came through with something to do."""
        if self.refused:
            reason = self.latest.get("reason")
            self.state = str(reason) if reason in (DENIED, AWAITING) else FAILED
        else:
            self.state = done if self.latest.get("changed") else "nothing_to_do"

    def as_result(self) -> dict[str, Any]:
        """For the task's result. Plain JSON types."""
        return {
            "number": self.step.number,
            "name": self.step.name,
            "action": self.step.action.name,
            "state": self.state,
            "changed": self.changed,
            "decision": self.latest.get("decision"),
            "diff": self.latest.get("diff") or {"before": {}, "after": {}},
            "execution": self.latest.get("execution"),
            "undo": {"action": self.undo.action, "note": self.undo.note},
            "undone_by": self.undone_by,
            "msg": str(self.latest.get("msg", "")),
            "reason": str(self.latest.get("reason") or ""),
            "code": str(self.latest.get("code") or ""),
        }


def refusal(plan: Sequence[Progress], refused: Sequence[Progress]) -> dict[str, Any]:
    """The keys of a failure that ends the plan before anything is done."""
    reasons = {str(it.latest["reason"]) for it in refused}
    # An approval helps only where nothing else stands against the plan.
    worst = next((it for it in refused if it.state != AWAITING), refused[0])
    code = {AWAITING: "plan.approvals-missing", DENIED: "plan.denied"}.get(worst.state, "plan.not-possible")
    times = [it.latest.get("retry_after_s") for it in refused]
    said = f"{len(refused)} of {len(plan)} steps cannot be carried out as they stand. Nothing was changed."
    lines = [said, *(line for it in plan for line in told(it))]
    if reasons == {AWAITING}:
        lines.append(_HOW_TO_ASK)
    return {
        "failed": True,
        "msg": "\n".join(lines),
        "reason": str(worst.latest["reason"]),
        "code": code,
        "retry_after_s": max(filter(None, times)) if all(times) else None,
    }


def summary(plan: Sequence[Progress], failed: bool, *, check_mode: bool) -> str:
    """What became of the plan, a line for each step and for what is left."""
    total = len(plan)
    if check_mode:
        head = f"The plan of {total} steps may be carried out as the cluster is now."
    elif failed:
        at = next(it.step.number for it in plan if it.refused)
        head = f"The plan stopped at step {at} of {total}."
    else:
        head = f"The plan of {total} steps is carried out."
    return "\n".join([head, *(line for it in plan for line in told(it))])


def told(progress: Progress) -> Iterator[str]:
    """A step in words: what, the decision, the record, what was undone, what is left."""
    step, execution = progress.step, progress.execution
    target = " ".join(part for part in str(execution.get("target", "")).replace("//", "/").split("/", 1) if part)
    record = str(execution.get("record", ""))
    phase = f", {record} {execution.get('phase', '')}".rstrip() if record else ""
    state = _WORDS.get(progress.state, progress.state)
    deferred = " (judged again at its turn)" if step.deferred and progress.refused and not progress.outcome else ""
    yield f"{step.number}. {step.name} ({f'{step.action.name} {target}'.rstrip()}): {state}{deferred}{phase}"
    if progress.refused:
        yield f"   {progress.latest.get('msg', '')} [{progress.latest.get('code', '')}]"
    if progress.state == AWAITING and not record:
        yield f"   digest {execution.get('digest', '')}"
    if progress.undone_by:
        yield f"   undone by {progress.undone_by}. {progress.undo.note}".rstrip()
    elif progress.stays_since:
        yield f"   its change stays: {progress.stays_since}"


def warnings(plan: Sequence[Progress], *, wants_undo: bool) -> list[str]:
    """What cannot be undone, said before it is done, and what the gate warned of; each once."""
    said: dict[str, None] = {}
    for it in plan:
        place = f"Step {it.step.number} ({it.step.name})"
        lost = not it.undo.action and (it.judged.get("changed") or it.changed)
        if wants_undo and lost and not it.step.stays:
            said[f"{place} cannot be undone. {it.undo.note}".rstrip()] = None
        for warning in it.latest.get("warnings") or ():
            said[f"{place}: {warning}"] = None
    return list(said)
