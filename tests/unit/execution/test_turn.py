# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which records a run asks for, and what becomes of it when they cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, GateError, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import turn
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.limits import Limits, RateLimit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import Record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import (
    IN_PROGRESS,
    await_turn,
    end_left_behind,
    period_label,
)
from tests.unit.execution.records import API, NOW, OWN, executing, pending
from tests.unit.execution.simulated_cluster import label_selector

TARGET = "guardrail.dev/kind=Deployment,guardrail.dev/namespace=shop,guardrail.dev/name=web"
ASKED = f"{TARGET},guardrail.dev/day in (2026-11-21,2026-11-22,2026-11-23)"
UNDECIDED = "status.phase!=Rejected"
COUNTED = "status.phase!=Rejected,status.phase!=AwaitingApproval"
SLOTS = "guardrail.dev/slot in (2026-11-22-12-40,2026-11-22-12-50,2026-11-22-13-00)"


class Reads:
    """A ledger and an API that answer what they are told to, and keep what was asked and written.

    Args:
        answers: Records, or a failure, for one look after the other; the last one for all further ones.
    """

    def __init__(self, *answers: tuple[Record, ...] | GateError, now: datetime = NOW) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []
        self.written: list[tuple[str, str]] = []
        self._now = now

    def now(self) -> datetime:
        return self._now

    def find(self, labels: str, fields: str) -> tuple[Record, ...]:
        self.asked.append((labels, fields))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, GateError):
            raise answer
        return answer

    def advance(self, record: Record, status: dict[str, Any], *, patience_s: float) -> None:
        self.written.append((record.name, status["phase"]))

    def turn(self, limits: Limits = Limits(), own: Record = OWN, **options: Any) -> Any:  # noqa: B008 - immutable
        return await_turn(cast(Api, self), cast(Ledger, self), own, limits, sleep=lambda _seconds: None, **options)


def rate(scope: str, window_s: int) -> RateLimit:
    return RateLimit(scope, (), 9, window_s)


QUERIES: dict[str, tuple[Limits, list[tuple[str, str]]]] = {
    "no limits": (Limits(), []),
    "one of the target": (Limits((rate("target", 600),)), []),
    "ten minutes": (Limits((rate("global", 600),)), [(SLOTS, COUNTED)]),
    "an hour": (
        Limits((rate("global", 3600),)),
        [("guardrail.dev/hour in (2026-11-22-11,2026-11-22-12,2026-11-22-13)", COUNTED)],
    ),
    "a day": (
        Limits((rate("namespace", 86400),)),
        [
            (
                "guardrail.dev/namespace=shop,guardrail.dev/day in (2026-11-21,2026-11-22,2026-11-23)",
                COUNTED,
            )
        ],
    ),
    "one that covers the others": (
        Limits((rate("namespace", 600), rate("global", 600), rate("action", 60))),
        [(SLOTS, COUNTED)],
    ),
    "the longest of a scope": (
        Limits((rate("action", 60), rate("action", 600))),
        [(f"guardrail.dev/action=ScaleDeployment,{SLOTS}", COUNTED)],
    ),
    "a drain": (Limits(draining_nodes=1), [("guardrail.dev/action=DrainNode", IN_PROGRESS)]),
}


@pytest.mark.parametrize(("limits", "queries"), QUERIES.values(), ids=QUERIES)
def test_what_is_asked_for(limits: Limits, queries: list[tuple[str, str]]) -> None:
    reads = Reads(())
    reads.turn(limits)
    assert reads.asked == [(ASKED, UNDECIDED), *queries]


@given(
    window_s=st.integers(0, 40 * 86400),
    age_s=st.floats(0, 40 * 86400),
    moment=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),
    skew_s=st.floats(-50, 50),
)
def test_no_record_of_a_window_is_missed(window_s: int, age_s: float, moment: datetime, skew_s: float) -> None:
    now = moment.replace(tzinfo=UTC)
    reads = Reads((), now=now)
    reads.turn(Limits((rate("global", window_s),)))
    matches = label_selector(reads.asked[-1][0])
    written = now - timedelta(seconds=age_s) + timedelta(seconds=skew_s)
    labels = {f"guardrail.dev/{key}": period_label(written, key) for key in ("slot", "hour", "day")}
    assert matches(labels) or age_s > window_s


DOWN = Unreachable("connection.refused", "down")
STARTING = ApiFailure("api.forbidden", "not yet ready to handle request", status=403)
FORBIDDEN = ApiFailure("api.forbidden", "cannot list", status=403)


def test_an_api_server_that_restarts_is_waited_for() -> None:
    reads = Reads(DOWN, STARTING, FORBIDDEN, (executing(),))
    assert reads.turn().others == (executing(),)


@pytest.mark.parametrize("queued", [True, False], ids=["a run", "a rehearsal"])
def test_a_right_that_is_missing_is_not_waited_for(queued: bool) -> None:
    reads = Reads(FORBIDDEN, ())
    with pytest.raises(ApiFailure) as caught:
        reads.turn(queued=queued)
    assert caught.value is FORBIDDEN


def test_a_server_that_stays_away_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "TURN_S", 0.0)
    with pytest.raises(Unreachable) as caught:
        Reads(DOWN).turn()
    assert caught.value is DOWN


def test_who_is_not_decided_on_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "TURN_S", 0.0)
    with pytest.raises(GateError, match=r"have not been decided on in 0 s: pending-98, pending-99\.") as caught:
        Reads((pending(98), pending(99), pending(101))).turn()
    assert (caught.value.code, caught.value.retry_after_s) == ("admission.undecided", 30.0)


def test_a_run_does_not_wait_longer_than_its_own_record_lasts() -> None:
    late = pending(100, age_s=25)
    with pytest.raises(GateError) as caught:
        Reads((pending(99, age_s=26),)).turn(own=late)
    assert caught.value.code == "admission.undecided"


def test_the_dead_ahead_are_ended_and_the_others_left_alone() -> None:
    dead, behind = pending(99, age_s=40), pending(101, age_s=40)
    reads = Reads((dead, behind), (behind,))
    reads.turn()
    assert reads.written == [("pending-99", "Failed")]


def test_a_rehearsal_ends_nobody() -> None:
    reads = Reads((pending(99, age_s=40),))
    reads.turn(queued=False)
    assert reads.written == []


def test_what_died_over_a_target_is_ended_or_handed_over() -> None:
    lost, alive, elsewhere = executing(200), executing(10), executing(300, target=API)
    reads = Reads((pending(1, age_s=40), pending(2), lost, alive, elsewhere))
    found = end_left_behind(cast(Api, reads), cast(Ledger, reads), OWN.target)
    assert (found, reads.written) == ((lost,), [("pending-1", "Failed")])
    assert reads.asked == [(TARGET, IN_PROGRESS)]
