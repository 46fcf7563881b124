# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""RolloutRestart: each restart changes the pod template."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from tests.unit.actions.objects import deployment, request

ACTION = ACTIONS["RolloutRestart"]
ASKED = request("RolloutRestart", kind="Deployment", name="web", namespace="shop")
MARK = "kubectl.kubernetes.io/restartedAt"


def restarted(at: str | None):
    """A Deployment that was restarted before; the request is of 03:12:45."""
    raw = deployment()
    raw["spec"]["template"]["metadata"] = {} if at is None else {"annotations": {MARK: at}}
    return raw


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, "2026-11-21T03:12:45Z"),
        ("2026-11-21T03:12:44Z", "2026-11-21T03:12:45Z"),
        ("2026-11-21T03:12:45Z", "2026-11-21T03:12:45.001Z"),
        ("2026-11-21T03:12:45.001Z", "2026-11-21T03:12:45.002Z"),
        ("2026-11-21T03:12:45+01:00", "2026-11-21T03:12:45.001Z"),
    ],
    ids=["first", "earlier", "same second", "same second again", "same digits elsewhere"],
)
def test_a_second_restart_within_one_second_is_another_one(last, expected):
    plan = ACTION.plan(ASKED, {"target": restarted(last)})
    annotations = plan.writes[0].body["spec"]["template"]["metadata"]["annotations"]
    assert (annotations, plan.after) == ({MARK: expected}, {"restarted_at": expected})
    assert ACTION.holds(ASKED, plan, restarted(expected))


@pytest.mark.parametrize("last", [None, "2026-11-21T03:12:44Z"], ids=["never", "earlier"])
def test_an_earlier_restart_is_not_this_one(last):
    assert not ACTION.holds(ASKED, ACTION.plan(ASKED, {"target": restarted(None)}), restarted(last))
