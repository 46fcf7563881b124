# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.address import parsed, places


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:9125", (b"127.0.0.1", 9125)),
        ("metrics.example.test:1", (b"metrics.example.test", 1)),
        ("localhost", (b"localhost", 9125)),
        ("[::1]:65535", (b"::1", 65535)),
        ("[fe80::1%eth0]", (b"fe80::1%eth0", 9125)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_address_is_taken_apart(text: str, expected: tuple[bytes, int]) -> None:
    assert parsed(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", ":9125", "host:", "host:0", "host:65536", "host:99999999", "host:+1", "host:1:2", "::1:9125", "[::1", "[::1]9125",
     "[::1]:", "[]:1", " host:1", "host :1", "höst:1", "ho\0st:1", "host:\u0661"],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(GateError, match="is no address of a StatsD server") as refused:
        parsed(text)
    assert refused.value.code == "metrics.statsd-address"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:7", ((socket.AF_INET, ("127.0.0.1", 7)),)),
        ("[::1]:7", ((socket.AF_INET6, ("::1", 7, 0, 0)),)),
    ],
    ids=["IPv4", "IPv6"],
)
def test_a_number_is_not_looked_up(text: str, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", None)
    assert places(text) == expected


def test_a_name_is_looked_up() -> None:
    assert (socket.AF_INET, ("127.0.0.1", 7)) in places("localhost:7")


def test_an_unknown_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: Any, **_options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(GateError, match=r"has no known address \(Name or service not known\)") as told:
        places("nowhere.example.test")
    assert told.value.code == "metrics.statsd-unresolved"


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def hanging(_host: bytes, _port: int, *, type: int, flags: int) -> Any:
        if flags:
            raise socket.gaierror(socket.EAI_NONAME, "not a number")
        answered.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    began = time.monotonic()
    try:
        with pytest.raises(GateError, match=r"did not answer within 0\.05 s") as told:
            places("slow.example.test", patience_s=0.05)
        assert time.monotonic() - began < 2
        assert told.value.code == "metrics.statsd-unresolved"
    finally:
        answered.set()
