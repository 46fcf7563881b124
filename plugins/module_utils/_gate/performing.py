# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps 6 and 7 of the gate: carry out a permitted plan and wait for what it promises.

A write whose answer is lost may have been carried out. It is never sent again blindly: the target is read, and the write
is repeated only when the object is still the one that was judged, which its precondition then proves once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action, Progress
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline, wait_until
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import (
    ApiFailure,
    Conflict,
    DeadlineExceeded,
    GateError,
    Unreachable,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.following import Following
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import make_plan
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import PodsOutcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.permit import Permit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.patches import says
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Read, Request, Write

_RETRY_PAUSE_S = 0.5
# The target, and what the action watches besides.
_Seen: TypeAlias = "tuple[Mapping[str, Any] | None, Mapping[str, Any]]"


class Overtaken(Conflict):
    """The first write is carried out; what had come until then makes the rest larger than what was judged."""


class Footprint:
    """What has been changed so far. Filled while the plan is carried out, so that it survives any failure.

    Attributes:
        changed: A write was carried out.
        in_doubt: The answer to a write was lost, and it has not turned out since whether it was carried out.
    """

    def __init__(self) -> None:
        self.changed = False
        self.in_doubt = False
        self.pods: PodsOutcome | None = None

    def written(self) -> None:
        """Note that a write is known to have been carried out."""
        self.changed, self.in_doubt = True, False


@dataclass(frozen=True)
class Performance:
    """Everything one carrying-out needs.

    Attributes:
        report: Takes one line on how far it is.
        guarded: Namespace to the number of disruption budgets in it that cover pods of the plan.
        judged: The target as it was judged; ``None`` where it does not exist.
    """

    action: Action
    request: Request
    api: Api
    deadline: Deadline
    report: Callable[[str], None]
    sleep: Callable[[float], None]
    guarded: Mapping[str, int] = field(default_factory=dict)
    judged: Mapping[str, Any] | None = None


def perform(run: Performance, plan: Plan, permit: Permit, footprint: Footprint) -> None:
    """Send the writes of a permitted plan.

    Raises:
        Overtaken: The first write is carried out, and there is more to do than was judged.
        Conflict: An object is no longer the one that was judged. Whether something was written says ``footprint``.
        DeadlineExceeded: Pods are left at the deadline.
        ApiFailure, Unreachable: A write failed for good.
    """
    if not permit.covers(plan):
        raise RuntimeError("the permit is for another plan")
    others = [write for write in plan.writes if write.verb != "evict"]
    for write in others:
        send_write(run, plan, write, footprint)
    if others and run.action.gathers:
        require_whole(run, plan)
    if plan.evictions:
        _evict(run, plan, footprint)


def verify(run: Performance, plan: Plan, raw: Mapping[str, Any] | None) -> None:
    """Wait for the postcondition of the action.

    Args:
        raw: The target as it was last read, unless it has been written since.

    Raises:
        DeadlineExceeded: It does not hold at the deadline.
        ApiFailure: It can no longer hold.
    """
    if not (run.action.waits and run.request.wait):
        return
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.closer_look import CloserLook

    last = Progress(False, "the target was not read")
    closer = CloserLook(run.api, run.deadline, run.request.time) if run.action.rolls_out else None

    def satisfied(seen: _Seen) -> bool:
        nonlocal last
        last = run.action.settled(run.request, plan, *seen)
        last = closer.at(last, (seen[0], *seen[1].values())) if closer else last
        if last.message:
            run.report(last.message)
        return last.done

    watched = run.action.watches(run.request)
    if raw is not None and not watched and satisfied((raw, {})):
        return
    result = wait_until(
        lambda: (observe(run), {name: _look(run, read) for name, read in watched.items()}),
        satisfied,
        run.deadline,
        sleep=run.sleep,
        hopeless=lambda seen: last.failed,
    )
    if result.satisfied:
        return
    if result.timed_out:
        raise DeadlineExceeded(
            "verify.deadline",
            f"{plan.target.label} was not as asked for after {run.request.wait_timeout_s:g} s: {last.message}.",
            "The change stays in place. Look at its pods and events, or allow more time with wait_timeout.",
        )
    raise ApiFailure("verify.impossible", f"{plan.target.label}: {last.failed}.", "Look at what else changes it.")


def observe(run: Performance) -> Mapping[str, Any] | None:
    seen: Mapping[str, Any] | None = _look(run, run.action.reads(run.request)["target"])
    return seen


def _look(run: Performance, read: Read) -> Any:
    """What is there now, ``None`` when it does not exist."""
    try:
        return run.api.list(read.path, read.query) if read.many else run.api.get(read.path, read.query)
    except ApiFailure as failure:
        if failure.status == 404:
            return None
        raise


def carried_out(run: Performance, plan: Plan, write: Write, cause: GateError | None = None) -> bool:
    """Whether a write whose answer was lost has had its effect. Of the target the action knows, of others the write."""
    if write.target == plan.target:
        seen = _observe_patiently(run, plan, None, cause)
        return run.action.holds(run.request, plan, seen) or _is_another(seen, write)
    path = f"{write.path}/{write.target.name}" if write.verb == "create" else write.path
    observed = _observe_patiently(run, plan, Read(path), cause)
    return observed is not None and says(observed, write.body)


def _is_another(observed: Mapping[str, Any] | None, write: Write) -> bool:
    """Whether the object that was to be deleted is gone, and another has its name."""
    uid = (write.body.get("preconditions") or {}).get("uid")
    return write.verb == "delete" and observed is not None and uid not in (None, observed["metadata"]["uid"])


def _settled(run: Performance, plan: Plan, following: Following, footprint: Footprint, conflict: Conflict) -> bool:
    """Whether nothing is left to send after a conflict. Raises it where the object is not the one that was judged."""
    # After a lost answer, a conflict may be with the write's own effect.
    if footprint.in_doubt and carried_out(run, plan, following.write):
        footprint.written()
        return True
    observed = observe(run)
    if following.write.verb == "delete" and run.action.holds(run.request, plan, observed):
        return True
    if not following.follows(observed):
        raise conflict
    return False


def send_write(run: Performance, plan: Plan, write: Write, footprint: Footprint) -> None:
    """Send one write until it is known to be done, refused or out of time."""
    following = Following(write, run.judged if write.target == plan.target else None)
    while True:
        try:
            run.api.send(following.write, dry_run=False)
            footprint.written()
            return
        except Conflict as conflict:
            if _settled(run, plan, following, footprint, conflict):
                return
        except (Unreachable, ApiFailure) as failure:
            if write.verb == "delete" and isinstance(failure, ApiFailure) and failure.status == 404:
                return
            if not _may_have_arrived(failure):
                raise (_outcome_unknown(plan, failure) if footprint.in_doubt else failure) from None
            footprint.in_doubt = True
            if carried_out(run, plan, write, failure):
                footprint.written()
                return
            # It was answered and has had no effect; without an answer it may still be on its way.
            footprint.in_doubt = isinstance(failure, Unreachable)
            run.sleep(min(_RETRY_PAUSE_S, run.deadline.remaining_s))
            if run.deadline.expired:
                raise (_outcome_unknown(plan, failure) if footprint.in_doubt else failure) from None


def _may_have_arrived(failure: GateError) -> bool:
    if isinstance(failure, Unreachable):
        return failure.maybe_sent
    return isinstance(failure, ApiFailure) and failure.status >= 500


def _observe_patiently(
    run: Performance, plan: Plan, read: Read | None, cause: GateError | None
) -> Mapping[str, Any] | None:
    """Read the target, or what else was written, until there is an answer or the deadline passes."""
    wanted = read or run.action.reads(run.request)["target"]
    result = wait_until(lambda: (_look(run, wanted),), lambda seen: True, run.deadline, sleep=run.sleep)
    if result.satisfied and result.last is not None:
        seen: Mapping[str, Any] | None = result.last[0]
        return seen
    raise _outcome_unknown(plan, cause)


def _outcome_unknown(plan: Plan, cause: GateError | None) -> Unreachable:
    """The end of a write whose answer was lost. It counts as a change: to report one that was not made is the lesser lie."""
    return Unreachable(
        "write.outcome-unknown",
        f"The answer to a write on {plan.target.label} was lost, and whether it was carried out could not be found out"
        f" in time{f': {cause.message}' if cause else '.'}",
        "Read the object before anything else is done to it.",
        maybe_sent=True,
    )


def require_whole(run: Performance, plan: Plan) -> None:
    """Until the cordon was in place, pods could come onto the node; those have not been judged.

    Raises:
        Overtaken: There are such pods.
        InvalidRequest: The options do not cover one of them.
        DeadlineExceeded: It could not be read in time.
    """
    fresh = wait_until(
        lambda: make_plan(run.action, run.request, run.api)[0], lambda plan: True, run.deadline, sleep=run.sleep
    )
    if fresh.last is None:
        raise DeadlineExceeded(
            "eviction.not-begun",
            f"{plan.target.label} was changed, and what is on it could not be read any more. {fresh.reason}",
            "No pod was evicted. Run the task again.",
        )
    more = [write.target.label for write in fresh.last.evictions if write not in plan.evictions]
    if more:
        raise Overtaken(
            "write.overtaken", f"{plan.target.label}: {', '.join(more)} came after it was judged.", status=409
        )


def _evict(run: Performance, plan: Plan, footprint: Footprint) -> None:
    # Inside: most actions evict nothing.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.eviction import evict_all
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.pods_left import raise_for_pods

    def report(evicted: int, total: int, held: Mapping[str, int]) -> None:
        by_budget = ", ".join(f"{count} held by PDB {budget}" for budget, count in sorted(held.items()))
        run.report(f"{evicted}/{total} evicted{f', {by_budget}' if by_budget else ''}")

    outcome = evict_all(
        run.api,
        plan.evictions,
        node=plan.target.name if plan.target.kind == "Node" else "",
        guarded=run.guarded,
        to_the_end=run.request.wait,
        deadline=run.deadline,
        on_progress=report,
        sleep=run.sleep,
    )
    footprint.pods = PodsOutcome(outcome.evicted, outcome.pending, outcome.failed, plan.skipped)
    footprint.changed = footprint.changed or outcome.changed
    raise_for_pods(run.request, plan, outcome)
