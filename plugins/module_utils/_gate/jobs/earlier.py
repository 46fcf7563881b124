# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A second run of a task whose first run has started a Job: it finds that Job and follows it instead of starting another.

A Job goes on when the process that asked for it dies. The record of that execution says which Job it is. Following only
reads: the decision is the one on record, and the Job is left alone whatever happens. When it has ended, its record is
ended too, with what the Job did.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import DeadlineExceeded, GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_run import JobHandle, find, look
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_state import JobState
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.node_lease import NodeLease
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.opening import stated
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    EXECUTING,
    FAILED,
    SUCCEEDED,
    Record,
    digest_of,
    target_labels,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.ending import settle
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.following import follow_job
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.pods import evicted_so_far
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.jobs.result import job_outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import JobOutcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.performing import (
    Footprint,
    Performance,
    verify,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.record_status import cut, job_status
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.recovery import CARRIED_OUT, NOTHING, finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision, Violation
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request

_WORDS = {True: "Its Job has completed", False: "Its Job has failed"}


class EarlierJob:
    """The Job of an earlier execution of the same thing, on the same target, for the same requester.

    Args:
        request: In the form that records know.

    Attributes:
        record: Of that execution; ``None`` before ``found``, and where there is none.
        outcome: What became of its Job; ``None`` where it was not followed.
    """

    def __init__(
        self, api: Api, action: Action, request: Request, requester: str, sleep: Callable[[float], None]
    ) -> None:
        self._api, self._action, self._request, self._requester = api, action, request, requester
        self._ledger, self._sleep = Ledger(api, sleep), sleep
        self._handle = JobHandle("", "")
        self._state = JobState(exists=False)
        self.record: Record | None = None
        self.outcome: JobOutcome | None = None

    @property
    def works(self) -> bool:
        """Whether its Job has not ended yet."""
        return self.record is not None and not self._state.ended

    def look(self, target: ObjectRef) -> EarlierJob | None:
        """Look for it. ``None`` where there is none: then nothing of the kind has to be thought of.

        Raises:
            GateError: The records, or the Job, cannot be read.
        """
        labels = ",".join(f"{key}={value}" for key, value in target_labels(target).items())
        for record in self._ledger.find(labels, f"status.phase={EXECUTING}"):
            if record.target != target or not self._is_same(record) or record.expired(self._api.now()):
                continue
            known = record.status.get("job") or {}
            found = find(self._api, str(known.get("name") or record.name))
            if found is None and not known:
                continue  # it died before there was a Job
            self._handle = found[0] if found else JobHandle(str(known["name"]), str(known.get("uid") or ""))
            if known.get("uid") not in (None, self._handle.uid):
                self._handle = replace(self._handle, uid=str(known["uid"]))
            self._state = look(self._api, self._handle, found)
            self.record = record
            return self
        return None

    def whole(self, plan: Plan) -> Plan:
        """The plan with all that the earlier execution is about to change, not what is left of it."""
        diff = self._known().status.get("diff") or {}
        return replace(plan, before=diff.get("before") or plan.before, after=diff.get("after") or plan.after)

    def decision(self) -> Decision | None:
        """The decision on record."""
        noted = self._known().status.get("decision")
        if not isinstance(noted, Mapping):
            return None
        return Decision(
            allowed=bool(noted.get("allowed")),
            reason=str(noted.get("reason") or ""),
            violations=_violations(noted.get("violations")),
            warnings=_violations(noted.get("warnings")),
            dryrun=(),
            decision_id=str(noted.get("decisionId") or ""),
            library=dict(noted.get("library") or {}),
            engine={"name": "", "version": ""},
            input_sha256=str(noted.get("inputSha256") or ""),
            evaluation_ms=float(noted.get("evaluationMs") or 0),
            unavailable=(),
        )

    def lease(self) -> NodeLease:
        """The node Lease that the earlier execution holds, to be given back when this one has followed it to its end."""
        record = self._known()
        lease = NodeLease(self._api, record.target.name, record.name, record.timeout_s)
        lease.resume()
        return lease

    def follow(self, run: Performance, plan: Plan, footprint: Footprint) -> None:
        """Wait for the Job, then for the postcondition, and end the record.

        Raises:
            GateError: As when this process had started the Job; ``job.still-running`` at the deadline.
        """
        run.report(f"following Job {self._handle.name}, which an earlier run of this task has started")
        progress = functools.partial(evicted_so_far, run, plan)
        described = functools.partial(job_outcome, run.action, run.request, run.api, self._handle.name)
        how = (run.api, self._handle, run.deadline, run.report, run.sleep, progress, described)
        followed = follow_job(*how, owned=False)
        self._state, self.outcome = followed.state, followed.job
        if followed.timed_out:
            raise DeadlineExceeded(
                "job.still-running",
                f"Job {self._handle.name} still works on {plan.target.label} after {run.request.wait_timeout_s:g} s; an"
                " earlier run of this task has started it, and it goes on until its own deadline.",
                "Run the task again to follow it further.",
            )
        footprint.changed = footprint.changed or self.outcome.succeeded
        try:
            settle(run, plan, followed, self.outcome, footprint)
            verify(run, plan, None)
        except GateError as failure:
            if followed.state.ended:
                self._end(FAILED, footprint.changed or footprint.in_doubt, failure.message, failure)
            raise
        self._end(SUCCEEDED, True, f"Done. {_WORDS[self.outcome.succeeded]}; a later run of the task has followed it.")

    def conclude(self) -> str:
        """End the record of an execution whose Job has ended. A sentence for the user."""
        record = self._known()
        found = finding(self._api, record)
        ended = _WORDS[self._state.succeeded] if self._state.exists else "Its Job is gone"
        message = f"The process that asked for it has not said how it went. {ended}. {found}."
        succeeded = self._state.succeeded
        error = None if succeeded else GateError("execution.process-lost", message)
        changed = {CARRIED_OUT: True, NOTHING: False}.get(found, True)
        self.outcome = None
        self._end(SUCCEEDED if succeeded else FAILED, changed or succeeded, message, error)
        return f"An earlier execution on {record.target.label}, {record.name}, had not been ended. {ended}. {found}."

    def _end(self, phase: str, changed: bool, message: str, failure: GateError | None = None) -> None:
        """Whoever is faster may have ended it."""
        status: dict[str, Any] = {
            "phase": phase,
            "message": cut(message),
            "endedAt": timestamp(self._api.now()),
            "changed": changed,
        }
        if self.outcome is not None:
            status["job"] = job_status(self.outcome)
        if failure is not None:
            status["error"] = {"code": failure.code, "reason": failure.reason, "message": cut(failure.message)}
        try:
            self._ledger.advance(self._known(), status, patience_s=5.0)
        except GateError:
            return

    def _is_same(self, record: Record) -> bool:
        if record.requester != self._requester or record.raw["spec"].get("execution") != "job":
            return False
        parameters = stated(self._request.parameters)
        return record.digest == digest_of(self._request.action, record.target, record.uid, parameters)

    def _known(self) -> Record:
        if self.record is None:
            raise RuntimeError("there is no earlier execution")
        return self.record


def _violations(noted: Any) -> tuple[Violation, ...]:
    return tuple(
        Violation(
            policy=str(entry.get("policy") or ""),
            code=str(entry.get("code") or ""),
            message=str(entry.get("message") or ""),
            remedy=str(entry.get("remedy") or ""),
        )
        for entry in noted or ()
        if isinstance(entry, Mapping)
    )
