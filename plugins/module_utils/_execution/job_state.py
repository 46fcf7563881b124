# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a Job, its pod and its Events say about how far it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Raw = Mapping[str, Any]

# Waiting on does not help: the kubelet tries again and again, but with the same image and the same spec.
_HOPELESS = frozenset({"ErrImageNeverPull", "ImageInspectError", "ImagePullBackOff", "InvalidImageName"})
# These may pass: the Secret with the steps is created after the Job.
_HOPELESS_LATER = frozenset({"CreateContainerConfigError", "CreateContainerError", "ErrImagePull", "RunContainerError"})
_PATIENCE_S = 20.0
_NO_POD_S = 3.0


@dataclass(frozen=True)
class JobState:
    """How a Job stands.

    Attributes:
        exists: It is there, and is the one that was created.
        ended: It has completed or failed, and will do nothing more.
        succeeded: It has completed.
        reason: Why it failed, or what its pod waits for; a word of Kubernetes.
        message: The same in words.
        exit_code: Of the container that failed, or of the last one; ``None`` when none has ended.
        pod: Name of its pod; empty before there is one.
        stuck: It can never come to anything: why, in words. Empty otherwise.
    """

    exists: bool
    ended: bool = False
    succeeded: bool = False
    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    pod: str = ""
    stuck: str = ""


GONE = JobState(exists=False, ended=True)


def ending(job: Raw) -> JobState:
    """How the Job itself has ended, if it has."""
    for condition in (job.get("status") or {}).get("conditions") or ():
        if condition.get("status") == "True" and condition.get("type") in ("Complete", "Failed"):
            succeeded = condition["type"] == "Complete"
            return JobState(True, True, succeeded, condition.get("reason") or "", condition.get("message") or "")
    return JobState(True)


def state_of(job: Raw, pods: Iterable[Raw], refusals: Iterable[Raw], age_s: float) -> JobState:
    """Everything together.

    Args:
        pods: Those of this Job.
        refusals: Events ``FailedCreate`` of it: its pods are refused.
        age_s: Seconds since its creation.
    """
    own = ending(job)
    pod = next(iter(pods), None)
    if pod is None:
        refused = "" if own.ended else next((str(event.get("message") or "") for event in refusals), "")
        return _with(own, reason="FailedCreate", message=refused, stuck=refused) if refused else own
    name, code = pod["metadata"]["name"], _exit_code(pod)
    if own.ended:
        return _with(own, pod=name, exit_code=code, **_end_of_pod(pod, own))
    waiting = next(_waiting(pod), ("", ""))
    reason, message = waiting if waiting[0] else _unscheduled(pod)
    stuck = ""
    if reason in _HOPELESS or (reason in _HOPELESS_LATER and age_s > _PATIENCE_S):
        stuck = f"{reason}: {message}" if message else reason
    return _with(own, pod=name, exit_code=code, reason=reason, message=message, stuck=stuck)


def asks_for_events(pods: Iterable[Raw], age_s: float) -> bool:
    """Whether there should be a pod by now and is none."""
    return not tuple(pods) and age_s > _NO_POD_S


def _with(state: JobState, **changes: Any) -> JobState:
    return JobState(**{**vars(state), **changes})


def _end_of_pod(pod: Raw, own: JobState) -> dict[str, str]:
    """Of a Job that has failed because its pod did, the pod knows more: evicted, out of memory, lost with its node."""
    status = pod.get("status") or {}
    ended = [entry for entry in _terminated(pod) if entry.get("exitCode")]
    reason = status.get("reason") or next((str(entry.get("reason") or "") for entry in ended), "")
    if own.succeeded or own.reason == "DeadlineExceeded" or reason in ("", "Error"):
        return {}
    message = status.get("message") or next((str(entry.get("message") or "") for entry in ended), "")
    return {"reason": str(reason), "message": str(message)}


def _statuses(pod: Raw) -> Iterator[Raw]:
    status = pod.get("status") or {}
    yield from status.get("initContainerStatuses") or ()
    yield from status.get("containerStatuses") or ()


def _terminated(pod: Raw) -> Iterator[Raw]:
    for status in _statuses(pod):
        if ended := (status.get("state") or {}).get("terminated"):
            yield ended


def _exit_code(pod: Raw) -> int | None:
    codes = [int(ended["exitCode"]) for ended in _terminated(pod)]
    return next((code for code in codes if code), codes[-1] if codes else None)


def _waiting(pod: Raw) -> Iterator[tuple[str, str]]:
    for status in _statuses(pod):
        waiting = (status.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") not in (None, "PodInitializing", "ContainerCreating"):
            yield str(waiting["reason"]), str(waiting.get("message") or "")


def _unscheduled(pod: Raw) -> tuple[str, str]:
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return str(condition.get("reason") or ""), str(condition.get("message") or "")
    return "", ""
