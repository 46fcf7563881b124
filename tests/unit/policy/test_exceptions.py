# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people are told about exceptions. What they do to a decision: policies/kubernetesexecution/exceptions_test.rego."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.exceptions import listed, unknown_zones

ENTRY = {
    "name": "web",
    "owner": "team-shop",
    "reason": "licence",
    "rules": ["a.b"],
    "actions": ["DrainNode"],
    "expires": "2026-10-25",
}
NOON = datetime(2026, 10, 25, 12, tzinfo=UTC)


def state(now: datetime, **changes: Any) -> str:
    (shown,) = listed({"exceptions": [{**ENTRY, **changes}]}, now)
    return str(shown["state"])


def test_all_that_an_entry_states_is_shown() -> None:
    assert listed({"exceptions": [ENTRY]}, NOON) == [
        {
            **ENTRY,
            "ticket": "",
            "namespaces": [],
            "targets": [],
            "environments": [],
            "time_zone": "UTC",
            "state": "active",
        }
    ]


@pytest.mark.parametrize(
    ("time", "zone", "expected"),
    [
        pytest.param("2026-10-25T23:59:59+00:00", "UTC", "active", id="last moment"),
        pytest.param("2026-10-26T00:00:00+00:00", "UTC", "expired", id="the day after"),
        pytest.param("2026-10-25T22:59:59+00:00", "Europe/Berlin", "active", id="last moment of a day of 25 hours"),
        pytest.param("2026-10-25T23:00:00+00:00", "Europe/Berlin", "expired", id="after a day of 25 hours"),
        pytest.param("2026-10-26T09:59:59+00:00", "Pacific/Honolulu", "active", id="further west"),
    ],
)
def test_an_entry_counts_to_the_end_of_its_day(time: str, zone: str, expected: str) -> None:
    assert state(datetime.fromisoformat(time), time_zone=zone) == expected


@pytest.mark.parametrize(
    "changes", [{"expires": "never"}, {"expires": 5}, {"time_zone": "Europe/Nowhere"}, {"time_zone": 1}], ids=str
)
def test_an_entry_without_a_day_is_unusable(changes: dict[str, Any]) -> None:
    assert state(NOON, **changes) == "unusable"


@pytest.mark.parametrize("config", [None, {}, {"exceptions": "all"}, {"exceptions": ["web"]}], ids=str)
def test_what_is_no_list_of_entries_shows_nothing(config: Any) -> None:
    assert listed(config, NOON) == []


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../etc/passwd", "/etc/passwd", "Europe", "Europe/Berlin\0"])
def test_a_time_zone_that_nobody_knows_is_named_with_its_place(name: str) -> None:
    config = {"freezes": [{"time_zone": "Europe/Berlin"}, {"time_zone": name}], "business_hours": {"time_zone": "UTC"}}
    assert list(unknown_zones(config)) == [("data.config.freezes[1].time_zone", name)]
