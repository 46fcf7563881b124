# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which limits of a library's config apply to an action, and that no config breaks the reading of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.limits import (
    SCOPES,
    Limits,
    RateLimit,
    limits_of,
)

CONFIG = {
    "rate_limits": [
        {"scope": "target", "max": 10, "window_seconds": 3600},
        {"scope": "global", "max": 3, "window_seconds": 60, "actions": ["DrainNode"]},
    ],
    "cool_down_seconds": {"RolloutRestart": 7200},
    "failure_block": {"after": 3, "seconds": 1800},
    "limits": {"draining_nodes": 1},
}
HOURLY = RateLimit("target", (), 10, 3600)
BY_ACTION = {
    "ScaleDeployment": Limits((HOURLY,), None, 3600),
    "RolloutRestart": Limits((HOURLY,), None, 7200),
    "DrainNode": Limits((HOURLY, RateLimit("global", ("DrainNode",), 3, 60)), 1, 3600),
}


@pytest.mark.parametrize(("action", "limits"), BY_ACTION.items(), ids=BY_ACTION)
def test_what_applies_to_an_action(action: str, limits: Limits) -> None:
    assert limits_of(CONFIG, action) == limits


def test_a_library_without_limits_has_none() -> None:
    assert limits_of({}, "DrainNode") == Limits()


UNUSABLE: dict[str, Any] = {
    "no mapping": "often",
    "unknown scope": {"scope": "planet", "max": 1, "window_seconds": 1},
    "no maximum": {"scope": "global", "window_seconds": 1},
    "a negative maximum": {"scope": "global", "max": -1, "window_seconds": 1},
    "a truth for a number": {"scope": "global", "max": True, "window_seconds": 1},
    "a window in words": {"scope": "global", "max": 1, "window_seconds": "1h"},
    "one action as a text": {"scope": "global", "max": 1, "window_seconds": 1, "actions": "DrainNode"},
}


@pytest.mark.parametrize("entry", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_entry_is_left_to_the_library_to_deny(entry: Any) -> None:
    assert limits_of({"rate_limits": [entry]}, "DrainNode") == Limits()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
RATE = st.fixed_dictionaries(
    {"scope": st.sampled_from(SCOPES) | ANYTHING, "max": ANYTHING, "window_seconds": ANYTHING},
    optional={"actions": ANYTHING},
)
KEYS = ["rate_limits", "cool_down_seconds", "failure_block", "limits"]


@given(config=st.dictionaries(st.sampled_from(KEYS), ANYTHING | st.lists(RATE, max_size=3)))
def test_no_config_breaks_it(config: dict[str, Any]) -> None:
    limits = limits_of(config, "DrainNode")
    assert limits.memory_s >= 0
    assert all(rate.max_count >= 0 and rate.window_seconds >= 0 for rate in limits.rates)
