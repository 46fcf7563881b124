# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cluster import ports
from tests.cluster.errors import ClusterError
from tests.cluster.ports import FIRST, LAST, PortReservation, is_free


def listener() -> socket.socket:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server


def only(monkeypatch: pytest.MonkeyPatch, *candidates: int) -> None:
    monkeypatch.setattr(ports, "_candidates", lambda: iter(candidates))


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with listener() as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_a_taken_port_is_free_and_below_the_outgoing_ones(tmp_path: Path) -> None:
    with PortReservation(tmp_path) as reservation:
        port = reservation.take()
        assert FIRST <= port <= LAST < 32768
        assert is_free(port)


def test_a_port_with_a_listener_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listener() as server, PortReservation(tmp_path) as reservation:
        used = server.getsockname()[1]
        only(monkeypatch, used, FIRST)
        assert reservation.take() == FIRST


def test_two_reservations_never_hold_the_same_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, FIRST, FIRST + 1)
    with PortReservation(tmp_path) as one, PortReservation(tmp_path) as other:
        assert [one.take(), other.take()] == [FIRST, FIRST + 1]


def test_a_released_port_can_be_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, FIRST)
    with PortReservation(tmp_path) as one:
        one.take()
    with PortReservation(tmp_path) as other:
        assert other.take() == FIRST


def test_no_port_left_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    with PortReservation(tmp_path) as reservation, pytest.raises(ClusterError, match="No free TCP port"):
        reservation.take()
