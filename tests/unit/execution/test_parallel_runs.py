# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""I8: any number of runs against a limit, in any order of their steps, with processes that die or fall asleep on the way.

A model of processes in simulated time drives the code of the ledger and of the turn as it is. That the model sees what it
is there to see, the broken protocols at the end show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import history, ledger, turn
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.history import View
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import GRACE_S, PENDING_S, Record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import TURN_S
from tests.unit.execution.simulated_cluster import SimulatedCluster
from tests.unit.execution.simulated_runs import WAIT_TIMEOUT_S, Asked, Event, Process, simulate

Config = dict[str, Any]
Check = Callable[[SimulatedCluster, Sequence[Process], Config], None]

PACES = st.sampled_from([0.001, 0.01, 0.2, 1.5, 9.0])
CALM = st.builds(Event, st.just("step"), st.integers(0, 9), PACES)
KINDS = st.sampled_from(["step"] * 12 + ["crash", "stall", "stall", "lose"])
ROUGH = st.builds(Event, KINDS, st.integers(0, 9), PACES)
RATES = st.fixed_dictionaries(
    {
        "scope": st.sampled_from(["target", "action", "namespace", "requester", "global"]),
        "max": st.integers(0, 3),
        "window_seconds": st.sampled_from([5, 30, 600]),
    }
)
CONFIGS = st.builds(
    lambda rates, drains: {"rate_limits": rates, "limits": {"draining_nodes": drains}},
    st.lists(RATES, max_size=2),
    st.integers(1, 2),
)
ASKED = st.builds(
    Asked,
    action=st.sampled_from(["ScaleDeployment", "ScaleDeployment", "DrainNode"]),
    target=st.sampled_from(["web", "api", "db"]),
    namespace=st.sampled_from(["shop", "shop", "bank"]),
    requester=st.sampled_from(["runner", "other"]),
    begins_s=st.sampled_from([0.0, 0.0, 0.5, 8.0, 40.0]),
    decides_s=st.sampled_from([0.0, 0.1, 3.0]),
    works=st.integers(1, 12),
)
CROWDS = st.lists(ASKED, min_size=2, max_size=6)

usual = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def in_scope(scope: str, asked: Asked) -> object:
    """The counter that an execution counts towards."""
    keys = {
        "target": asked.ref,
        "action": asked.action,
        "namespace": asked.ref.namespace,
        "requester": asked.requester,
        "global": "",
    }
    return keys[scope]


def admissions(cluster: SimulatedCluster, processes: Sequence[Process]) -> list[tuple[Process, float]]:
    """Who was admitted, and when the record said so in the cluster."""
    by_name = {process.name: process for process in processes}
    return [(by_name[name], second) for name, second in cluster.admissions]


def never_more_than_the_limit(cluster: SimulatedCluster, processes: Sequence[Process], config: Config) -> None:
    admitted = admissions(cluster, processes)
    for rate in config["rate_limits"]:
        by_counter: dict[object, list[float]] = {}
        for process, second in admitted:
            by_counter.setdefault(in_scope(rate["scope"], process.asked), []).append(second)
        for seconds in by_counter.values():
            assert rate["max"] > 0
            for first, one_too_many in zip(seconds, seconds[rate["max"] :], strict=False):
                assert one_too_many - first >= rate["window_seconds"], (rate, seconds)


def one_at_a_time_per_target(cluster: SimulatedCluster, processes: Sequence[Process], config: Config) -> None:
    admitted = admissions(cluster, processes)
    for number, (process, _) in enumerate(admitted):
        for later, second in admitted[number + 1 :]:
            if later.asked.ref == process.asked.ref:
                assert all(worked <= second for worked in process.works), (process.name, later.name)


def drains_at_once_are_bounded(cluster: SimulatedCluster, processes: Sequence[Process], config: Config) -> None:
    drains = [(it, second) for it, second in admissions(cluster, processes) if it.asked.action == "DrainNode"]
    for process, second in drains:
        others = [
            it for it, began in drains if it is not process and began <= second and max(it.works, default=0) > second
        ]
        assert len(others) < config["limits"]["draining_nodes"]


