# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Step 6 of the gate by way of a Job: the same plan under the same permit, carried out by kubectl in the cluster.

The Job sends the writes with the preconditions that the gate would have sent, with the rights of its action's own service
account and nobody else's. Whatever it says of itself, the target is read afterwards: that tells what was changed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Conflict, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_manifest import (
    Errand,
    job_creation,
    secret_creation,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_run import (
    JobHandle,
    discard,
    start,
    stop_by_name,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_settings import (
    JobSettings,
    job_settings,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import NAMESPACE, name_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.following import Following
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.ending import settle
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.following import follow_job
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.pods import evicted_so_far
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.result import job_outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import JobOutcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.performing import (
    Footprint,
    Performance,
    observe,
    require_whole,
    send_write,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.permit import Permit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.kubectl_steps import (
    Step,
    drain_step,
    steps_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Request, Write

_SHORTEST_S = 1
# The container has to start, and kubectl looks at its deadline every 5 s: so it can still say what is left.
_LAST_ROUND_S = 10


@dataclass
class JobMode:
    """The Jobs of one request.

    Attributes:
        created: Takes each Job as soon as there is one, for the record.
        outcome: What became of the last one; ``None`` before there was any.
    """

    settings: JobSettings
    created: Callable[[JobHandle], None]
    outcome: JobOutcome | None = None
    attempts: int = 0

    def rehearsal(self, action: Action, request: Request, plan: Plan) -> tuple[Write, ...]:
        """What is to be created, for the API server to judge without keeping it: admission and quota of Jobs."""
        steps = _steps(action, request, plan, _SHORTEST_S)
        if not steps:
            return ()
        errand = self._errand(request, plan, steps, _SHORTEST_S)
        job = job_creation(errand, self.settings)
        return (job, secret_creation(errand, "rehearsal")) if errand.hidden else (job,)

    def perform(self, run: Performance, plan: Plan, permit: Permit, footprint: Footprint) -> None:
        """Carry out a permitted plan.

        Raises:
            Overtaken: As when it is carried out directly.
            Conflict: An object is no longer the one that was judged.
            DeadlineExceeded: The deadline has passed; the Job is ended.
            ApiFailure, Unreachable: The Job could not be created, came to nothing, or is lost.
        """
        if not permit.covers(plan):
            raise RuntimeError("the permit is for another plan")
        if run.action.gathers:
            self._send_first(run, plan, footprint)
        following = Following(plan.writes[0], run.judged if plan.writes[0].target == plan.target else None)
        while True:
            try:
                self._run(run, plan, footprint)
                return
            except Conflict:
                # As when it is carried out directly: the status of the object may have moved, and nothing else.
                observed = observe(run)
                if len(plan.writes) > 1 or footprint.changed or run.deadline.expired or not following.follows(observed):
                    raise
                plan = replace(plan, writes=(following.write,))
                run.report(f"{plan.target.label} has a new status: another Job")

    def _run(self, run: Performance, plan: Plan, footprint: Footprint) -> None:
        seconds = max(math.ceil(run.deadline.remaining_s), _SHORTEST_S)
        steps = _steps(run.action, run.request, plan, seconds)
        if not steps:
            return
        errand = self._errand(run.request, plan, steps, seconds)
        handle = self._start(run, errand, footprint)
        self.created(handle)
        progress = functools.partial(evicted_so_far, run, plan)
        described = functools.partial(job_outcome, run.action, run.request, run.api, handle.name)
        followed = follow_job(run.api, handle, run.deadline, run.report, run.sleep, progress, described)
        self.outcome = followed.job
        if errand.hidden and followed.state.ended:
            discard(run.api, handle)
        settle(run, plan, followed, self.outcome, footprint)

    def _send_first(self, run: Performance, plan: Plan, footprint: Footprint) -> None:
        """A node is cordoned by the gate itself, with its precondition: then nothing more can come onto it."""
        first = [write for write in plan.writes if write.verb != "evict"]
        for write in first:
            send_write(run, plan, write, footprint)
        if first:
            require_whole(run, plan)

    def _errand(self, request: Request, plan: Plan, steps: tuple[Step, ...], seconds: int) -> Errand:
        record = name_of(request.action, request.id)
        name = record if self.attempts == 0 else f"{record}-{self.attempts + 1}"
        return Errand(name, record, request.id, request.action, plan.target, steps, seconds)

    def _start(self, run: Performance, errand: Errand, footprint: Footprint) -> JobHandle:
        self.outcome = JobOutcome(errand.name, NAMESPACE, succeeded=False)
        try:
            handle = start(run.api, errand, self.settings, run.deadline, run.sleep)
        except Unreachable as failure:
            if failure.maybe_sent and not stop_by_name(run.api, errand, run.sleep):
                footprint.in_doubt = True
                failure.message += f" Job {errand.name} may have been created, and may still act."
            raise
        finally:
            self.attempts += 1
        return handle


def job_mode(config: Mapping[str, Any], created: Callable[[JobHandle], None]) -> JobMode:
    """The Jobs of a request, as ``data.config`` of the library wants them.

    Raises:
        PolicyUnusable: It names no image, or one that cannot be used.
    """
    return JobMode(job_settings(config), created)


def _steps(action: Action, request: Request, plan: Plan, seconds: int) -> tuple[Step, ...]:
    drain = action.drain_in_job(request)
    if drain is None:
        return steps_of(plan.writes)
    return (drain_step(drain, max(seconds - _LAST_ROUND_S, seconds // 2)),) if plan.evictions else ()
