# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The permit: what an allowing decision is worth, and for which writes.

A decision is something to look at; the only way on is ``require_permit``, which raises for every other outcome. The
permit names the digest of the plan that was judged, so that nothing else can be carried out with it (invariant I3).
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ActionDenied, ApprovalNeeded
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan


@dataclass(frozen=True)
class Permit:
    """Allows exactly the writes of one plan."""

    plan_digest: str
    decision_id: str

    def covers(self, plan: Plan) -> bool:
        return plan.digest == self.plan_digest


def require_permit(decision: Decision, plan: Plan, summary: str, record: str = "") -> Permit:
    """Turn an allowing decision into the permit for ``plan``.

    Args:
        summary: The action for people: ``scale Deployment shop/web``.
        record: Name of the record that an approver is to look at.

    Raises:
        ActionDenied: The decision does not allow the action. Its message lists every violation and the way out of it.
            ``ApprovalNeeded`` when somebody else's approval is all that is missing.
    """
    if decision.allowed is True and not decision.violations:
        return Permit(plan.digest, decision.decision_id)
    raise denial(decision, summary, record)


def denial(decision: Decision, summary: str, record: str = "") -> ActionDenied:
    """The refusal in words: what was refused, every reason with its code, and how to make it pass."""
    reasons = []
    for violation in decision.violations:
        way_out = f" {violation.remedy}" if violation.remedy else ""
        reasons.append(f"{violation.message} [{violation.code}]{way_out}")
    code = decision.violations[0].code if decision.violations else "policy.no-reason"
    code = "gate.denied" if "." not in code else code
    message = f"Denied: {summary}. " + " ".join(reasons)
    if decision.violations and all("approval" in violation.details for violation in decision.violations):
        how = f"To approve it: ansible-playbook guardrail.kubernetes.approve -e execution={record}" if record else ""
        return ApprovalNeeded(code, message, how)
    return ActionDenied(code, message, retry_after_s=_retry_after(decision))


def _retry_after(decision: Decision) -> float | None:
    """When every reason passes with time, the longest of their times; otherwise waiting does not help."""
    times = [violation.details.get("retry_after_seconds") for violation in decision.violations]
    usable = [float(time) for time in times if isinstance(time, (int, float)) and not isinstance(time, bool)]
    return max(usable) if usable and len(usable) == len(times) else None
