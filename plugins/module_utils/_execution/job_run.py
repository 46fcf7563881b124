# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""One Job in the cluster: create it, look at it, read what it said, end it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline, wait_until
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, GateError, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_manifest import (
    ATTEMPT,
    Errand,
    job_creation,
    job_deletion,
    job_path,
    secret_creation,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_settings import JobSettings
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_state import (
    GONE,
    JobState,
    asks_for_events,
    ending,
    state_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import NAMESPACE
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Write

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

LONGEST_LOG = 16 * 1024
_OWNED = "batch.kubernetes.io/controller-uid"
_PODS = collection_path("v1", "pods", NAMESPACE)


@dataclass(frozen=True)
class JobHandle:
    """A Job that was created. ``created`` is its creationTimestamp."""

    name: str
    uid: str
    created: str = ""


def start(
    api: Api, errand: Errand, settings: JobSettings, deadline: Deadline, sleep: Callable[[float], None]
) -> JobHandle:
    """Create the Job, and its Secret where it needs one.

    An answer may be lost; the name and the request's identifier tell whether the Job was created all the same.

    Raises:
        ApiFailure: It was refused.
        Unreachable: No answer until the deadline; with ``maybe_sent`` the Job may have been created.
    """
    handle = _created(api, job_creation(errand, settings), errand, deadline, sleep)
    if not errand.hidden:
        return handle
    try:
        _created(api, secret_creation(errand, handle.uid), errand, deadline, sleep)
    except GateError:
        stop(api, handle, sleep)
        raise
    return handle


def _created(api: Api, write: Write, errand: Errand, deadline: Deadline, sleep: Callable[[float], None]) -> JobHandle:
    last: list[GateError] = []

    def attempt() -> JobHandle:
        try:
            return _handle(_once(api, write, errand))
        except GateError as failure:
            last[:] = [failure]
            raise

    result = wait_until(attempt, lambda _: True, deadline, sleep=sleep)
    if result.last is None:
        raise last[0]
    return result.last


def _once(api: Api, write: Write, errand: Errand) -> Mapping[str, Any]:
    try:
        return api.send(write, dry_run=False)
    except ApiFailure as failure:
        if failure.code != "api.already-exists" or write.target.kind == "Secret":
            # Secrets are created and never read: one that is there already counts as ours only by its owner.
            raise
        found = api.get(job_path(errand.name))
        if (found["metadata"].get("annotations") or {}).get(ATTEMPT) != errand.id:
            raise
        return found


def _handle(raw: Mapping[str, Any]) -> JobHandle:
    metadata = raw["metadata"]
    return JobHandle(metadata["name"], metadata["uid"], str(metadata.get("creationTimestamp") or ""))


def find(api: Api, name: str) -> tuple[JobHandle, Mapping[str, Any]] | None:
    """A Job by its name; ``None`` when there is none."""
    try:
        raw = api.get(job_path(name))
    except ApiFailure as failure:
        if failure.status == 404:
            return None
        raise
    return _handle(raw), raw


def look(api: Api, handle: JobHandle, found: tuple[JobHandle, Mapping[str, Any]] | None) -> JobState:
    """How the Job stands, where ``found`` is the Job of its name as it was just read."""
    if found is None or found[0].uid != handle.uid:
        return GONE
    job = found[1]
    pods = _pods(api, handle)
    age_s = _age_s(api, handle)
    refusals = _refusals(api, handle) if not ending(job).ended and asks_for_events(pods, age_s) else ()
    return state_of(job, pods, refusals, age_s)


def pods_left(api: Api, handle: JobHandle, sleep: Callable[[float], None], patience_s: float = 12.0) -> int:
    """How many pods of a Job that is gone are left after a while; -1 where that cannot be told."""
    deadline = Deadline(patience_s)
    bounded = api.until(deadline)
    try:
        result = wait_until(lambda: len(_pods(bounded, handle)), lambda left: left == 0, deadline, sleep=sleep)
    except GateError:
        return -1
    return -1 if result.last is None else result.last


def _pods(api: Api, handle: JobHandle) -> tuple[Mapping[str, Any], ...]:
    return tuple(api.get(_PODS, {"labelSelector": f"{_OWNED}={handle.uid}"}).get("items") or ())


def _age_s(api: Api, handle: JobHandle) -> float:
    from datetime import datetime

    if not handle.created:
        return 0.0
    return (api.now() - datetime.fromisoformat(handle.created)).total_seconds()


def _refusals(api: Api, handle: JobHandle) -> tuple[Mapping[str, Any], ...]:
    query = {"fieldSelector": f"involvedObject.uid={handle.uid},reason=FailedCreate"}
    return tuple(api.get(collection_path("v1", "events", NAMESPACE), query).get("items") or ())


def log_of(api: Api, pod: str, container: str) -> str:
    """What a container said, the end of it when it is long. Empty where it cannot be read: nothing rests on it."""
    query = {"container": container, "tailLines": "200", "limitBytes": str(4 * LONGEST_LOG)}
    try:
        return api.text(f"{object_path('v1', 'pods', pod, NAMESPACE)}/log", query).rstrip("\n")
    except GateError:
        return ""


def stop_by_name(api: Api, errand: Errand, sleep: Callable[[float], None]) -> bool:
    """End a Job whose creation was not answered. Whether it is known that there is none."""
    try:
        found = find(api.until(Deadline(5.0)), errand.name)
    except GateError:
        return False
    if found is None:
        return False  # the creation may still be on its way
    mine = (found[1]["metadata"].get("annotations") or {}).get(ATTEMPT) == errand.id
    return stop(api, found[0], sleep) if mine else True


def discard(api: Api, handle: JobHandle) -> None:
    """Delete a Job that has ended, and its Secret with it. Where that fails, both are gone after their time."""
    try:
        api.until(Deadline(5.0)).send(job_deletion(handle.name, handle.uid), dry_run=False)
    except GateError:
        return


def stop(api: Api, handle: JobHandle, sleep: Callable[[float], None] = time.sleep, patience_s: float = 12.0) -> bool:
    """Delete the Job, so that it cannot act any more. Whether it is known to be gone with its pods."""
    deadline = Deadline(patience_s)
    bounded = api.until(deadline)

    def gone() -> bool:
        try:
            bounded.send(job_deletion(handle.name, handle.uid), dry_run=False)
        except ApiFailure as failure:
            if failure.status in (404, 409):  # 409: another Job of that name
                return True
            raise
        return False

    try:
        return wait_until(gone, bool, deadline, sleep=sleep, interval_s=0.5).satisfied
    except (ApiFailure, Unreachable):
        return False
