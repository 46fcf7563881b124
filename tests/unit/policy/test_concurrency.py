# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Children that several threads start at once do not meet."""

from __future__ import annotations

import time

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child, concurrency


@pytest.fixture(autouse=True)
def _processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "_processors", lambda: 8)


def test_results_have_the_order_of_the_items() -> None:
    def slow_at_first(number: int) -> int:
        time.sleep(0.05 if number == 0 else 0)
        return number

    assert list(concurrency.each(slow_at_first, range(20))) == list(range(20))
    assert list(concurrency.each(slow_at_first, [])) == []


def test_error_arrives_where_its_result_would() -> None:
    def work(number: int) -> float:
        return 1 / number

    results = concurrency.each(work, [1, 0])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_child_that_ends_at_once_does_not_wait_for_one_that_began_beside_it() -> None:
    """Whoever inherits the open pipe of another keeps that one from ending."""

    def answer(number: int) -> str:
        seconds = 5.0 if number % 4 == 0 else 0.0
        try:
            return child.run(lambda: _after(seconds), deadline_s=2.5).answer.decode()
        except PolicyUnusable as failure:
            return failure.code

    expected = ["policy.timeout" if number % 4 == 0 else "0.0" for number in range(24)]
    assert list(concurrency.each(answer, range(24))) == expected


def test_children_start_children_of_their_own() -> None:
    def answer(number: int) -> bytes:
        return child.run(lambda: child.run(lambda: str(number).encode()).answer * 2).answer

    assert list(concurrency.each(answer, range(16))) == [str(number).encode() * 2 for number in range(16)]


def test_children_work_at_the_same_time() -> None:
    began = time.monotonic()
    answers = list(concurrency.each(lambda _number: child.run(lambda: _after(1.0)).answer, range(8)))
    assert answers == [b"1.0"] * 8
    assert time.monotonic() - began < 6


def _after(seconds: float) -> bytes:
    time.sleep(seconds)
    return str(seconds).encode()
