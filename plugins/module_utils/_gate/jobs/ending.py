# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a Job has come to: the target says what was changed, the Job why not everything."""

from __future__ import annotations

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import (
    ApiFailure,
    Conflict,
    DeadlineExceeded,
    GateError,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.following import Followed
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.pods import TERMINATING, pods_outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.result import (
    last_line,
    ran_out_of_time,
    tells_conflict,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import JobOutcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.performing import (
    Footprint,
    Overtaken,
    Performance,
    carried_out,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan

_NAMED = 5
_AGAIN = "Run the task again."
_LOOK = "See execution.job in the result, and: kubectl describe job {name} -n {namespace}"


def settle(run: Performance, plan: Plan, followed: Followed, job: JobOutcome, footprint: Footprint) -> None:
    """Note what was changed, and raise unless everything was.

    Raises:
        Overtaken: ``job.pods-left``: it has completed, and there are pods that it was to end.
        Conflict: ``job.conflict``: a precondition did not hold, and nothing was changed.
        DeadlineExceeded: ``job.deadline``, or pods are left: ``eviction.deadline``.
        ApiFailure: ``job.failed``, ``job.stuck`` or ``job.lost``.
    """
    done = _note(run, plan, followed, job, footprint)
    if job.succeeded and footprint.pods is not None and footprint.pods.pending:
        # kubectl takes every 404 for a pod that is gone; one is also answered when a budget is deleted meanwhile.
        left = ", ".join(f"{pod['namespace']}/{pod['name']}" for pod in footprint.pods.pending[:_NAMED])
        raise Overtaken("job.pods-left", f"Job {job.name} has completed, and left {left}.", _AGAIN, status=409)
    if job.succeeded or (done and followed.harmless and not followed.timed_out):
        return
    failure = _failure(run, plan, followed, job, footprint)
    if not followed.harmless:
        footprint.in_doubt = True
        failure.message += f" Whether Job {job.name} is gone could not be made sure of; it may still act."
    raise failure


def _note(run: Performance, plan: Plan, followed: Followed, job: JobOutcome, footprint: Footprint) -> bool:
    """Fill in the footprint. Whether all of the plan is known to be carried out."""
    direct = [write for write in plan.writes if write.verb != "evict"] if not run.action.gathers else []
    if job.succeeded and direct:
        footprint.written()
    try:
        if plan.evictions:
            footprint.pods = pods_outcome(run, plan, job.log)
            evicted = [*footprint.pods.evicted, *(it for it in footprint.pods.pending if it["reason"] == TERMINATING)]
            footprint.changed = footprint.changed or bool(evicted) or job.succeeded
        arrived = [carried_out(run, plan, write) for write in direct] if not job.succeeded else []
    except GateError:
        # To report a change that was not made is the lesser lie.
        footprint.in_doubt = footprint.in_doubt or followed.state.pod != ""
        return False
    footprint.changed = footprint.changed or any(arrived)
    left = footprint.pods.pending if footprint.pods else ()
    return all(arrived) and not left


def _failure(run: Performance, plan: Plan, followed: Followed, job: JobOutcome, footprint: Footprint) -> GateError:
    named = f"Job {job.namespace}/{job.name} for {plan.target.label}"
    look = _LOOK.format(name=job.name, namespace=job.namespace)
    state, said = followed.state, last_line(job.log)
    if not state.exists:
        return ApiFailure(
            "job.lost", f"{named} was deleted by somebody else before it had ended.", "Find out who deletes Jobs there."
        )
    late = followed.timed_out or state.reason == "DeadlineExceeded"
    if footprint.pods is not None and footprint.pods.pending and (late or ran_out_of_time(job.log)) and not state.stuck:
        return _pods_left(run, plan, footprint)
    if late:
        doing = f" It waited: {followed.waited}" if followed.waited else ""
        message = f"{named} was not through after {run.request.wait_timeout_s:g} s and was ended.{doing}"
        return DeadlineExceeded("job.deadline", message.rstrip(), f"Allow more time with wait_timeout. {look}")
    if state.stuck:
        return ApiFailure("job.stuck", f"{named} could not run and was deleted: {state.stuck}", look)
    if tells_conflict(job.log) and not footprint.changed:
        return Conflict("job.conflict", f"{named}: {said}", "Run the task again.", status=409)
    exit_code = "" if job.exit_code is None else f" with exit code {job.exit_code}"
    why = said or f"{state.reason} {state.message}".strip() or "it does not say why"
    return ApiFailure("job.failed", f"{named} failed{exit_code}: {why}", look)


def _pods_left(run: Performance, plan: Plan, footprint: Footprint) -> DeadlineExceeded:
    pods = footprint.pods
    evicted, pending = (pods.evicted, pods.pending) if pods else ((), ())
    first = pending[0]
    return DeadlineExceeded(
        "eviction.deadline",
        f"{plan.target.label}: {len(evicted)} of {len(plan.evictions)} pods evicted, {len(pending)} pending after"
        f" {run.request.wait_timeout_s:g} s ({first['namespace']}/{first['name']}: {first['reason']}).",
        "What was evicted stays evicted. See `pods` in the result for every pod and what holds it.",
    )
