# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that execute actions at the same time, one step of one of them at a time, in an order that a test chooses.

The code of the ledger and of the turn runs as it is, in a thread for each process; a thread runs only while it has been
given the word, and gives it back with each request and each pause.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, cast
from unittest.mock import patch

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts import concurrency
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ActionDenied, GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import ledger, turn
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.history import (
    View,
    history_of,
    running_tally,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.limits import Limits, limits_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.opening import new_record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    EXECUTING,
    REJECTED,
    SUCCEEDED,
    Record,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import await_turn
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Subject, Target
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Plan, Request
from tests.unit.execution.simulated_cluster import SimulatedApi, SimulatedCluster

WAIT_TIMEOUT_S = 10.0
STALL_S = 45.0
_MOST_STEPS = 20_000


class Killed(BaseException):
    """The process was killed."""


@dataclass(frozen=True)
class Asked:
    """What a process asks for.

    Attributes:
        begins_s: When it starts.
        decides_s: How long its policies take.
        works: How many steps of a second the action itself takes.
    """

    action: str = "ScaleDeployment"
    target: str = "web"
    namespace: str = "shop"
    requester: str = "runner"
    begins_s: float = 0.0
    decides_s: float = 0.0
    works: int = 3

    @property
    def ref(self) -> ObjectRef:
        if self.action == "DrainNode":
            return ObjectRef("Node", self.target)
        return ObjectRef("Deployment", self.target, self.namespace)


@dataclass(frozen=True)
class Event:
    """One step of a schedule.

    Attributes:
        kind: ``step``, ``crash``, ``stall`` (nothing runs of it for a while) or ``lose`` (the answer to its request).
        who: Which of the processes that could go on.
        then_s: Time that passes afterwards.
    """

    kind: str
    who: int
    then_s: float


@dataclass
class Process:
    """One execution.

    Attributes:
        outcome: ``admitted``, or why not; empty while it runs and after it was killed.
        works: When it touched its target.
    """

    asked: Asked
    cluster: SimulatedCluster
    config: Mapping[str, Any]
    id: str
    outcome: str = ""
    name: str = ""
    opened_s: float = 0.0
    decided_s: float = 0.0
    stalled_s: float = 0.0
    works: list[float] = field(default_factory=list)
    wakes_s: float = 0.0
    ended: bool = False
    doomed: bool = False
    loses: bool = False
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self.wakes_s = self.asked.begins_s
        self._word, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._main, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Let it run up to its next request or pause."""
        self._word.release()
        self._back.acquire()

    def _give_back(self, wakes_s: float = 0.0) -> None:
        self.wakes_s = wakes_s
        self._back.release()
        self._word.acquire()
        if self.doomed:
            raise Killed

    def _sleep(self, seconds: float) -> None:
        self._give_back(self.cluster.seconds + seconds)

    def _arrive(self) -> bool:
        self._give_back()
        lost, self.loses = self.loses, False
        return lost

    def _main(self) -> None:
        self._word.acquire()
        try:
            if not self.doomed:
                self._execute()
        except Killed:
            pass
        except GateError as failure:
            self.outcome = failure.code
        except Exception as error:  # noqa: BLE001 - the test tells
            self.error = error
        self.ended = True
        self._back.release()

    def _execute(self) -> None:
        asked = self.asked
        api = cast(Api, SimulatedApi(self.cluster, self._arrive))
        records = Ledger(api, self._sleep)
        request = Request(
            action=asked.action, parameters={"name": asked.target}, id=self.id, wait_timeout_s=WAIT_TIMEOUT_S
        )
        plan = Plan(target=asked.ref, writes=(), before={}, after={})
        body = new_record(request, plan, Target(uid=f"uid-{asked.target}"), Subject(asked.requester), api.now())
        self.name, self.opened_s = body["metadata"]["name"], self.cluster.seconds
        own = records.open(body)
        limits = limits_of(self.config, asked.action)
        try:
            denial = verdict(await_turn(api, records, own, limits, sleep=self._sleep), limits)
        except ActionDenied as undecided:
            denial = undecided.code
        self.decided_s = self.cluster.seconds
        if denial:
            records.advance(own, {"phase": REJECTED})
            self.outcome = denial
            return
        self._sleep(asked.decides_s)
        self._perform(api, records, own)

    def _perform(self, api: Api, records: Ledger, own: Record) -> None:
        deadline = Deadline(WAIT_TIMEOUT_S, self.cluster.clock)  # as the gate: from before the admission
        own = records.advance(own, {"phase": EXECUTING})

        self.outcome = "admitted"
        for _ in range(self.asked.works):
            self._sleep(1.0)
            if deadline.expired:
                break
            self.works.append(self.cluster.seconds)
        records.advance(own, {"phase": SUCCEEDED, "endedAt": timestamp(api.now())})


def verdict(view: View, limits: Limits) -> str:
    """What the policies would say about where a request stands; empty for yes."""
    history = history_of(view, limits)
    if running_tally(view).count:
        return "busy"
    if any(window.count >= window.max_count for window in history.windows):
        assert all(window.retry_after_seconds > 0 for window in history.windows if window.count >= window.max_count)
        return "rate"
    if limits.draining_nodes is not None and history.draining.count >= limits.draining_nodes:
        return "draining"
    return ""


def simulate(
    cluster: SimulatedCluster,
    asked: Iterable[Asked],
    config: Mapping[str, Any],
    schedule: Iterable[Event],
    seed: int = 0,
) -> list[Process]:
    """Run everything to its end: by the schedule first, in turns afterwards."""
    in_simulated_time = partial(Deadline, clock=cluster.clock)
    with (
        patch.object(turn, "Deadline", in_simulated_time),
        patch.object(ledger, "Deadline", in_simulated_time),
        patch.object(concurrency, "DISTANT_S", float("inf")),  # no threads beside ours
    ):
        return _simulate(cluster, asked, config, schedule, seed)


def _simulate(
    cluster: SimulatedCluster, asked: Iterable[Asked], config: Mapping[str, Any], schedule: Iterable[Event], seed: int
) -> list[Process]:
    random = Random(seed)
    identifiers = (str(uuid.UUID(int=random.getrandbits(128), version=4)) for _ in iter(int, 1))
    processes = [Process(it, cluster, config, next(identifiers)) for it in asked]
    events = iter(schedule)
    for turns in range(_MOST_STEPS):
        alive = [process for process in processes if not process.ended]
        if not alive:
            _tell_errors(processes)
            return processes
        cluster.seconds = max(cluster.seconds, min(process.wakes_s for process in alive))
        ready = [process for process in alive if process.wakes_s <= cluster.seconds]
        event = next(events, None) or Event("step", turns, 0.01)
        _happen(event, ready[event.who % len(ready)], cluster)
    for process in processes:  # let the threads end
        process.doomed = True
        while not process.ended:
            process.step()
    raise AssertionError("somebody waits for ever")


def _happen(event: Event, process: Process, cluster: SimulatedCluster) -> None:
    if event.kind == "stall":
        process.wakes_s = cluster.seconds + STALL_S
        process.stalled_s += STALL_S
        return
    process.doomed = event.kind == "crash"
    process.loses = event.kind == "lose"
    process.step()
    cluster.seconds += event.then_s


def _tell_errors(processes: Iterable[Process]) -> None:
    for process in processes:
        if process.error is not None:
            raise process.error
