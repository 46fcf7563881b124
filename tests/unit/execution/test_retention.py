# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which records are removed, by whom, and how many at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.retention import days_of, is_due, prune
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import period_label
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Write
from tests.unit.execution.records import NOW
from tests.unit.execution.simulated_cluster import label_selector


class Server:
    """Answers a list with nothing, and keeps the deletion."""

    def __init__(self, failure: ApiFailure | None = None) -> None:
        self.failure = failure
        self.sent: list[Write] = []

    def now(self) -> datetime:
        return NOW

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        return {"items": []}

    def send(self, write: Write, dry_run: bool) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        self.sent.append(write)
        return {}


def test_one_task_in_64_cleans_up() -> None:
    random = Random(7)
    due = sum(is_due(str(uuid.UUID(int=random.getrandbits(128), version=4))) for _ in range(6400))
    assert 60 <= due <= 140


@given(days=st.integers(1, 365), age_days=st.floats(0, 800))
def test_what_is_older_is_removed_and_nothing_else(days: int, age_days: float) -> None:
    server = Server()
    assert prune(cast(Api, server), NOW, days) == ""
    ((labels, fields, limit),) = [tuple(write.query.values()) for write in server.sent]
    removed = label_selector(labels)({"guardrail.dev/day": period_label(NOW - timedelta(days=age_days), "day")})
    assert not removed or age_days > days
    assert removed or age_days < days + 1
    assert (fields, limit) == ("status.phase!=Pending,status.phase!=Executing", "128")


def test_what_has_no_day_is_kept() -> None:
    server = Server()
    prune(cast(Api, server), NOW, 30)
    assert not label_selector(server.sent[0].query["labelSelector"])({})


def test_a_refusal_is_a_sentence() -> None:
    server = Server(ApiFailure("api.forbidden", "may not", status=403))
    assert prune(cast(Api, server), NOW, 30) == "Old records were not removed: may not"


DAYS: dict[str, tuple[object, int]] = {
    "stated": ({"retention_days": 7}, 7),
    "not stated": ({}, 30),
    "no mapping": (None, 30),
    "none": ({"retention_days": 0}, 30),
    "a truth": ({"retention_days": True}, 30),
    "in words": ({"retention_days": "7"}, 30),
    "too many": ({"retention_days": 10**6}, 365),
}


@pytest.mark.parametrize(("config", "days"), DAYS.values(), ids=DAYS)
def test_how_long_records_are_kept(config: object, days: int) -> None:
    assert days_of(config) == days
