# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one waiter: a predicate, a monotonic deadline, a pause that grows.

Leaves to its callers what to read and what it means. No wait without a deadline (invariant I5); a read that fails
because the API server restarts does not end a wait, only the deadline does.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, GateError, Unreachable

T = TypeVar("T")

# How long after an interruption a refusal is put down to an API server that is still starting: until its caches of
# roles and its admission plugins are filled it answers 401 and 403 to everybody.
RESTART_GRACE_S = 15.0

_TRANSIENT_STATUS = frozenset({429, 500, 502, 503, 504})
_REFUSED_STATUS = frozenset({401, 403})


class Deadline:
    """A point in time on the monotonic clock.

    Args:
        seconds: From now. Zero or less: already expired.
        clock: Monotonic seconds; tests inject their own.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.started = clock()
        self.seconds = seconds

    @property
    def elapsed_s(self) -> float:
        return self.clock() - self.started

    @property
    def remaining_s(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.seconds - self.elapsed_s)

    @property
    def expired(self) -> bool:
        return self.remaining_s <= 0.0

    def remaining(self) -> float:
        return self.remaining_s


class Interruptions:
    """Tells a failure that time heals from one that it does not.

    Args:
        clock: The deadline's clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: float | None = None

    def heals(self, error: GateError) -> bool:
        """Whether the same request may succeed later without anybody doing anything."""
        if isinstance(error, Unreachable) or (isinstance(error, ApiFailure) and error.status in _TRANSIENT_STATUS):
            if not (isinstance(error, ApiFailure) and error.status == 429):
                self.note()
            return True
        if isinstance(error, ApiFailure) and error.status in _REFUSED_STATUS:
            return self.recent or "not yet ready to handle request" in error.message
        return False

    def note(self) -> None:
        """There is one now."""
        self._last = self._clock()

    @property
    def recent(self) -> bool:
        """Whether there was one just now."""
        return self._last is not None and self._clock() - self._last <= RESTART_GRACE_S


@dataclass(frozen=True)
class WaitResult(Generic[T]):
    """How a wait ended.

    Attributes:
        satisfied: The predicate was true for ``last``.
        last: What was read last; ``None`` when no read succeeded.
        elapsed_s: Since the deadline was set.
        reason: Empty when satisfied, otherwise one sentence.
        timed_out: It was the deadline that ended the wait, not a hopeless state.
    """

    satisfied: bool
    last: T | None
    elapsed_s: float
    reason: str = ""
    timed_out: bool = False


def wait_until(
    read: Callable[[], T],
    satisfied: Callable[[T], bool],
    deadline: Deadline,
    *,
    sleep: Callable[[float], None] = time.sleep,
    interval_s: float = 0.2,
    longest_interval_s: float = 2.0,
    hopeless: Callable[[T], str] | None = None,
) -> WaitResult[T]:
    """Read until the predicate holds or the deadline passes. Reads at least once.

    Args:
        read: Should be bounded by the same deadline: ``api.until(deadline).get``.
        satisfied: The predicate over what was read.
        deadline: Ends the wait.
        sleep: Pauses for so many seconds.
        interval_s: First pause; each further one is half as long again, up to ``longest_interval_s``.
        hopeless: Says why waiting on is pointless, or an empty string.

    Raises:
        GateError: A read failed for a reason that waiting does not heal (not found, forbidden).
    """
    interruptions = Interruptions(deadline.clock)
    last: T | None = None
    trouble = ""
    pause_s = interval_s
    while True:
        try:
            last = read()
        except GateError as error:
            if not interruptions.heals(error):
                raise
            trouble = f" The last read failed: {error.message}"
        else:
            trouble = ""
            if satisfied(last):
                return WaitResult(True, last, deadline.elapsed_s)
            if hopeless is not None and (why := hopeless(last)):
                return WaitResult(False, last, deadline.elapsed_s, why)
        if deadline.expired:
            return WaitResult(False, last, deadline.elapsed_s, f"Not met after {deadline.seconds:g} s.{trouble}", True)
        sleep(min(pause_s, deadline.remaining_s))
        pause_s = min(pause_s * 1.5, longest_interval_s)
