# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Every request of ``api.until(deadline)`` ends with the deadline."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Write
from tests.unit.cluster_rest.fake_server import answer, api_with

PATCH = Write("patch", "/api/v1/nodes/n1", {}, ObjectRef("Node", "n1"), "application/merge-patch+json")


def test_a_request_gets_the_time_that_is_left() -> None:
    api, transport, clock = api_with(answer(200), answer(200))
    deadline = Deadline(10, clock)
    api.until(deadline).get("/api/v1/nodes")
    clock.now = 8.0
    api.until(deadline).send(PATCH, dry_run=False)
    assert transport.timeouts == [10.0, 2.0]


def test_a_request_never_gets_more_than_the_request_timeout() -> None:
    api, transport, clock = api_with(answer(200))
    api.until(Deadline(600, clock)).get("/api/v1/nodes")
    assert transport.timeouts == [30.0]


def test_a_read_may_take_a_last_look() -> None:
    api, transport, clock = api_with(answer(200))
    api.until(Deadline(0, clock)).get("/api/v1/nodes")
    assert transport.timeouts == [0.5]


def test_a_write_is_not_sent_after_the_deadline() -> None:
    api, transport, clock = api_with()
    with pytest.raises(Unreachable) as caught:
        api.until(Deadline(0, clock)).send(PATCH, dry_run=False)
    assert (caught.value.code, caught.value.maybe_sent, transport.sent) == ("connection.timeout", False, [])


def test_calls_are_counted_together() -> None:
    api, _, clock = api_with(answer(200), answer(200))
    bounded = api.until(Deadline(10, clock))
    bounded.get("/api/v1/nodes")
    api.get("/api/v1/nodes")
    assert (api.calls, bounded.calls) == (2, 2)
