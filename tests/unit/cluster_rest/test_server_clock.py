# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The API server's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.server_clock import ServerClock
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure


class _Monotonic:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_the_time_is_that_of_the_last_answer_and_the_seconds_since() -> None:
    monotonic = _Monotonic()
    clock = ServerClock(monotonic)
    clock.note("Sun, 22 Nov 2026 01:00:00 GMT")
    clock.note("Sun, 22 Nov 2026 02:00:00 GMT")
    monotonic.seconds += 90
    assert clock.now() == datetime(2026, 11, 22, 2, 1, 30, tzinfo=UTC)


def test_an_answer_without_a_date_changes_nothing() -> None:
    clock = ServerClock(_Monotonic())
    clock.note("Sun, 22 Nov 2026 02:00:00 GMT")
    clock.note("")
    assert clock.now() == datetime(2026, 11, 22, 2, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("date", ["", "yesterday", "2026-11-22T02:00:00Z"])
def test_without_a_usable_date_there_is_no_time(date: str) -> None:
    clock = ServerClock(_Monotonic())
    clock.note(date)
    with pytest.raises(ApiFailure, match="what time it is") as raised:
        clock.now()
    assert raised.value.code == "api.clock-missing"
