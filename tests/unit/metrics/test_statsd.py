# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics import statsd
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.address import Place
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import (
    DENIALS,
    EVALUATION_DURATION,
    EXECUTIONS,
    OVERRIDES_OPEN,
    RELOADS,
    Reading,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.statsd import datagrams, send


@pytest.fixture(params=["127.0.0.1", "::1"])
def server(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as listening:
        try:
            listening.bind((request.param, 0))
        except OSError:
            pytest.skip(f"this machine has no {request.param}")
        listening.settimeout(5)
        yield listening


def address(server: socket.socket) -> str:
    host, port = server.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def refusing(family: socket.AddressFamily = socket.AF_INET, host: str = "127.0.0.1") -> Place:
    """A place where nobody listens: it was free a moment ago."""
    with socket.socket(family, socket.SOCK_DGRAM) as unused:
        unused.bind((host, 0))
        return family, unused.getsockname()


@pytest.mark.parametrize(
    ("reading", "line"),
    [
        (Reading(RELOADS, (), 1), b"kubernetes_executor.policy_reloads:1|c"),
        (Reading(OVERRIDES_OPEN, (), 1), b"kubernetes_executor.overrides_open:+1|g"),
        (Reading(OVERRIDES_OPEN, (), -2), b"kubernetes_executor.overrides_open:-2|g"),
        (
            Reading(EVALUATION_DURATION, ("allowed",), 0.00125),
            b"kubernetes_executor.policy_evaluation_duration:1.25|ms|#result:allowed",
        ),
        (
            Reading(DENIALS, ("common/quorum", "DrainNode"), 1),
            b"kubernetes_executor.policy_denials:1|c|#policy:common/quorum,action:DrainNode",
        ),
    ],
    ids=["counter", "gauge-up", "gauge-down", "timer", "two-tags"],
)
def test_a_reading_is_one_line(reading: Reading, line: bytes) -> None:
    assert datagrams([reading]) == (line,)


def test_a_timer_of_a_day_is_written_out() -> None:
    (line,) = datagrams([Reading(EVALUATION_DURATION, ("allowed",), 86400.5)])
    assert line.split(b"|")[0] == b"kubernetes_executor.policy_evaluation_duration:86400500"


def test_datagrams_are_filled_and_never_larger_than_allowed() -> None:
    many = [Reading(DENIALS, (f"common/policy_{number}", "DrainNode"), 1) for number in range(100)]
    packed = datagrams(many)
    assert b"\n".join(packed).split(b"\n") == [datagrams([one])[0] for one in many]
    longest = max(len(datagrams([one])[0]) for one in many)
    assert all(1432 - longest <= len(one) <= 1432 for one in packed[:-1])
    assert len(packed) == 6


def test_a_line_that_just_fits_is_taken() -> None:
    pair = [Reading(RELOADS, (), 1)] * 2
    both = 2 * len(datagrams(pair[:1])[0]) + 1
    assert [len(datagrams(pair, limit)) for limit in (both, both - 1)] == [1, 2]


def test_what_is_sent_arrives(server: socket.socket) -> None:
    send(address(server), [Reading(RELOADS, (), 1), Reading(EXECUTIONS, ("DrainNode", "Failed"), 1)])
    assert server.recv(2000).split(b"\n") == [
        b"kubernetes_executor.policy_reloads:1|c",
        b"kubernetes_executor.executions:1|c|#action:DrainNode,phase:Failed",
    ]


def test_nothing_to_say_sends_nothing() -> None:
    send("no address at all", [])


def test_a_server_that_is_not_there_is_told() -> None:
    _, (host, port) = refusing()
    with pytest.raises(GateError, match=r"not sent to 127\.0\.0\.1:\d+: Connection refused") as told:
        send(f"{host}:{port}", [Reading(RELOADS, (), 1)])
    assert told.value.code == "metrics.statsd-unsent"


def test_the_next_address_gets_what_the_first_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        known = (refusing(), (socket.AF_INET, server.getsockname()))
        monkeypatch.setattr(statsd, "places", lambda _address: known)
        send("localhost", [Reading(RELOADS, (), 1)])
        assert server.recv(2000) == b"kubernetes_executor.policy_reloads:1|c"
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.recv(2000)


def test_a_server_whose_queue_is_full_is_not_waited_for() -> None:
    """Datagrams to a server that does not read are lost, as everywhere in UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        deaf.bind(("127.0.0.1", 0))
        for _ in range(50):
            send(address(deaf), [Reading(RELOADS, (), 1)] * 30)
