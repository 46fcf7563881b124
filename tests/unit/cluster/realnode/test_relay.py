# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.realnode.relay import Relay, connect_target, is_inside


@pytest.mark.parametrize(
    ("head", "target"),
    [
        (b"CONNECT 10.243.0.1:10250 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", ("10.243.0.1", 10250)),
        (b"CONNECT [::1]:443 HTTP/1.1\r\n\r\n", ("::1", 443)),
        (b"CONNECT webhook.example:443 HTTP/1.1\r\n\r\n", ("webhook.example", 443)),
    ],
    ids=["ipv4", "ipv6", "name"],
)
def test_a_connect_request_names_host_and_port(head: bytes, target: tuple[str, int]) -> None:
    assert connect_target(head) == target


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\n\r\n", b"CONNECT x\r\n\r\n", b"CONNECT x:y HTTP/1.1\r\n\r\n"])
def test_anything_else_is_refused(head: bytes) -> None:
    with pytest.raises(ValueError, match=r"CONNECT|int"):
        connect_target(head)


@pytest.mark.parametrize(
    ("host", "inside"),
    [("10.243.0.1", True), ("10.244.0.7", True), ("10.244.1.7", False), ("127.0.0.1", False), ("webhook", False)],
)
def test_the_nodes_and_its_pods_addresses_are_inside(host: str, inside: bool) -> None:
    assert is_inside(host) is inside


@dataclass(frozen=True)
class Ends:
    """Where the relay listens, and the port of the API server."""

    service: tuple[str, int]
    proxy: Path
    port: int


@contextlib.asynccontextmanager
async def relay(place: Path) -> AsyncIterator[Ends]:
    """A relay between an API server and a proxy's client, both of this test; nothing is inside."""
    service, proxy = socket.create_server(("127.0.0.1", 0)), place / "egress.sock"
    async with await asyncio.start_server(_echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Relay(inside=-1, outside=-1, api_port=port).serving(service, proxy):
            yield Ends(service.getsockname(), proxy, port)


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"echo " + await reader.read())  # until the other side has said all
    writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *said: bytes) -> bytes:
    for part in said:
        writer.write(part)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def test_the_service_leads_to_the_api_server(tmp_path: Path) -> None:
    async def ask() -> bytes:
        async with relay(tmp_path) as ends:
            return await _ask(*await asyncio.open_connection(*ends.service), b"hello")

    assert asyncio.run(ask()) == b"echo hello"


def test_the_proxy_connects_to_what_is_outside_as_if_it_were_not_there(tmp_path: Path) -> None:
    async def ask() -> bytes:
        async with relay(tmp_path) as ends:
            request = f"CONNECT 127.0.0.1:{ends.port} HTTP/1.1\r\n\r\n".encode()
            return await _ask(*await asyncio.open_unix_connection(ends.proxy), request, b"hello")

    assert asyncio.run(ask()) == b"HTTP/1.1 200 Connection established\r\n\r\necho hello"


@pytest.mark.parametrize("request_line", [b"GET / HTTP/1.1", b"CONNECT 127.0.0.1:1 HTTP/1.1"], ids=["get", "nobody"])
def test_the_proxy_says_what_it_cannot(tmp_path: Path, request_line: bytes) -> None:
    async def ask() -> bytes:
        async with relay(tmp_path) as ends:
            return await _ask(*await asyncio.open_unix_connection(ends.proxy), request_line + b"\r\n\r\n")

    assert asyncio.run(ask()).startswith(b"HTTP/1.1 502 ")
