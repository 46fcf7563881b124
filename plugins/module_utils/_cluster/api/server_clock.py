# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API server's clock, the only one that expiry, windows and approvals know: that of this machine may lie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure


class ServerClock:
    """What the last answer said, and the seconds since. Correct to about a second.

    Args:
        clock: Monotonic seconds of this machine.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = ("", 0.0)

    def note(self, date: str) -> None:
        """Take the ``Date`` header of an answer (RFC 9110, section 6.6.1); an empty one is ignored."""
        if date:
            # One assignment, so that a reader in another thread sees both or neither.
            self._last = (date, self._clock())

    def now(self) -> datetime:
        """The time there, in UTC.

        Raises:
            ApiFailure: ``api.clock-missing``: the last answer with a ``Date`` carried an unusable one, or none did.
        """
        # Comes with the HTTP client, and is imported by the time there is an answer.
        from email.utils import parsedate_to_datetime

        date, noted_at = self._last
        try:
            stated = parsedate_to_datetime(date).astimezone(UTC)
        except (TypeError, ValueError):
            raise ApiFailure(
                "api.clock-missing",
                "The API server's answers do not say what time it is, so nothing that expires can be judged.",
                "A proxy in between may have removed the Date header; let it pass.",
            ) from None
        return stated + timedelta(seconds=self._clock() - noted_at)
