# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import (
    DENIALS,
    EVALUATION_DURATION,
    EVALUATIONS,
    EXECUTION_DURATION,
    EXECUTIONS,
    INSTRUMENTS,
    OVERRIDES_OPEN,
    RELOAD_FAILURES,
    RELOADS,
    Reading,
    readings,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.measurement import Measurement

DRAIN = Measurement(
    action="DrainNode", result="allowed", evaluation_s=0.0012, phase="Succeeded", admitted=True, duration_s=12.5
)
DENIED = Measurement(
    action="ScaleDeployment",
    result="denied",
    evaluation_s=0.002,
    denied_by=("common/quorum", "common/blast_radius", "common/quorum"),
    phase="Rejected",
    duration_s=0.3,
)


def test_an_admitted_execution_is_counted_and_timed() -> None:
    assert readings(DRAIN) == (
        Reading(EVALUATIONS, ("allowed",), 1),
        Reading(EVALUATION_DURATION, ("allowed",), 0.0012),
        Reading(EXECUTIONS, ("DrainNode", "Succeeded"), 1),
        Reading(EXECUTION_DURATION, ("DrainNode",), 12.5),
    )


def test_a_denial_counts_once_for_each_policy_and_has_no_duration() -> None:
    assert readings(DENIED) == (
        Reading(EVALUATIONS, ("denied",), 1),
        Reading(EVALUATION_DURATION, ("denied",), 0.002),
        Reading(DENIALS, ("common/blast_radius", "ScaleDeployment"), 1),
        Reading(DENIALS, ("common/quorum", "ScaleDeployment"), 1),
        Reading(EXECUTIONS, ("ScaleDeployment", "Rejected"), 1),
    )


def test_a_rehearsal_is_evaluated_but_no_execution() -> None:
    rehearsed = replace(DRAIN, mode="check", overrides_opened=1)
    assert readings(rehearsed) == (
        Reading(EVALUATIONS, ("allowed",), 1),
        Reading(EVALUATION_DURATION, ("allowed",), 0.0012),
    )


def test_an_engine_that_was_never_asked_has_no_duration() -> None:
    failed = Measurement(action="DrainNode", result="error", denied_by=("gate",), reload_failed=True)
    assert readings(failed) == (
        Reading(EVALUATIONS, ("error",), 1),
        Reading(DENIALS, ("gate", "DrainNode"), 1),
        Reading(RELOAD_FAILURES, (), 1),
    )


def test_a_run_that_came_to_nothing_measures_nothing() -> None:
    assert readings(Measurement(action="DrainNode", duration_s=0.1)) == ()


def test_a_compiled_library_is_counted() -> None:
    assert readings(Measurement(action="DrainNode", reloaded=True)) == (Reading(RELOADS, (), 1),)


@pytest.mark.parametrize(("opened", "closed", "expected"), [(1, 0, [1]), (0, 2, [-2]), (1, 1, []), (0, 0, [])], ids=str)
def test_overrides_move_the_gauge_by_their_balance(opened: int, closed: int, expected: list[int]) -> None:
    run = Measurement(action="DrainNode", overrides_opened=opened, overrides_closed=closed)
    assert readings(run) == tuple(Reading(OVERRIDES_OPEN, (), amount) for amount in expected)


@pytest.mark.parametrize(
    "name",
    ["", "a|c", 'a"b', "a,b", "a:b", "a\nb", "a b", "#a", "ä", "a{b}", "a" * 81, "a\n"],
    ids=lambda name: repr(name)[:12],
)
def test_what_can_be_no_name_is_not_passed_on(name: str) -> None:
    found = readings(Measurement(action=name, result=name or "x", denied_by=(name,), phase=name or "x"))
    assert {value for reading in found for value in reading.values} == {"other"}


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, -1.0], ids=str)
def test_a_duration_that_cannot_be_is_none(seconds: float) -> None:
    found = readings(replace(DRAIN, evaluation_s=seconds, duration_s=seconds))
    assert [reading.amount for reading in found if reading.instrument.kind == "histogram"] == [0.0, 0.0]


def test_the_ancestors_names_labels_and_buckets_are_kept() -> None:
    """Dashboards and alerts written for it go on working."""
    prefix = "kubernetes_executor_policy_"
    ours = {one.name: one.labels for one in INSTRUMENTS if one.name.startswith(prefix)}
    assert ours == {
        prefix + "evaluation_duration_seconds": ("result",),
        prefix + "evaluation_total": ("result",),
        prefix + "denials_total": ("policy", "action"),
        prefix + "reloads_total": (),
        prefix + "reload_failures_total": (),
    }
    assert {0.001, 0.005, 0.01, 0.05, 0.1} <= set(EVALUATION_DURATION.buckets)


@pytest.mark.parametrize("instrument", [one for one in INSTRUMENTS if one.buckets], ids=lambda one: one.name)
def test_buckets_rise(instrument: object) -> None:
    buckets = instrument.buckets  # type: ignore[attr-defined]
    assert list(buckets) == sorted(set(buckets))
