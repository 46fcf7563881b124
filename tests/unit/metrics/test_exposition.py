# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.exposition import (
    added,
    increments,
    parsed,
    rendered,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import (
    DENIALS,
    EVALUATION_DURATION,
    EVALUATIONS,
    EXECUTION_DURATION,
    INSTRUMENTS,
    OVERRIDES_OPEN,
    RELOADS,
    Instrument,
    Reading,
)

NAME = "kubernetes_executor_policy_evaluation_duration_seconds"
FILE = rendered(added({}, [Reading(EVALUATION_DURATION, ("allowed",), 0.003), Reading(RELOADS, (), 2)]))
VALUES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,10}", fullmatch=True)


@st.composite
def a_reading(draw: st.DrawFn) -> Reading:
    instrument: Instrument = draw(st.sampled_from(INSTRUMENTS))
    values = tuple(draw(VALUES) for _ in instrument.labels)
    if instrument.kind == "histogram":
        return Reading(instrument, values, draw(st.floats(0, 1e6)))
    return Reading(instrument, values, draw(st.integers(-3 if instrument.kind == "gauge" else 0, 3)))


def test_a_file_is_written_like_this() -> None:
    total = added({}, [Reading(OVERRIDES_OPEN, (), -1), Reading(EVALUATIONS, ("denied",), 1)])
    total = added(total, [Reading(DENIALS, ("common/quorum", "DrainNode"), 1), Reading(EVALUATIONS, ("denied",), 1)])
    assert rendered(total) == (
        "# HELP kubernetes_executor_policy_evaluation_total Policy evaluations, rehearsals in check mode included.\n"
        "# TYPE kubernetes_executor_policy_evaluation_total counter\n"
        'kubernetes_executor_policy_evaluation_total{result="denied"} 2\n'
        "# HELP kubernetes_executor_policy_denials_total Denied actions by denying policy.\n"
        "# TYPE kubernetes_executor_policy_denials_total counter\n"
        'kubernetes_executor_policy_denials_total{policy="common/quorum",action="DrainNode"} 1\n'
        "# HELP kubernetes_executor_overrides_open "
        "Emergency overrides used here whose review is open, less reviews closed here.\n"
        "# TYPE kubernetes_executor_overrides_open gauge\n"
        "kubernetes_executor_overrides_open -1\n"
        "# EOF\n"
    )


@pytest.mark.parametrize(
    ("seconds", "first"), [(0.0, "0.0005"), (0.0005, "0.0005"), (0.00051, "0.001"), (5.0, "5"), (5.1, "+Inf")], ids=str
)
def test_a_bucket_contains_its_bound_and_all_below_it(seconds: float, first: str) -> None:
    found = increments(Reading(EVALUATION_DURATION, ("allowed",), seconds))
    bounds = ["0.0005", "0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.5", "1", "5", "+Inf"]
    expected = {
        f'{NAME}_bucket{{result="allowed",le="{bound}"}}': float(place >= bounds.index(first))
        for place, bound in enumerate(bounds)
    }
    assert found == {**expected, f'{NAME}_sum{{result="allowed"}}': seconds, f'{NAME}_count{{result="allowed"}}': 1.0}


def test_bounds_are_written_as_statsd_exporter_writes_them() -> None:
    found = increments(Reading(EXECUTION_DURATION, ("DrainNode",), 1.0))
    assert [series.split('le="')[1][:-2] for series in found if "le=" in series] == (
        ["0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "120", "300", "600", "1800", "3600", "+Inf"]
    )


@given(st.lists(a_reading(), min_size=1, max_size=12), st.lists(a_reading(), max_size=12))
def test_a_file_that_is_read_back_can_be_added_to(first: list[Reading], second: list[Reading]) -> None:
    begun = added({}, first)
    assert parsed(rendered(begun)) == begun
    assert added(parsed(rendered(begun)), second) == added({}, first + second)


def test_the_series_of_a_metric_stand_together() -> None:
    """Prometheus refuses a metric that begins twice."""
    mixed = [Reading(EVALUATIONS, (result,), 1) for result in ("allowed", "denied")]
    text = rendered(added({}, [mixed[0], Reading(RELOADS, (), 1), mixed[1]]))
    assert text.count("# TYPE kubernetes_executor_policy_evaluation_total") == 1
    assert [line.split(" ")[0] for line in text.splitlines() if not line.startswith("#")] == [
        'kubernetes_executor_policy_evaluation_total{result="allowed"}',
        'kubernetes_executor_policy_evaluation_total{result="denied"}',
        "kubernetes_executor_policy_reloads_total",
    ]


def test_the_order_of_series_is_no_concern() -> None:
    *lines, last, end = FILE.splitlines(keepends=True)
    assert parsed(FILE) == parsed("".join([last, *lines, end]))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "its end is missing"),
        (FILE[:-6], "its end is missing"),
        (FILE[: len(FILE) // 2], "its end is missing"),
        (FILE.replace("reloads_total 2", "reloads_total two"), "no sound value"),
        (FILE.replace("reloads_total 2", "reloads_total NaN"), "no sound value"),
        (FILE.replace("reloads_total 2", "reloads_total +Inf"), "no sound value"),
        (FILE.replace("reloads_total 2", "reloads_total -2"), "no sound value"),
        (FILE.replace("reloads_total 2", "reloads_total 2 1700000000000"), "none of its own"),
        (FILE.replace("reloads_total 2", "reloads_total 2\nkubernetes_executor_policy_reloads_total 3"), "none of its"),
        (FILE.replace("reloads_total 2", "reloads_total 2\nnode_load1 0.5"), "none of its own"),
        (FILE.replace('"allowed"', '"al lowed"'), "none of its own"),
        (FILE.replace("\nkubernetes", "\n kubernetes"), "none of its own"),
        (FILE.replace('le="0.02"', 'le="0.03"'), "other buckets"),
        (FILE.replace(f'{NAME}_bucket{{result="allowed",le="1"}} 1\n', ""), "other buckets"),
        (FILE.replace(f'{NAME}_count{{result="allowed"}} 1\n', ""), "other buckets"),
        (FILE.replace('le="+Inf"} 1', 'le="+Inf"} 2'), "does not add up"),
        (FILE.replace('le="0.02"} 1', 'le="0.02"} 0'), "does not add up"),
    ],
    ids=lambda text: None if len(text) < 60 else "file",
)
def test_damage_is_found(text: str, reason: str) -> None:
    assert text != FILE
    with pytest.raises(ValueError, match=reason):
        parsed(text)


def test_a_sum_keeps_its_fraction() -> None:
    samples = {f'{NAME}_sum{{result="allowed"}}': 0.1 + 0.2, "kubernetes_executor_policy_reloads_total": 1e15}
    lines = rendered(samples).splitlines()
    assert lines[2].endswith(" 0.30000000000000004")
    assert lines[5].endswith(" 1000000000000000")
    assert math.isclose(float(lines[2].split()[-1]), 0.3)
