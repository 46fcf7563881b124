# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evicts many pods at once and waits until each of them, by uid, is gone.

- All pods are asked for concurrently. One that a disruption budget holds does not delay the others; the pods of a
  budget are asked for again in rounds (``evicted_pods.Budget``) until the deadline.
- Of the pods under a known budget only a few are asked for at once: see ``ledger.WIDEST``.
- What became of the pods is read with one list a pause, so a drain costs one request a pod plus refusals plus a few
  lists.
- A connection that fails, or an API server that restarts, is waited out until the deadline.
- It never raises for what happens to a pod: the outcome names each pod once, as evicted, pending or failed.

The grace period is the caller's: it stands in the Eviction's ``deleteOptions``, and 0 is sent as 0.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline, Interruptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.answers import EvictionAnswer, ask
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.evicted_pods import (
    Pod,
    State,
    pods_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.ledger import (
    WIDEST,
    EvictionOutcome,
    Ledger,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.pod_presence import present_uids
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Write

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["EvictionOutcome", "evict_all"]

Progress = Callable[[int, int, Mapping[str, int]], None]

# With the look beside them as many as connections are kept (``connection.POOL_SIZE``): one more is thrown away each time,
# with a warning on stderr.
CONCURRENCY = 31
PROGRESS_INTERVAL_S = 1.0
_FIRST_LOOK_S = 0.3
_LONGEST_LOOK_PAUSE_S = 2.0
# So often a look may be refused before it is taken for a missing right.
_REFUSED_LOOKS = 3


def evict_all(
    api: Api,
    evictions: Sequence[Write],
    *,
    deadline: Deadline,
    node: str = "",
    guarded: Mapping[str, int] = MappingProxyType({}),
    to_the_end: bool = True,
    concurrency: int = CONCURRENCY,
    on_progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> EvictionOutcome:
    """Evict the pods and wait for their end.

    Args:
        api: The cluster.
        evictions: Writes with verb ``evict`` and a uid precondition.
        deadline: Ends everything; the call returns less than a second after it.
        node: The node that all the pods are on; empty reads each pod by itself.
        guarded: Namespace to the number of disruption budgets in it that are known to cover the pods: for each budget
            few evictions are in flight at once, because the API server is slow at more.
        to_the_end: Wait for the end of the pods; otherwise only until every eviction is accepted.
        concurrency: Most requests in flight.
        on_progress: Called with the pods gone, the pods in total and the pods that each budget holds, at most once a
            second and when one of them changed. Called from the calling thread.
        sleep: Pauses for so many seconds.

    Returns:
        The outcome, pods sorted by namespace and name.

    Raises:
        ValueError: An eviction without a uid precondition.
    """
    pods = pods_of(evictions)
    if not pods:
        return EvictionOutcome()
    from concurrent.futures import ThreadPoolExecutor

    concurrency = max(1, min(concurrency, len(pods)))
    run = _Run(api, pods, deadline, node, guarded, to_the_end, concurrency, on_progress or _silent, sleep)
    executor = ThreadPoolExecutor(run.threads, thread_name_prefix="guardrail-evict")
    try:
        run.until_over(executor)
    finally:
        # Requests are bounded by the deadline, so this joins promptly.
        executor.shutdown(wait=True, cancel_futures=True)
    return run.finish()


def _silent(evicted: int, total: int, held: Mapping[str, int]) -> None:
    """No progress wanted."""


class _Run:
    """One run: schedules requests and looks. Worker threads only send and return; the ledger is this thread's."""

    def __init__(
        self,
        api: Api,
        pods: list[Pod],
        deadline: Deadline,
        node: str,
        guarded: Mapping[str, int],
        to_the_end: bool,
        concurrency: int,
        on_progress: Progress,
        sleep: Callable[[float], None],
    ) -> None:
        self.threads = concurrency + 1
        self._api = api.until(deadline)
        self._deadline = deadline
        self._node = node
        self._to_the_end = to_the_end
        self._concurrency = concurrency
        self._on_progress = on_progress
        self._sleep = sleep
        self._interruptions = Interruptions(deadline.clock)
        self._ledger = Ledger(pods, min(WIDEST, concurrency), self._interruptions, guarded)
        self._asking: dict[Future[EvictionAnswer], Pod] = {}
        self._look: Future[frozenset[str]] | None = None
        self._look_pause_s = _FIRST_LOOK_S
        self._look_at = deadline.clock() + _FIRST_LOOK_S
        self._refused_looks = 0
        self._reported: tuple[int, Mapping[str, int]] = (0, {})
        self._report_at = deadline.clock()

    def until_over(self, executor: ThreadPoolExecutor) -> None:
        """Ask, look and wait until every pod is settled or the deadline passes."""
        while not self._over():
            self._schedule(executor)
            self._wait()
            self._collect()
            self._report(self._report_at)

    def finish(self) -> EvictionOutcome:
        """Take in what arrived last, once no thread runs any more."""
        self._collect()
        if not self._ledger.settled and not self._blind:
            self._last_look()
        self._report(self._deadline.clock())
        return self._ledger.outcome()

    @property
    def _blind(self) -> bool:
        return self._refused_looks >= _REFUSED_LOOKS

    def _over(self) -> bool:
        if self._deadline.expired or self._ledger.settled:
            return True
        # Blind, the end of accepted pods cannot be seen: no use waiting once nothing else is to be done.
        return (self._blind or not self._to_the_end) and self._ledger.only_waiting

    def _schedule(self, executor: ThreadPoolExecutor) -> None:
        now = self._deadline.clock()
        for pod in self._ledger.due(now, self._concurrency - len(self._asking)):
            pod.state = State.ASKING
            self._asking[executor.submit(ask, self._api, pod)] = pod
        if self._look is None and now >= self._look_at and not self._blind:
            self._look = executor.submit(present_uids, self._api, self._ledger.unsettled, self._node)

    def _wait(self) -> None:
        """Until an answer arrives or the next thing is due."""
        from concurrent.futures import FIRST_COMPLETED, wait

        now = self._deadline.clock()
        moments = [now + self._deadline.remaining_s, *self._ledger.moments(now)]
        in_flight: list[Future[Any]] = list(self._asking)
        if self._look is not None:
            in_flight.append(self._look)
        elif not self._blind:
            moments.append(max(now, self._look_at))
        pause_s = min(moments) - now
        if in_flight:
            wait(in_flight, timeout=pause_s, return_when=FIRST_COMPLETED)
        elif pause_s > 0:
            self._sleep(pause_s)

    def _collect(self) -> None:
        now = self._deadline.clock()
        answered = [future for future in self._asking if future.done()]
        for future in answered:
            pod = self._asking.pop(future)
            if future.cancelled():  # the deadline came before a thread took it up
                pod.state = State.QUEUED
            else:
                self._ledger.judge(pod, future.result(), now)
        if answered and self._ledger.only_waiting:
            self._look_pause_s = _FIRST_LOOK_S
            self._look_at = min(self._look_at, now + _FIRST_LOOK_S)
        if self._look is not None and self._look.done():
            look, self._look = self._look, None
            if not look.cancelled():
                self._see(look, now)

    def _see(self, look: Future[frozenset[str]], now: float) -> None:
        try:
            # Looks come quickly while the last pods are going; before that they are for the progress only.
            if self._ledger.see(look.result()):
                self._look_pause_s = _FIRST_LOOK_S if self._ledger.only_waiting else PROGRESS_INTERVAL_S
            self._refused_looks = 0
        except GateError as error:
            if not self._interruptions.heals(error):
                self._refused_looks += 1
                self._ledger.blind(f"whether it is gone cannot be read: {error.message}")
        self._look_at = now + self._look_pause_s
        self._look_pause_s = min(self._look_pause_s * 1.5, _LONGEST_LOOK_PAUSE_S)

    def _last_look(self) -> None:
        """The result tells the truth at the deadline, not that of the last look up to two seconds before."""
        try:
            self._ledger.see(present_uids(self._api, self._ledger.unsettled, self._node))
        except GateError as error:
            # Unknown is pending: the states stay as they are.
            self._ledger.blind(f"its eviction was accepted, whether it is gone could not be read: {error.message}")

    def _report(self, not_before: float) -> None:
        counts = (self._ledger.gone, self._ledger.held())
        now = self._deadline.clock()
        if counts != self._reported and now >= not_before:
            self._reported = counts
            self._report_at = now + PROGRESS_INTERVAL_S
            self._on_progress(counts[0], len(self._ledger.pods), counts[1])
