# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which request is sent a second time, and when.

The rule: a request that may have been carried out is not repeated, unless repeating it changes nothing (a read, a
review, a dry run). So a write is repeated only after a 429 (the API server did not touch it) or when no connection came
about. While nobody listens at the address, and while a server that has just come back refuses everybody, a request waits
for the restart to be over.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.outages import REFUSED, RESET
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.transport import Answer
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Interruptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Unreachable

ATTEMPTS = 4
RESTART_S = 20.0
"""One request waits so long for an API server that restarts."""

_RESTART_PAUSE_S = 0.5
_ANONYMOUS = "system:anonymous"
_BY_ROLES = re.compile(r'User "[^"]*" cannot \S+ resource')
_FIRST_PAUSE_S = 0.1
_GROWTH = 3.0
# A 429 without the header: what API servers write into it.
_BUSY_PAUSE_S = 1.0
_SERVER_TROUBLE = frozenset({500, 502, 503, 504})
_REFUSALS = frozenset({401, 403})


def pause_after_outage(error: Unreachable, attempt: int, *, replayable: bool) -> float | None:
    """Seconds until the next attempt, ``None`` to give up.

    Args:
        error: Why there was no answer.
        attempt: Attempts made, from 1.
        replayable: Sending the request twice changes nothing.
    """
    if attempt >= ATTEMPTS or error.code not in (REFUSED, RESET):
        return None
    if error.maybe_sent and not replayable:
        return None
    return _backoff(attempt)


def pause_after_answer(answer: Answer, attempt: int, *, replayable: bool) -> float | None:
    """Seconds until the next attempt, ``None`` to take the answer as it is.

    Args:
        answer: What the server said.
        attempt: Attempts made, from 1.
        replayable: Sending the request twice changes nothing.
    """
    if attempt >= ATTEMPTS:
        return None
    if answer.status == 429:
        return answer.retry_after_s if answer.retry_after_s is not None else _BUSY_PAUSE_S
    if answer.status in _SERVER_TROUBLE and replayable:
        return max(_backoff(attempt), answer.retry_after_s or 0.0)
    return None


class Patience:
    """Which failure is worth another attempt. Shared by all requests of a connection: each notices an outage for all.

    Args:
        clock: Monotonic seconds.
        refuses_everybody: Asks the API server for something that every identity may do. Until it has read its roles, it
            refuses that too, and nothing else tells such a refusal from one that is meant.
    """

    def __init__(self, clock: Callable[[], float], refuses_everybody: Callable[[], bool]) -> None:
        self._clock = clock
        self._interruptions = Interruptions(clock)
        self._refuses_everybody = refuses_everybody
        self._means_it = False

    def pause(
        self,
        failure: Unreachable | ApiFailure,
        answer: Answer | None,
        attempt: int,
        began: float,
        *,
        replayable: bool,
        eviction: bool,
    ) -> float | None:
        """Seconds until the next attempt, ``None`` to give up.

        Args:
            failure: What ended the last attempt; ``answer``, when there was one.
            attempt: Attempts made, from 1.
            began: When the request was begun.
            replayable: Sending the request twice changes nothing.
            eviction: An answer is taken as it is; the pace is ``eviction.py``'s.
        """
        if eviction and not (replayable and answer is None):
            return None
        if answer is not None:
            pause_s = pause_after_answer(answer, attempt, replayable=replayable)
        elif isinstance(failure, Unreachable):
            pause_s = pause_after_outage(failure, attempt, replayable=replayable)
        else:
            return None
        restarts = self._restarts(failure, replayable)
        if pause_s is None and restarts and self._clock() - began <= RESTART_S:
            return _RESTART_PAUSE_S
        return pause_s

    def _restarts(self, failure: Unreachable | ApiFailure, replayable: bool) -> bool:
        """Whether it looks like an API server that restarts. None of these requests was carried out, or it does not matter."""
        if isinstance(failure, Unreachable):
            self._interruptions.heals(failure)  # notes it
            return failure.code == REFUSED
        if failure.status in _SERVER_TROUBLE:
            return replayable and self._interruptions.recent
        if failure.status not in _REFUSALS:
            return False
        return self._interruptions.heals(failure) or (failure.status == 403 and self._doubtful(failure))

    def _doubtful(self, failure: ApiFailure) -> bool:
        """Whether the same request may be granted in a moment. Asked until one refusal was meant."""
        if self._means_it or _ANONYMOUS in failure.message or not _BY_ROLES.search(failure.message):
            return False
        if self._refuses_everybody():
            self._interruptions.note()
        else:
            self._means_it = True  # unless it has come to its senses in between: one more attempt tells
        return True


def _backoff(attempt: int) -> float:
    return _FIRST_PAUSE_S * _GROWTH ** (attempt - 1)
