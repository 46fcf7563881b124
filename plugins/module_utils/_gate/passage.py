# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request on its way through the gate. Holds what is known so far, so that every exit path can tell it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api import identity
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import (
    ActionDenied,
    Conflict,
    GateError,
    PolicyUnusable,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import timestamp
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.demands import require_possible
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.journal import Journal
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import (
    LIBRARY_SOURCE,
    SETTLING_S,
    Judgement,
    config_of,
    judge,
    live_library,
    make_plan,
    prepare,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import Execution, Outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.performing import (
    Footprint,
    Overtaken,
    Performance,
    perform,
    verify,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.permit import require_permit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.traces import (
    state_before,
    unevicted,
    without_own_lock,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.trail import Trail
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine, denial
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Facts, Subject
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request, Undo

if TYPE_CHECKING:
    # Loaded where they are needed: most tasks have no Job, take no Lease and are not undone.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.node_lease import NodeLease
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.earlier import EarlierJob
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.performing import JobMode

_ATTEMPTS = 2


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
        self._jobs: JobMode | None = None
        self._earlier: EarlierJob | None = None
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
        self._told_decision: Decision | None = None
        self._compiled_anew = False
        self._footprint = Footprint()
        self._message = ""
        self.failure: GateError | None = None

    def go(self) -> None:
        # What cannot be is told before anything is asked of the cluster.
        require_possible(self._action, self._request)
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
            except Overtaken as more:
                if self._attempts > _ATTEMPTS:
                    raise
                self._begun = self._begun or self._plan
                self._report(f"{more.message} Judging again on fresh facts.")
            except Conflict:
                if self._footprint.changed or self._attempts >= _ATTEMPTS:
                    raise
                self._report("the object changed meanwhile: judging again on fresh facts")
                self._sleep(SETTLING_S)

    def _library(self) -> Library:
        try:
            library = live_library(self._api)
            if self._request.execution == "job":
                from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.performing import job_mode

                self._jobs = job_mode(config_of(library), self._journal.job_created)
            return library
        except PolicyUnusable as unusable:
            self._told_decision = denial(unusable, {}, LIBRARY_SOURCE)
            raise

    def _attempt(self, library: Library) -> None:
        if self._jobs and self._attempts == 1 and not self._request.check_mode and self._follows_earlier():
            return
        besides = partial(self._jobs.rehearsal, self._action, self._request) if self._jobs else None
        prepared = prepare(  # 2, 3, 4
            self._action, self._request, self._api, self._subject, sleep=self._sleep, besides=besides
        )
        self._plan = plan = prepared.plan
        if prepared.facts is None:
            self._message = f"{plan.target.label} is already as asked for."
            if not self._request.check_mode:
                self._journal.look_back(plan.target)
                if prepared.raw is not None:
                    verify(self._performance(), plan, prepared.raw)
                self._conclude_earlier()
            return
        self._conclude_earlier()
        judgement = self._judged(plan, prepared.facts, library)  # 5
        summary = f"{self._action.verb} {plan.target.label}"
        permit = require_permit(judgement.decision, plan, summary, self._journal.name)
        if self._request.check_mode:
            self._message = f"Would {summary}."
            return
        if self._request.only_asks:
            raise ActionDenied(
                "execution.only-asked", f"Not carried out: {summary}. Nobody's approval is missing any more."
            )
        # From here on others count this execution for so long; a process that sleeps now must not act later than that.
        self._deadline = self._deadline or Deadline(self._request.wait_timeout_s)
        self._journal.admit(judgement.decision, plan, summary)
        self._take_lease(plan)
        performance = self._performance(prepared.facts, prepared.raw)
        (self._jobs.perform if self._jobs else perform)(performance, plan, permit, self._footprint)  # 6
        verify(performance, plan, None)  # 7
        self._message = f"Done: {summary}."

    def _follows_earlier(self) -> bool:
        """Where an earlier run of this task has started a Job that still works: follow that one to its end."""
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.earlier import EarlierJob

        who = self._subject.username if self._subject else ""
        earlier = EarlierJob(self._api, self._action, self._journal.request, who, self._sleep)
        self._earlier = earlier.look(self._action.target(self._request))
        if not earlier.works:
            return False
        plan = self._plan = earlier.whole(make_plan(self._action, self._request, self._api)[0])
        self._told_decision = earlier.decision()
        self._lease = earlier.lease() if self._action.leases else None
        earlier.follow(self._performance(), plan, self._footprint)
        self._message = f"Done: {self._action.verb} {plan.target.label}. An earlier run of this task had started it."
        return True

    def _conclude_earlier(self) -> None:
        """Its Job has ended; after a first attempt there is nothing left to say of it."""
        if self._earlier is not None and not self._request.check_mode:
            self._journal.warnings.append(self._earlier.conclude())
            self._earlier = None

    def _judged(self, plan: Plan, facts: Facts, library: Library) -> Judgement:
        """The decision, on record. Where it is a denial, approvals are looked for and may turn it."""
        if self._subject is None:
            raise RuntimeError("nobody asks")
        facts = without_own_lock(facts, self._lease)
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
        if self._action.leases and self._lease is None:
            from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.node_lease import taken

            self._lease = taken(self._api, plan.target.name, self._journal.name, self._request.wait_timeout_s)

    def _report(self, line: str) -> None:
        self._tell(line)
        self._journal.progress(line)

    def _performance(self, facts: Facts | None = None, judged: Mapping[str, Any] | None = None) -> Performance:
        # One for all attempts; where there was nothing to admit it begins with the wait.
        self._deadline = deadline = self._deadline or Deadline(self._request.wait_timeout_s)
        bounded = self._api.until(deadline)
        guarded = Counter(budget.namespace for budget in facts.disruption.budgets) if facts else {}
        return Performance(self._action, self._request, bounded, deadline, self._report, self._sleep, guarded, judged)

    @property
    def may_roll_back(self) -> bool:
        """Whether something was changed that is to be undone now."""
        wanted = self._request.on_failure == "rollback" and not self._request.check_mode
        changed = self._footprint.changed or self._footprint.in_doubt
        return wanted and self.failure is not None and changed and self._plan is not None

    def roll_back(self, outcome: Outcome, run: Callable[[Request], Outcome]) -> Outcome:
        """Undo what was changed, through the same gate. Returns ``outcome`` with how that went."""
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.undoing import undo_at_once

        plan, failure = self._begun or self._plan, outcome.failure
        if plan is None or failure is None:
            raise RuntimeError("there is nothing to undo")
        self._tell("rolling back")
        by, sentence = undo_at_once(plan, outcome.after, self._request, self._journal.name, self._api, run)
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
        plan, decision = self._plan, self._judgement.decision if self._judgement else self._told_decision
        would_change = self._request.check_mode and self.failure is None and bool(plan and plan.writes)
        changed = self._footprint.changed or self._footprint.in_doubt or would_change
        differs = plan is not None and (changed or self._judgement is not None)
        policy = decision.warnings if decision else ()
        return Outcome(
            changed=changed,
            execution=self._execution(),
            before=state_before(self._begun, plan) if plan and differs else {},
            after=plan.after if plan and differs else {},
            decision=decision,
            failure=self.failure,
            message=self._message,
            pods=self._footprint.pods or unevicted(self._plan),
            warnings=(*(f"{it.message} [{it.code}]" for it in policy), *self._api.warnings),
            input=self._judgement.input if self._judgement else None,
            undo=plan.undo if plan else Undo(),
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
            mode=self._request.execution,
            job=(self._earlier or self._jobs).outcome if self._jobs else None,
            followed=self._earlier.record.name if self._earlier and self._earlier.record else "",
        )
