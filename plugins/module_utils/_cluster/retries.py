# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which request is sent a second time, and when.

The rule: a request that may have been carried out is not repeated, unless repeating it changes nothing (a read, a
review, a dry run). So a write is repeated only after a 429 (the API server did not touch it) or when no connection came
about.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.outages import REFUSED, RESET
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.transport import Answer
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable

ATTEMPTS = 4
_FIRST_PAUSE_S = 0.1
_GROWTH = 3.0
# A 429 without the header: what API servers write into it.
_BUSY_PAUSE_S = 1.0
_SERVER_TROUBLE = frozenset({500, 502, 503, 504})


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


def _backoff(attempt: int) -> float:
    return _FIRST_PAUSE_S * _GROWTH ** (attempt - 1)
