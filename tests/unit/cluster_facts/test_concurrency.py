# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.concurrency import (
    DISTANT_S,
    MOST_THREADS,
    run_all,
)

DISTANCES = pytest.mark.parametrize("took_s", [0.0, DISTANT_S], ids=["near", "distant"])


def clock(took_s):
    """A clock that is asked before and after the first task."""
    return iter((0.0, took_s)).__next__


@DISTANCES
@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
def test_every_task_runs_once_and_no_thread_is_left(count, took_s):
    done = []
    before = threading.active_count()
    run_all([lambda number=number: done.append(number) for number in range(count)], clock(took_s))
    assert sorted(done) == list(range(count))
    assert threading.active_count() == before


def test_tasks_run_at_the_same_time_where_the_server_is_distant():
    together = threading.Barrier(MOST_THREADS, timeout=5)
    run_all([lambda: None, *[together.wait] * MOST_THREADS], clock(DISTANT_S))


def test_tasks_run_in_a_row_in_the_caller_s_thread_where_it_is_near():
    threads = []
    run_all([lambda: threads.append(threading.current_thread())] * 5, clock(DISTANT_S / 2))
    assert threads == [threading.current_thread()] * 5


@DISTANCES
@pytest.mark.parametrize("position", [0, 1, 4])
def test_a_bug_in_a_task_comes_out_and_leaves_no_thread(position, took_s):
    def task(number):
        if number == position:
            raise RuntimeError("a bug")

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="a bug"):
        run_all([lambda number=number: task(number) for number in range(5)], clock(took_s))
    assert threading.active_count() == before
