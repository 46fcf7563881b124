# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Waiting for a Job: until it has ended, until it can come to nothing, or until the deadline.

Whatever this ends with, the Job cannot act any more afterwards: it has ended by itself, or it is deleted with its pods. Where
even that could not be made sure of, the failure says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline, wait_until
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_run import (
    JobHandle,
    find,
    look,
    pods_left,
    stop,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_state import JobState
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import JobOutcome

_LONGEST_PAUSE_S = 1.0


@dataclass(frozen=True)
class Followed:
    """How following a Job has ended.

    Attributes:
        state: The last one that was seen.
        timed_out: The deadline passed first.
        harmless: It is known that the Job does nothing any more.
        waited: For what its pod waited last, in words; empty when it did not.
        job: For the result; its log was read before the pods were deleted.
    """

    state: JobState
    timed_out: bool
    harmless: bool
    waited: str
    job: JobOutcome


def follow_job(
    api: Api,
    handle: JobHandle,
    deadline: Deadline,
    report: Callable[[str], None],
    sleep: Callable[[float], None],
    so_far: Callable[[], str],
    described: Callable[[Mapping[str, Any], JobState], JobOutcome],
    *,
    owned: bool = True,
) -> Followed:
    """Follow a Job to its end.

    Args:
        api: Bounded by the deadline.
        owned: This process has created it, and ends it when the deadline passes or it is stuck.
        so_far: How much of it is done, in words; empty where there is no telling.
        described: The result's part about a Job, of the Job as it was read last and how it stood.
    """
    told = waited = ""
    raw: Mapping[str, Any] = {}

    def seen() -> JobState:
        nonlocal told, waited, raw
        found = find(api, handle.name)
        raw = found[1] if found and found[0].uid == handle.uid else raw
        state = look(api, handle, found)
        if state.reason and not state.ended:
            waited = f"{state.reason}: {state.message}".rstrip(": ")
        line = _line(handle, state, so_far)
        if line and line != told:
            told = line
            report(line)
        return state

    result = wait_until(
        seen,
        lambda state: state.ended,
        deadline,
        sleep=sleep,
        longest_interval_s=_LONGEST_PAUSE_S,
        hopeless=lambda state: state.stuck,
    )
    state = result.last or JobState(True)
    job = described(raw, state)
    if result.satisfied:
        # A Job that somebody deleted may still have a pod; only when that is gone, too, is it known what was done.
        harmless = state.exists or pods_left(api, handle, sleep) == 0
        return Followed(state, False, harmless, waited, job)
    return Followed(state, result.timed_out, not owned or stop(api, handle, sleep), waited, job)


def _line(handle: JobHandle, state: JobState, so_far: Callable[[], str]) -> str:
    if state.ended:
        return ""
    done = so_far()
    if done:
        return done
    waits = f"waits: {state.reason}" if state.reason else "runs" if state.pod else "has no pod yet"
    return f"Job {handle.name} {waits}"