def nobody_waits_for_ever(cluster: SimulatedCluster, processes: Sequence[Process], config: Config) -> None:
    for process in processes:
        if process.decided_s:
            waited = process.decided_s - process.opened_s - process.stalled_s
            assert waited <= TURN_S + 9.0 * len(processes), "more than its turn and one pause of everybody"


SAFE: tuple[Check, ...] = (never_more_than_the_limit, one_at_a_time_per_target, drains_at_once_are_bounded)


@usual
@given(crowd=CROWDS, config=CONFIGS, schedule=st.lists(ROUGH, max_size=80), seed=st.integers(0, 2**16))
def test_no_schedule_breaks_a_limit(crowd: list[Asked], config: Config, schedule: list[Event], seed: int) -> None:
    cluster = SimulatedCluster()
    processes = simulate(cluster, crowd, config, schedule, seed)
    for check in (*SAFE, nobody_waits_for_ever):
        check(cluster, processes, config)


def shops(number: int, **options: Any) -> list[Asked]:
    """So many requests, each on a target of its own."""
    return [Asked(target=f"web-{index}", **options) for index in range(number)]


def of_one_limit(maximum: int, scope: str = "global") -> Config:
    rates = [{"scope": scope, "max": maximum, "window_seconds": 600}]
    return {"rate_limits": rates, "limits": {"draining_nodes": 1}}


@usual
@given(number=st.integers(1, 6), maximum=st.integers(0, 4), schedule=st.lists(CALM, max_size=60))
def test_without_a_crash_exactly_so_many_are_admitted(number: int, maximum: int, schedule: list[Event]) -> None:
    quick = [Event(event.kind, event.who, min(event.then_s, 0.05)) for event in schedule]
    processes = simulate(SimulatedCluster(), shops(number), of_one_limit(maximum), quick)
    outcomes = sorted(process.outcome for process in processes)
    admitted = min(number, maximum)
    assert outcomes == ["admitted"] * admitted + ["rate"] * (number - admitted)


@usual
@given(number=st.integers(2, 5), schedule=st.lists(CALM, max_size=60))
def test_of_several_on_one_target_the_first_runs(number: int, schedule: list[Event]) -> None:
    quick = [Event(event.kind, event.who, min(event.then_s, 0.05)) for event in schedule]
    crowd = [Asked(works=12)] * number
    processes = simulate(SimulatedCluster(), crowd, of_one_limit(9), quick)
    assert sorted(process.outcome for process in processes) == ["admitted"] + ["busy"] * (number - 1)


@usual
@given(number=st.integers(2, 5), schedule=st.lists(CALM, max_size=60))
def test_of_several_nodes_one_is_drained(number: int, schedule: list[Event]) -> None:
    quick = [Event(event.kind, event.who, min(event.then_s, 0.05)) for event in schedule]
    crowd = [Asked(action="DrainNode", target=f"node-{index}", works=12) for index in range(number)]
    processes = simulate(SimulatedCluster(), crowd, of_one_limit(9), quick)
    assert sorted(process.outcome for process in processes) == ["admitted"] + ["draining"] * (number - 1)


@pytest.mark.parametrize("begins_s", [PENDING_S - 1.0, PENDING_S + 1.0], ids=["soon after", "after its time"])
def test_who_died_while_pending_holds_nobody_up_after_its_time(begins_s: float) -> None:
    first, second = Asked(), Asked(begins_s=begins_s)
    cluster = SimulatedCluster()
    steps = [Event("step", 0, 0.0)] * 3 + [Event("crash", 0, 0.0)]
    dead, alive = simulate(cluster, [first, second], of_one_limit(1), steps)
    assert (dead.outcome, alive.outcome) == ("", "admitted")
    assert alive.decided_s < PENDING_S + 3.0
    assert cluster.records[dead.name]["status"] == {
        "phase": "Failed",
        "changed": False,
        "endedAt": cluster.records[dead.name]["status"]["endedAt"],
        "message": "Nobody decided on it in time: the process that asked has died. Nothing was changed.",
        "error": {
            "code": "execution.lost-before-decision",
            "reason": "timeout",
            "message": "Nobody decided on it in time: the process that asked has died. Nothing was changed.",
        },
    }


