# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: one pipeline from a request to an outcome, the same for every action.

Steps, numbered as in ``docs/gate.md``:

1. connect; who asks; which library is published
2. plan: read the target, compute the exact writes; nothing to do ends here
3. facts
4. dry run of every write
5. decide; check mode ends here
6. execute, with the preconditions of what was judged; on 409 begin again at 2, once
7. verify the postcondition

Invariants: nothing is written before an allowing decision (I1); everything short of a well-formed allow denies (I2); the
permit covers the judged plan and nothing else (I3); the outcome tells what was changed, however it ended (I4); nothing
waits without a deadline and no denial is retried (I5).

The pipeline knows neither ``AnsibleModule`` nor ``ActionBase``. Two doors lead here: the modules, and
``plugins/plugin_utils/in_process_door.py``.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import (
    LIBRARY_SOURCE,
    SETTLING_S,
    Judgement,
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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.unforeseen import unforeseen
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine, denial
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Facts, Subject
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request

_ATTEMPTS = 2


def run(
    action: Action,
    request: Request,
    api: Api,
    *,
    report: Callable[[str], None] = lambda line: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Carry ``request`` through the gate. Raises nothing: every failure, a bug of ours too, is in the outcome.

    Args:
        report: Takes progress, one line at a time.
        sleep: Injected by tests.
    """
    passage = _Passage(action, request, api, report, sleep)
    try:
        passage.go()
    except GateError as failure:
        passage.failure = failure
    except Exception as error:  # noqa: BLE001 - an edge: only the passage knows what has been changed (I4)
        passage.failure = unforeseen(error)
    return passage.outcome()


def _require_time(request: Request) -> None:
    """Everything after the decision is bounded by the deadline, the write too."""
    if request.wait_timeout_s <= 0:
        raise InvalidRequest(
            "request.wait-timeout-invalid",
            f"wait_timeout: {request.wait_timeout_s:g} leaves no time to act.",
            "Use 1 or more; wait: false does not wait for the result.",
        )


class _Passage:
    """One request on its way. Holds what is known so far, so that every exit path can tell it."""

    def __init__(
        self,
        action: Action,
        request: Request,
        api: Api,
        report: Callable[[str], None],
        sleep: Callable[[float], None],
    ) -> None:
        self._action, self._request, self._api = action, request, api
        self._report, self._sleep = report, sleep
        self._began = time.monotonic()
        self._calls = api.calls
        self._attempts = 0
        self._subject: Subject | None = None
        self._target: ObjectRef | None = None
        self._plan: Plan | None = None
        self._begun: Plan | None = None
        self._judgement: Judgement | None = None
        self._refusal: Decision | None = None
        self._footprint = Footprint()
        self._message = ""
        self.failure: GateError | None = None

    def go(self) -> None:
        # What cannot be is told before anything is asked of the cluster.
        _require_time(self._request)
        self._target = self._action.target(self._request)
        self._subject = identity.who_am_i(self._api)  # 1
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
            if prepared.raw is not None and not self._request.check_mode:
                verify(self._performance(), plan, prepared.raw)
            return
        self._judgement = judge(self._request, plan, prepared.facts, library, Engine(library))  # 5
        permit = require_permit(self._judgement.decision, plan, self._summary(plan))
        if self._request.check_mode:
            self._message = f"Would {self._summary(plan)}."
            return
        performance = self._performance(prepared.facts)
        perform(performance, plan, permit, self._footprint)  # 6
        verify(performance, plan, None)  # 7
        self._message = f"Done: {self._summary(plan)}."

    def _performance(self, facts: Facts | None = None) -> Performance:
        deadline = Deadline(self._request.wait_timeout_s)
        bounded = self._api.until(deadline)
        guarded = Counter(budget.namespace for budget in facts.disruption.budgets) if facts else {}
        return Performance(self._action, self._request, bounded, deadline, self._report, self._sleep, guarded)

    def _summary(self, plan: Plan) -> str:
        return f"{self._action.verb} {plan.target.label}"

    def outcome(self) -> Outcome:
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


def _before(begun: Plan | None, plan: Plan) -> Mapping[str, Any]:
    """The state before the action, also where an earlier attempt has already changed a part of it."""
    if begun is None:
        return plan.before
    done = {key: value for key, value in begun.before.items() if begun.after.get(key) == plan.before.get(key)}
    return {**plan.before, **done}
