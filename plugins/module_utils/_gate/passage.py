# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request on its way through the gate. Holds what is known so far, so that every exit path can tell it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import identity
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.evicted_pods import pods_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import (
    Conflict,
    GateError,
    InvalidRequest,
    PolicyUnusable,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.node_lease import NodeLease
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import GRACE_S, timestamp
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.journal import Journal
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import (
    LIBRARY_SOURCE,
    SETTLING_S,
    Judgement,
    config_of,
    judge,
    live_library,
    prepare,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import Execution, Outcome, PodsOutcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.performing import (
    Footprint,
    Overtaken,
    Performance,
    perform,
    verify,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.permit import require_permit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.trail import Trail
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.undoing import undo_at_once
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine, denial
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Facts, Subject
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request

_ATTEMPTS = 2


def _require_time(request: Request) -> None:
    """Everything after the decision is bounded by the deadline, the write too."""
    if request.wait_timeout_s <= 0:
        raise InvalidRequest(
            "request.wait-timeout-invalid",
            f"wait_timeout: {request.wait_timeout_s:g} leaves no time to act.",
            "Use 1 or more; wait: false does not wait for the result.",
        )
    if request.wait_timeout_s > _LONGEST_S:
        raise InvalidRequest(
            "request.wait-timeout-invalid",
            f"wait_timeout: {request.wait_timeout_s:g} is more than a day: so long an execution that died would count as"
            " running.",
            f"Use {_LONGEST_S} or less.",
        )


_LONGEST_S = 86400


class Passage:
    """One request on its way."""

    def __init__(
        self,
        action: Action,
        request: Request,
        api: Api,
        report: Callable[[str], None],
        sleep: Callable[[float], None],
        trail: Trail,
    ) -> None:
        self._action, self._request, self._api = action, request, api
        self._sleep = sleep
        self._tell = report
        self._journal = Journal(api, action.on_record(request), trail, sleep)
        self._lease: NodeLease | None = None
        self._deadline: Deadline | None = None
        self._began = time.monotonic()
        self._calls = api.calls
        self._attempts = 0
        self._subject: Subject | None = None
        self._target: ObjectRef | None = None
        self._plan: Plan | None = None
        self._begun: Plan | None = None
        self._judgement: Judgement | None = None
        self._refusal: Decision | None = None
        self._compiled_anew = False
        self._footprint = Footprint()
        self._message = ""
        self.failure: GateError | None = None

    def go(self) -> None:
        # What cannot be is told before anything is asked of the cluster.
        _require_time(self._request)
        self._target = self._action.target(self._request)
        self._subject = identity.who_am_i(self._api)  # 1
        self._request = replace(self._request, time=timestamp(self._api.now()))
        self._journal.request = self._action.on_record(self._request)
        library = self._library()
        while True:
            self._attempts += 1
            try:
                self._attempt(library)
                return
            except Overtaken:
                if self._attempts > _ATTEMPTS:
                    raise
                self._begun = self._begun or self._plan
                self._report("more came before the first write was in place: judging again on fresh facts")
            except Conflict:
                if self._footprint.changed or self._attempts >= _ATTEMPTS:
                    raise
                self._report("the object changed meanwhile: judging again on fresh facts")
                self._sleep(SETTLING_S)

    def _library(self) -> Library:
        try:
            return live_library(self._api)
        except PolicyUnusable as unusable:
            self._refusal = denial(unusable, {}, LIBRARY_SOURCE)
            raise

    def _attempt(self, library: Library) -> None:
        prepared = prepare(self._action, self._request, self._api, self._subject, sleep=self._sleep)  # 2, 3, 4
        self._plan = plan = prepared.plan
        if prepared.facts is None:
            self._message = f"{plan.target.label} is already as asked for."
            if not self._request.check_mode:
                self._journal.look_back(plan.target)
                if prepared.raw is not None:
                    verify(self._performance(), plan, prepared.raw)
            return
        judgement = self._judged(plan, prepared.facts, library)  # 5
        summary = self._summary(plan)
        permit = require_permit(judgement.decision, plan, summary, self._journal.name)
        if self._request.check_mode:
            self._message = f"Would {summary}."
            return
        # From here on others count this execution for so long; a process that sleeps now must not act later than that.
        self._deadline = self._deadline or Deadline(self._request.wait_timeout_s)
        self._journal.admit(judgement.decision, plan, summary)
        self._take_lease(plan)
        performance = self._performance(prepared.facts)
        perform(performance, plan, permit, self._footprint)  # 6
        verify(performance, plan, None)  # 7
        self._message = f"Done: {summary}."

    def _judged(self, plan: Plan, facts: Facts, library: Library) -> Judgement:
        """The decision, on record. Where it is a denial, approvals are looked for and may turn it."""
        if self._subject is None:
            raise RuntimeError("nobody asks")
        facts = _without_own_lock(facts, self._lease)
        self._journal.open(plan, facts, self._subject, config_of(library))
        standing, engine = self._journal.standing(), Engine(library)
        self._judgement = judgement = judge(self._request, plan, facts, standing, library, engine)
        self._compiled_anew = judgement.compiled_anew
        if not judgement.decision.allowed:
            standing = replace(standing, approvals=self._journal.approvals())
            if standing.approvals:
                self._judgement = judgement = judge(self._request, plan, facts, standing, library, engine)
        self._journal.decided(judgement, standing.approvals)
        return judgement

    def _take_lease(self, plan: Plan) -> None:
        """Tell other tools. At a second attempt the Lease is held already."""
        if not self._action.leases or self._lease is not None:
            return
        seconds = int(self._request.wait_timeout_s) + GRACE_S
        lease = NodeLease(self._api, plan.target.name, self._journal.name, seconds)
        lease.take()
        self._lease = lease

    def _report(self, line: str) -> None:
        self._tell(line)
        self._journal.progress(line)

    def _performance(self, facts: Facts | None = None) -> Performance:
        # One for all attempts; where there was nothing to admit it begins with the wait.
        self._deadline = deadline = self._deadline or Deadline(self._request.wait_timeout_s)
        bounded = self._api.until(deadline)
        guarded = Counter(budget.namespace for budget in facts.disruption.budgets) if facts else {}
        return Performance(self._action, self._request, bounded, deadline, self._report, self._sleep, guarded)

    def _summary(self, plan: Plan) -> str:
        return f"{self._action.verb} {plan.target.label}"

    @property
    def may_roll_back(self) -> bool:
        """Whether something was changed that is to be undone now."""
        wanted = self._request.on_failure == "rollback" and not self._request.check_mode
        changed = self._footprint.changed or self._footprint.in_doubt
        return wanted and self.failure is not None and changed and self._plan is not None

    def roll_back(self, outcome: Outcome, run: Callable[[Request], Outcome]) -> Outcome:
        """Undo what was changed, through the same gate. Returns ``outcome`` with how that went."""
        if self._plan is None or outcome.failure is None:
            raise RuntimeError("there is nothing to undo")
        plan = self._begun or self._plan
        self._tell("rolling back")
        by, sentence = undo_at_once(plan, outcome.after, self._request, self._journal.name, self._api, run)
        failure = outcome.failure
        failure.message = f"{failure.message} {sentence}"
        said = len(self._journal.warnings)
        if by:
            self._journal.rolled_back(by)
            failure.hint = "Look at its pods and events before it is tried again."
        execution = replace(outcome.execution, undone_by=by, phase=self._journal.phase)
        warnings = (*outcome.warnings, *self._journal.warnings[said:])
        return replace(outcome, execution=execution, failure=failure, warnings=warnings)

    def close(self) -> Outcome:
        """Give back what is held, put the outcome on record, and return it."""
        outcome = self._journal.close(self.outcome(), self._begun or self._plan, compiled_anew=self._compiled_anew)
        kept = self._lease.release(self._journal.api) if self._lease is not None else ""
        return replace(
            outcome,
            execution=replace(outcome.execution, api_calls=self._api.calls - self._calls),
            warnings=(*outcome.warnings, kept) if kept else outcome.warnings,
        )

    def outcome(self) -> Outcome:
        """What is known so far."""
        plan, decision = self._plan, self._judgement.decision if self._judgement else self._refusal
        would_change = self._request.check_mode and self.failure is None and bool(plan and plan.writes)
        changed = self._footprint.changed or self._footprint.in_doubt or would_change
        differs = plan is not None and (changed or self._judgement is not None)
        return Outcome(
            changed=changed,
            execution=self._execution(),
            before=_before(self._begun, plan) if plan and differs else {},
            after=plan.after if plan and differs else {},
            decision=decision,
            failure=self.failure,
            message=self._message,
            pods=self._pods(),
            warnings=self._warnings(decision),
            input=self._judgement.input if self._judgement else None,
        )

    def _execution(self) -> Execution:
        return Execution(
            id=self._request.id,
            action=self._action.name,
            target=str(self._target or ""),
            requester=self._subject.username if self._subject else "",
            attempts=self._attempts,
            api_calls=self._api.calls - self._calls,
            duration_s=time.monotonic() - self._began,
        )

    def _pods(self) -> PodsOutcome | None:
        """Where no eviction was sent, every pod of the plan is still pending."""
        if self._footprint.pods is not None:
            return self._footprint.pods
        if self._plan is None or not (self._plan.evictions or self._plan.skipped):
            return None
        pending = tuple(pod.summary() for pod in pods_of(self._plan.evictions))
        return PodsOutcome(pending=pending, skipped=self._plan.skipped)

    def _warnings(self, decision: Decision | None) -> tuple[str, ...]:
        policy = tuple(f"{w.message} [{w.code}]" for w in decision.warnings) if decision else ()
        return policy + tuple(self._api.warnings)


def _without_own_lock(facts: Facts, lease: NodeLease | None) -> Facts:
    """At a second judgement the node's Lease is held already, by this very execution."""
    if lease is None:
        return facts
    locks = tuple(lock for lock in facts.nodes.locks if lock.holder != lease.holder)
    return replace(facts, nodes=replace(facts.nodes, locks=locks))


def _before(begun: Plan | None, plan: Plan) -> Mapping[str, Any]:
    """The state before the action, also where an earlier attempt has already changed a part of it."""
    if begun is None:
        return plan.before
    done = {key: value for key, value in begun.before.items() if begun.after.get(key) == plan.before.get(key)}
    return {**plan.before, **done}
