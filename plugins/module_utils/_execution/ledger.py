# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Reads and writes records. Every write carries the version that it follows upon, and survives a lost answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline, wait_until
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import (
    ApiFailure,
    Conflict,
    GateError,
    Unreachable,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    EXECUTING,
    GROUP_VERSION,
    KIND,
    NAMESPACE,
    PENDING,
    PLURAL,
    Record,
    parse,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import MERGE_PATCH, ObjectRef, Write

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

INSTALL = "ansible-playbook guardrail.kubernetes.install"
PATIENCE_S = 20.0
"""How long a write of a record may take, an API server that restarts included."""

_RETRY_S = 0.05
T = TypeVar("T")


class Overruled(ApiFailure):
    """The record is past the time that its phase may last, or somebody else has changed it."""

    reason = "conflict"


class Ledger:
    """The records of one cluster.

    Args:
        sleep: Pauses for so many seconds.
    """

    def __init__(self, api: Api, sleep: Callable[[float], None] = time.sleep) -> None:
        self._api, self._sleep = api, sleep

    def open(self, body: Mapping[str, Any], *, rehearse: bool = False) -> Record:
        """Create a record. In a rehearsal the API server judges it and keeps nothing.

        Raises:
            ApiFailure: ``record.not-installed``, ``record.unwritable``.
            Unreachable: No answer in time; ``record.unwritable``.
        """
        ref = ObjectRef(KIND, body["metadata"]["name"], NAMESPACE)
        write = Write("create", collection_path(GROUP_VERSION, PLURAL, NAMESPACE), body, ref)

        def attempt() -> Record:
            try:
                return parse(self._api.send(write, dry_run=rehearse))
            except ApiFailure as failure:
                if failure.code == "api.already-exists":
                    # The answer to an earlier attempt was lost, unless the name belongs to somebody else.
                    found = self.read(ref.name)
                    if found.id == body["spec"]["id"]:
                        return found
                raise

        try:
            return self._persist(attempt)
        except (ApiFailure, Unreachable) as failure:
            raise unwritable(failure) from failure

    def read(self, name: str) -> Record:
        """Read one record."""
        return parse(self._api.get(object_path(GROUP_VERSION, PLURAL, name, NAMESPACE)))

    def find(self, labels: str, fields: str) -> tuple[Record, ...]:
        """The records that selectors match, in one call whatever their number. Up to date, not from a cache."""
        query = {key: value for key, value in (("labelSelector", labels), ("fieldSelector", fields)) if value}
        answer = self._api.get(collection_path(GROUP_VERSION, PLURAL, NAMESPACE), query)
        return tuple(parse(raw) for raw in answer.get("items") or ())

    def advance(self, record: Record, status: Mapping[str, Any], *, patience_s: float = PATIENCE_S) -> Record:
        """Write the status of a record, on the condition that nobody else has.

        Args:
            record: As this process knows it last.
            status: Fields to set. With ``phase`` it moves on; without, it stays where it is. When that is ``Executing``,
                ``admittedAt`` is added.

        Raises:
            Overruled: Somebody else has ended the record, or has changed one that is Pending: its version was its place
                in the queue. Or it is Pending for too long to be admitted.
            ApiFailure, Unreachable: ``record.unwritable``.
        """
        wanted = status.get("phase", record.phase)
        ref = ObjectRef(KIND, record.name, NAMESPACE)
        path = f"{object_path(GROUP_VERSION, PLURAL, record.name, NAMESPACE)}/status"
        latest = record

        def attempt() -> Record:
            nonlocal latest
            stated = dict(status)
            if wanted == EXECUTING != record.phase:
                now = self._api.now()
                if record.expired(now):
                    raise _too_late(record)  # those behind it do not wait for it any more
                stated["admittedAt"] = timestamp(now)  # anew at each attempt: windows count from here
            body = {"metadata": {"resourceVersion": latest.resource_version}, "status": stated}
            try:
                return parse(self._api.send(Write("patch", path, body, ref, MERGE_PATCH), dry_run=False))
            except Conflict:
                latest = self.read(record.name)
                if latest.phase == record.phase == PENDING:
                    raise _touched(latest) from None
                if latest.phase == wanted != record.phase:
                    return latest  # the answer to an earlier attempt was lost
                # Nobody but the owner lets a record execute, so an answer to that was lost as well.
                if latest.phase in (record.phase, EXECUTING):
                    raise Unreachable("record.touched", f"{ref.label} was changed meanwhile.") from None
                raise _overruled(latest) from None

        try:
            return self._persist(attempt, patience_s)
        except Overruled:
            raise
        except (ApiFailure, Unreachable) as failure:
            raise unwritable(failure) from failure

    def _persist(self, attempt: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
        """Repeat what may have been carried out already: the version, or the name, makes sure that it counts once."""
        last: list[GateError] = []

        def noted() -> T:
            try:
                return attempt()
            except GateError as failure:
                last[:] = [failure]
                raise

        deadline = Deadline(patience_s)
        result = wait_until(noted, lambda _: True, deadline, sleep=self._sleep, interval_s=_RETRY_S)
        if not result.satisfied or result.last is None:
            raise last[0]
        return result.last


def unwritable(failure: ApiFailure | Unreachable) -> ApiFailure | Unreachable:
    """The failure of a write of a record, in the words of the gate. No record, no action."""
    if isinstance(failure, ApiFailure) and failure.status == 404:
        return ApiFailure(
            "record.not-installed",
            "This cluster cannot keep records of executions, and without a record nothing is done.",
            f"Install them: {INSTALL}",
            status=404,
        )
    message = f"The record of the execution could not be written, and without it nothing is done: {failure.message}"
    if isinstance(failure, Unreachable):
        return Unreachable("record.unwritable", message, failure.hint, maybe_sent=failure.maybe_sent)
    hint = failure.hint
    if failure.status == 403:
        hint = f"The role executor grants the rights that a runner needs: {INSTALL}"
    return ApiFailure("record.unwritable", message, hint, status=failure.status)


def _touched(record: Record) -> Overruled:
    return Overruled(
        "record.touched",
        f"{KIND} {record.name} was changed by somebody else before it was decided on, and so has lost its place in the"
        " order of executions.",
        "Run the task again, and leave records that are Pending alone.",
        status=409,
    )


def _too_late(record: Record) -> Overruled:
    return Overruled(
        "record.overruled",
        f"{KIND} {record.name} was not decided on in {record.pending_s} s, the longest that others wait for it.",
        "Run the task again.",
        status=409,
    )


def _overruled(record: Record) -> Overruled:
    return Overruled(
        "record.overruled",
        f"{KIND} {record.name} was ended by somebody else as {record.phase}: this process took longer than its record"
        " allows.",
        "Run the task again.",
        status=409,
    )
