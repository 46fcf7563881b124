# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The deadline and the waiter, on a clock that moves when somebody sleeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import (
    Deadline,
    Interruptions,
    WaitResult,
    wait_until,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, GateError, Unreachable
from tests.unit.cluster_rest.fake_server import FakeClock

DOWN = Unreachable("connection.refused", "down")
FORBIDDEN = ApiFailure("api.forbidden", "forbidden", status=403)
STARTING = ApiFailure("api.forbidden", "x is forbidden: not yet ready to handle request.", status=403)
MISSING = ApiFailure("api.not-found", "missing", status=404)
BROKEN = ApiFailure("api.server-error", "broken", status=500)


def _reads(*results: Any) -> Callable[[], Any]:
    given: Iterator[Any] = iter(results)

    def read() -> Any:
        result = next(given)
        if isinstance(result, Exception):
            raise result
        return result

    return read


def test_wait_ends_when_satisfied() -> None:
    clock = FakeClock()
    result = wait_until(_reads(1, 2, 3), lambda n: n == 3, Deadline(10, clock), sleep=clock.sleep, interval_s=1.0)
    assert result == WaitResult(True, 3, 2.5)
    assert clock.slept == [1.0, 1.5]


def test_wait_reads_once_when_the_deadline_has_passed() -> None:
    clock = FakeClock()
    assert wait_until(_reads(1), lambda n: True, Deadline(0, clock), sleep=clock.sleep) == WaitResult(True, 1, 0.0)


def test_wait_ends_at_the_deadline_with_what_was_seen_last() -> None:
    clock = FakeClock()
    result = wait_until(lambda: 7, lambda n: False, Deadline(3, clock), sleep=clock.sleep, interval_s=1.0)
    assert result == WaitResult(False, 7, 3.0, "Not met after 3 s.", True)
    assert clock.slept == [1.0, 1.5, 0.5]


def test_wait_ends_early_when_hopeless() -> None:
    clock = FakeClock()
    result = wait_until(
        _reads(1, 2),
        lambda n: False,
        Deadline(9, clock),
        sleep=clock.sleep,
        hopeless=lambda n: "stuck" if n == 2 else "",
    )
    assert (result.satisfied, result.last, result.reason, result.timed_out) == (False, 2, "stuck", False)


@pytest.mark.parametrize("trouble", [DOWN, BROKEN, STARTING], ids=["down", "500", "starting"])
def test_wait_survives_a_server_that_restarts(trouble: GateError) -> None:
    clock = FakeClock()
    result = wait_until(_reads(trouble, trouble, 1), lambda n: True, Deadline(9, clock), sleep=clock.sleep)
    assert (result.satisfied, result.last) == (True, 1)


def test_wait_says_what_the_last_trouble_was() -> None:
    clock = FakeClock()

    def read() -> None:
        raise DOWN

    result = wait_until(read, lambda n: True, Deadline(1, clock), sleep=clock.sleep)
    assert result.reason == "Not met after 1 s. The last read failed: down"


@pytest.mark.parametrize("error", [FORBIDDEN, MISSING], ids=["forbidden", "missing"])
def test_wait_raises_what_time_does_not_heal(error: GateError) -> None:
    clock = FakeClock()
    with pytest.raises(ApiFailure) as caught:
        wait_until(_reads(error), lambda n: True, Deadline(9, clock), sleep=clock.sleep)
    assert caught.value is error


def test_a_refusal_soon_after_an_outage_heals_and_a_late_one_does_not() -> None:
    clock = FakeClock()
    interruptions = Interruptions(clock)
    assert interruptions.heals(FORBIDDEN) is False
    assert interruptions.heals(DOWN) is True
    clock.now = 15.0
    assert interruptions.heals(FORBIDDEN) is True
    clock.now = 15.1
    assert interruptions.heals(FORBIDDEN) is False


def test_a_busy_server_is_no_outage() -> None:
    interruptions = Interruptions(FakeClock())
    assert interruptions.heals(ApiFailure("api.too-many-requests", "busy", status=429)) is True
    assert interruptions.heals(FORBIDDEN) is False


def test_deadline_counts_down_and_stays_at_zero() -> None:
    clock = FakeClock()
    deadline = Deadline(2, clock)
    assert (deadline.remaining_s, deadline.expired) == (2.0, False)
    clock.now = 5.0
    assert (deadline.remaining_s, deadline.remaining(), deadline.elapsed_s, deadline.expired) == (0.0, 0.0, 5.0, True)