def test_who_died_while_executing_keeps_its_target_until_its_time_is_over() -> None:
    cluster = SimulatedCluster()
    over = WAIT_TIMEOUT_S + GRACE_S
    crowd = [Asked(works=50), Asked(begins_s=over - 5.0), Asked(begins_s=over + 5.0)]
    steps = [Event("step", 0, 0.0)] * 7 + [Event("crash", 0, 0.0)]
    processes = simulate(cluster, crowd, of_one_limit(9), steps)
    assert [process.outcome for process in processes] == ["admitted", "busy", "admitted"]


def test_who_comes_back_after_its_time_finds_itself_overruled() -> None:
    cluster = SimulatedCluster()
    steps = [Event("step", 0, 0.0)] * 4 + [Event("stall", 0, 0.0)]
    asleep, awake = simulate(cluster, [Asked(decides_s=1.0), Asked(begins_s=PENDING_S + 2.0)], of_one_limit(1), steps)
    assert (asleep.outcome, awake.outcome) == ("record.overruled", "admitted")
    assert asleep.works == []


def test_who_comes_back_after_its_time_acts_no_more_even_if_nobody_came() -> None:
    cluster = SimulatedCluster()
    steps = [Event("step", 0, 0.0)] * 4 + [Event("stall", 0, 0.0)]
    (asleep,) = simulate(cluster, [Asked(decides_s=1.0)], of_one_limit(1), steps)
    assert (asleep.outcome, asleep.works, cluster.admissions) == ("record.overruled", [], [])


def test_a_pending_record_that_somebody_touches_has_lost_its_place() -> None:
    cluster = SimulatedCluster()
    steps = [Event("step", 0, 0.0)] * 4

    def touched(events: Iterator[Event]) -> Iterator[Event]:
        yield from events
        (raw,) = cluster.records.values()
        cluster.patch_status(raw["metadata"]["name"], {"metadata": raw["metadata"], "status": {"message": "mine"}})

    (process,) = simulate(cluster, [Asked(decides_s=1.0)], of_one_limit(1), touched(iter(steps)))
    assert (process.outcome, cluster.admissions) == ("record.touched", [])


# Protocols that are wrong in one point each, and what the model has to say about them.


def _nobody_ahead() -> Any:
    return patch.object(View, "ahead", lambda view, record: False)


def _dead_ones_are_not_ended() -> Any:
    return patch.object(turn, "end_expired", lambda ledger, view: False)


def _late_admission() -> Any:
    return patch.object(ledger, "EXECUTING", "")


def _windows_by_creation() -> Any:
    def counted(view: View, rate: Any, scoped: Any) -> list[Record]:
        return [it for it in scoped if it.admitted and (view.now - it.created).total_seconds() < rate.window_seconds]

    return patch.object(history, "_in_window", counted)


def _what_runs_does_not_count() -> Any:
    return patch.object(history, "_runs", lambda record, now: False)


def _no_fencing() -> Any:
    return patch.object(SimulatedCluster, "fenced", False)


BROKEN: dict[str, Callable[[], Any]] = {
    "nobody looks at those ahead": _nobody_ahead,
    "the dead are not ended": _dead_ones_are_not_ended,
    "admission after the time is over": _late_admission,
    "windows by creation": _windows_by_creation,
    "what runs does not count": _what_runs_does_not_count,
    "writes without a version": _no_fencing,
}


@settings(
    max_examples=3000,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(crowd=CROWDS, config=CONFIGS, schedule=st.lists(ROUGH, min_size=10, max_size=60))
def look_for_a_breach(crowd: list[Asked], config: Config, schedule: list[Event]) -> None:
    cluster = SimulatedCluster(fenced=SimulatedCluster.fenced)
    processes = simulate(cluster, crowd, config, schedule)
    for check in SAFE:
        check(cluster, processes, config)


@pytest.mark.parametrize("broken", BROKEN)
def test_the_model_sees_what_is_wrong(broken: str) -> None:
    with BROKEN[broken](), pytest.raises(AssertionError):
        look_for_a_breach()


def test_the_model_sees_who_waits_for_those_behind() -> None:
    def everybody_is_ahead(view: View, record: Record) -> bool:
        return record.phase == "Pending" and not record.expired(view.now)

    with patch.object(View, "ahead", everybody_is_ahead):
        processes = simulate(SimulatedCluster(), shops(2), of_one_limit(1), [])
    assert {process.outcome for process in processes} == {"admission.undecided"}
