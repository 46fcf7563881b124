# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Kubernetes API as raw JSON: reads, reviews and, through one door, writes.

Decides how a request is spelled (dry run, field manager, pages) and what an answer means for the caller. Leaves the
connection to ``connection.py`` and ``transport.py``, and everything about objects to its callers.

- Every mutation goes through ``send``, which knows the dry run; ``create`` takes reviews only, which change nothing.
- A dry run stands in the body of a DELETE and of an Eviction: with a body the API server ignores the query there.
- A write that may have been carried out is never repeated; it ends as ``Unreachable`` with ``maybe_sent``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api import (
    identity,
    retries,
    spelling,
    status,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.call import Call
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.outages import TIMEOUT
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.server_clock import ServerClock
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.transport import Answer, Transport
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Write

PAGE_SIZE = 500

# A read at the very end of a deadline still gets this long: the last look decides what the result says.
_LAST_LOOK_S = 0.5


_WHO_AM_I = Call("POST", identity.REVIEWS, "", spelling.encoded(identity.REVIEW), content_type=spelling.JSON)


class _Tally:
    """What happened on the connection, over all threads and all deadline-bound views."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls = 0
        self.warnings: dict[str, None] = {}


class Api:
    """One API server, as one identity. Thread-safe.

    Args:
        transport: The connection.
        user_agent: For the API server's audit log.
        request_timeout_s: For one request with its repetitions.
        sleep: Pauses for so many seconds.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        user_agent: str,
        request_timeout_s: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host = transport.host
        self._transport = transport
        self._user_agent = user_agent
        self._request_timeout_s = request_timeout_s
        self._sleep = sleep
        self._clock = clock
        self._tally = _Tally()
        self._patience = retries.Patience(clock, self._refuses_everybody)
        self._server_clock = ServerClock(clock)
        self._deadline: Deadline | None = None

    @property
    def calls(self) -> int:
        """HTTP requests sent so far, repetitions included."""
        return self._tally.calls

    @property
    def warnings(self) -> tuple[str, ...]:
        """Distinct warnings of the API server (deprecated versions, admission), in order of arrival."""
        with self._tally.lock:
            return tuple(self._tally.warnings)

    def now(self) -> datetime:
        """The API server's time, see ``ServerClock``."""
        return self._server_clock.now()

    def until(self, deadline: Deadline) -> Api:
        """The same API with every request bounded by the deadline too; calls and warnings are counted together."""
        bounded = copy.copy(self)
        bounded._deadline = deadline
        return bounded

    def close(self) -> None:
        self._transport.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Read one object, or one page of a list.

        Raises:
            ApiFailure: ``api.not-found`` (status 404), ``api.forbidden`` and the other codes of ``status.py``.
            Unreachable: No answer.
        """
        return self._read(path, query)

    def list(self, path: str, query: Mapping[str, str] | None = None) -> tuple[dict[str, Any], ...]:
        """Read all items of a list, page by page.

        A continue token that expires (410) starts the list again, once.
        """
        return self._all_pages(path, query or {}, spelling.JSON)

    def list_metadata(self, path: str, query: Mapping[str, str] | None = None) -> tuple[dict[str, Any], ...]:
        """Like ``list``, but the items are ``PartialObjectMetadata``: no spec, no status."""
        return self._all_pages(path, query or {}, spelling.METADATA_LIST)

    def get_metadata(self, path: str) -> dict[str, Any]:
        """Read the metadata of one object."""
        return self._read(path, None, spelling.METADATA)

    def text(self, path: str, query: Mapping[str, str]) -> str:
        """Read what is no JSON: the log of a container."""
        target = spelling.target(path, query)
        call = Call("GET", target, f"GET {path}", accept="*/*", replayable=True)
        return self._exchange(call).body.decode("utf-8", "replace")

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post a review (``SelfSubjectReview``, ``SelfSubjectAccessReview``, ...). It is repeated like a read.

        Raises:
            ValueError: The path is not that of a review; writes go through ``send``.
        """
        if not path.endswith("reviews"):
            raise ValueError(f"not a review: {path}")
        call = Call("POST", spelling.target(path), f"POST {path}", spelling.encoded(body), replayable=True)
        return _document(self._exchange(call), call.what)

    def send(self, write: Write, dry_run: bool) -> dict[str, Any]:
        """Send one write of a plan. The only way to change anything.

        Args:
            write: The path of an eviction may end in ``/eviction`` or at the pod.
            dry_run: The API server judges the write and does not carry it out.

        Returns:
            The object after the write, or the ``Status`` of a deletion or eviction.

        Raises:
            Conflict: 409, the precondition does not hold.
            TooManyRequests: 429; for an eviction, a disruption budget's refusal.
            ApiFailure: Any other refusal; ``api.already-exists`` for a name that is taken.
            Unreachable: No answer; with ``maybe_sent`` the write may have been carried out.
        """
        target, body = spelling.spelled(write, dry_run)
        call = Call(
            spelling.METHODS[write.verb],
            target,
            f"{write.verb.capitalize()}{' (dry run)' if dry_run else ''} of {write.target.label}",
            body,
            content_type=write.content_type,
            replayable=dry_run,
            eviction=write.verb == "evict",
        )
        return _document(self._exchange(call), call.what)

    def _read(self, path: str, query: Mapping[str, str] | None, accept: str = spelling.JSON) -> dict[str, Any]:
        call = Call("GET", spelling.target(path, query), f"GET {path}", accept=accept, replayable=True)
        return _document(self._exchange(call), call.what)

    def _all_pages(self, path: str, query: Mapping[str, str], accept: str) -> tuple[dict[str, Any], ...]:
        try:
            return self._pages(path, query, accept)
        except ApiFailure as error:
            if error.status != 410:
                raise
        return self._pages(path, query, accept)

    def _pages(self, path: str, query: Mapping[str, str], accept: str) -> tuple[dict[str, Any], ...]:
        items: list[dict[str, Any]] = []
        token = ""
        while True:
            extra = {"limit": str(PAGE_SIZE), **({"continue": token} if token else {})}
            page = self._read(path, {**query, **extra}, accept)
            items.extend(page.get("items") or ())
            token = (page.get("metadata") or {}).get("continue") or ""
            if not token:
                return tuple(items)

    def _exchange(self, call: Call) -> Answer:
        """Send, repeat where that is allowed, and return a successful answer."""
        began, attempt = self._clock(), 0
        until = began + self._budget_s(call)
        while True:
            attempt += 1
            failure: ApiFailure | Unreachable
            answer = None
            try:
                answer = self._once(call, max(until - self._clock(), 0.01))
            except Unreachable as error:
                failure = error
            else:
                refusal = status.refusal(answer.status, answer.body)
                if refusal is None:
                    return answer
                failure = self._failure(refusal, answer, call)
            how = {"replayable": call.replayable, "eviction": call.eviction}
            pause_s = self._patience.pause(failure, answer, attempt, began, **how)
            if pause_s is None or self._clock() + pause_s >= until:
                raise failure
            self._sleep(pause_s)

    def _once(self, call: Call, timeout_s: float) -> Answer:
        with self._tally.lock:
            self._tally.calls += 1
        headers = {"Accept": call.accept, "User-Agent": self._user_agent, "Accept-Encoding": "gzip"}
        if call.body is not None:
            headers["Content-Type"] = call.content_type
        answer = self._transport.request(
            call.method, call.target, headers=headers, body=call.body, timeout_s=timeout_s, clock=self._clock
        )
        with self._tally.lock:
            self._server_clock.note(answer.date)
            for warning in answer.warnings:
                self._tally.warnings.setdefault(self._transport.redact(status.one_line(warning)))
        return answer

    def _refuses_everybody(self) -> bool:
        """Every identity may ask who it is (ClusterRole ``system:basic-user``)."""
        try:
            return self._once(_WHO_AM_I, self._request_timeout_s).status == 403
        except Unreachable:
            return True

    def _budget_s(self, call: Call) -> float:
        """Seconds that a request with its repetitions may take."""
        if self._deadline is None:
            return self._request_timeout_s
        remaining_s = self._deadline.remaining_s
        if call.replayable:
            remaining_s = max(remaining_s, _LAST_LOOK_S)
        elif remaining_s <= 0:
            raise Unreachable(TIMEOUT, f"{call.what} was not sent: the deadline has passed.")
        return min(self._request_timeout_s, remaining_s)

    def _failure(self, refusal: tuple[int, Mapping[str, Any]], answer: Answer, call: Call) -> ApiFailure:
        http_status, document = refusal
        clean = {**document, "message": self._transport.redact(str(document.get("message") or ""))} if document else {}
        secret = "/secrets" in call.target
        return status.failure(http_status, clean, call.what, secret=secret, retry_after_s=answer.retry_after_s)


def _document(answer: Answer, what: str) -> dict[str, Any]:
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ApiFailure(
            "api.not-json",
            f"{what} was answered with {answer.status}, but not with a JSON object.",
            "Check that the host is a Kubernetes API server and not a proxy or a login page.",
            status=answer.status,
        )
    return document
