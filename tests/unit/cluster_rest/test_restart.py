# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An API server that restarts: nobody listens for a while, then it refuses everybody until it has read its roles."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.retries import RESTART_S
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Write
from tests.unit.cluster_rest.fake_server import answer, api_with, refused, status

NODES = "/api/v1/nodes"
REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
BY_ROLES = 'nodes is forbidden: User "runner" cannot list resource "nodes" in API group "" at the cluster scope'
FORBIDDEN = status(403, "Forbidden", BY_ROLES)
GOOD = answer(200, {"a": 1})


def sent(transport: Any) -> list[str]:
    return [request.target for request in transport.sent]


def test_a_request_waits_until_somebody_listens_again() -> None:
    api, _, clock = api_with(*[refused()] * 12, GOOD)
    assert api.get(NODES) == {"a": 1}
    assert clock.slept == [0.1, 0.3, 0.9, *[0.5] * 9]


def test_a_server_that_stays_away_is_given_up() -> None:
    api, _, clock = api_with(*[refused()] * 100)
    with pytest.raises(Unreachable):
        api.get(NODES)
    assert RESTART_S <= sum(clock.slept) < RESTART_S + 1


def test_a_write_waits_too_when_nothing_was_sent() -> None:
    api, transport, _ = api_with(*[refused()] * 8, GOOD)
    write = Write("patch", "/api/v1/nodes/n", {}, ObjectRef("Node", "n"))
    assert api.send(write, dry_run=False) == {"a": 1}
    assert len(transport.sent) == 9


@pytest.mark.parametrize("trouble", [FORBIDDEN, status(401, "Unauthorized"), status(503)], ids=["403", "401", "503"])
def test_what_a_server_refuses_right_after_an_outage_is_asked_again(trouble: Any) -> None:
    api, _, _ = api_with(refused(), *[trouble] * 6, GOOD)
    assert api.get(NODES) == {"a": 1}


def test_a_server_that_refuses_everybody_has_not_read_its_roles_yet() -> None:
    api, transport, _ = api_with(FORBIDDEN, FORBIDDEN, FORBIDDEN, GOOD)
    assert api.get(NODES) == {"a": 1}
    assert sent(transport) == [NODES, REVIEW, NODES, NODES]


def test_a_refusal_that_is_meant_costs_two_requests_once() -> None:
    api, transport, _ = api_with(FORBIDDEN, GOOD, FORBIDDEN, FORBIDDEN)
    for _ in range(2):
        with pytest.raises(ApiFailure):
            api.get(NODES)
    assert sent(transport) == [NODES, REVIEW, NODES, NODES]


AT_ONCE = {
    "by an admission policy": status(403, "Forbidden", "denied request: spec.requester has to be the author"),
    "nobody in particular": status(403, "Forbidden", BY_ROLES.replace("runner", "system:anonymous")),
    "a bad token": status(401, "Unauthorized"),
}


@pytest.mark.parametrize("refusal", AT_ONCE.values(), ids=AT_ONCE)
def test_other_refusals_are_taken_at_once(refusal: Any) -> None:
    api, transport, _ = api_with(refusal)
    with pytest.raises(ApiFailure):
        api.get(NODES)
    assert len(transport.sent) == 1
