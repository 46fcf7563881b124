# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The metrics there are, under the names of the ancestor, and the readings of one run.

The only place that knows names, labels and buckets. ``docs/monitoring.md`` and ``extensions/monitoring`` are compared
with it by a test.

Labels take values from short lists (results, phases, actions of the catalogue, policies of the library), never names
of objects or people: the number of series stays bounded.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.measurement import (
    PHASES,
    RESULTS,
    Measurement,
)

PREFIX = "kubernetes_executor_"
OTHER = "other"
# Nothing that means something to StatsD or to the text format.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,79}")


@dataclass(frozen=True)
class Instrument:
    """One metric. ``kind`` is ``counter``, ``gauge`` or ``histogram``; ``buckets`` are upper bounds in seconds."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def wire_name(self) -> str:
        """Its name in StatsD, where neither units nor totals are part of one."""
        stem = self.name.removeprefix(PREFIX).removesuffix("_total").removesuffix("_seconds")
        return f"{PREFIX.rstrip('_')}.{stem}"


@dataclass(frozen=True)
class Reading:
    """What one run adds to one series. ``values`` are those of the instrument's labels, in their order."""

    instrument: Instrument
    values: tuple[str, ...]
    amount: float


EVALUATION_DURATION = Instrument(
    PREFIX + "policy_evaluation_duration_seconds",
    "histogram",
    "Time spent inside the policy engine.",
    ("result",),
    # The ancestor's five, and finer and coarser ones: the usual is 1 ms, the deadline 5 s.
    (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0),
)
EVALUATIONS = Instrument(
    PREFIX + "policy_evaluation_total", "counter", "Policy evaluations, rehearsals in check mode included.", ("result",)
)
DENIALS = Instrument(
    PREFIX + "policy_denials_total", "counter", "Denied actions by denying policy.", ("policy", "action")
)
RELOADS = Instrument(PREFIX + "policy_reloads_total", "counter", "New library revisions compiled.")
RELOAD_FAILURES = Instrument(
    PREFIX + "policy_reload_failures_total", "counter", "New library revisions that could not be compiled."
)
EXECUTIONS = Instrument(
    PREFIX + "executions_total", "counter", "Recorded executions by the phase they ended in.", ("action", "phase")
)
EXECUTION_DURATION = Instrument(
    PREFIX + "execution_duration_seconds",
    "histogram",
    "Time from the request to the end of an admitted execution.",
    ("action",),
    (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0),
)
OVERRIDES_OPEN = Instrument(
    PREFIX + "overrides_open", "gauge", "Emergency overrides used here whose review is open, less reviews closed here."
)

INSTRUMENTS = (
    EVALUATION_DURATION,
    EVALUATIONS,
    DENIALS,
    RELOADS,
    RELOAD_FAILURES,
    EXECUTIONS,
    EXECUTION_DURATION,
    OVERRIDES_OPEN,
)


def readings(run: Measurement) -> tuple[Reading, ...]:
    """Return what a run adds to which series; nothing for a run that neither decided nor did anything."""
    found = [*_of_the_policies(run)]
    if run.mode == "apply":
        found += _of_the_execution(run)
    return tuple(found)


def _of_the_policies(run: Measurement) -> list[Reading]:
    found = []
    action = _bounded(run.action)
    if run.result:
        result = _listed(run.result, RESULTS)
        found.append(Reading(EVALUATIONS, (result,), 1))
        if run.evaluation_s is not None:
            found.append(Reading(EVALUATION_DURATION, (result,), _seconds(run.evaluation_s)))
    found += [Reading(DENIALS, (policy, action), 1) for policy in sorted({_bounded(name) for name in run.denied_by})]
    if run.reloaded:
        found.append(Reading(RELOADS, (), 1))
    if run.reload_failed:
        found.append(Reading(RELOAD_FAILURES, (), 1))
    return found


def _of_the_execution(run: Measurement) -> list[Reading]:
    found = []
    action = _bounded(run.action)
    if run.phase:
        found.append(Reading(EXECUTIONS, (action, _listed(run.phase, PHASES)), 1))
    # A refusal takes a fraction of a second and would only blur the durations of the work.
    if run.admitted:
        found.append(Reading(EXECUTION_DURATION, (action,), _seconds(run.duration_s)))
    if run.overrides_opened != run.overrides_closed:
        found.append(Reading(OVERRIDES_OPEN, (), run.overrides_opened - run.overrides_closed))
    return found


def _bounded(name: str) -> str:
    return name if _NAME.fullmatch(name) else OTHER


def _listed(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else OTHER


def _seconds(value: float) -> float:
    return value if math.isfinite(value) and value > 0 else 0.0
