# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries connections across the border of the node's network, in both directions. It runs outside."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tests.cluster.realnode.settings import ADDRESS, KUBELET_PORT, POD_NETWORK

_CLONE_NEWNET = 0x40000000
_PODS = ipaddress.ip_network(POD_NETWORK)
_CHUNK = 65536
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Relay:
    """Connects the API server with the node and its pods.

    Args:
        inside: Descriptor of the node's network namespace.
        outside: Descriptor of ours.
        api_port: The API server, on 127.0.0.1 outside.
    """

    def __init__(self, *, inside: int, outside: int, api_port: int) -> None:
        self._inside = inside
        self._outside = outside
        self._api_port = api_port

    @contextlib.asynccontextmanager
    async def serving(self, service: socket.socket, proxy: Path) -> AsyncIterator[None]:
        """Carry both directions meanwhile.

        Args:
            service: Listens inside, at the address of the Service ``kubernetes``.
            proxy: Unix socket to make: the API server asks here for connections to nodes and pods.
        """
        proxy.unlink(missing_ok=True)
        to_api = await asyncio.start_server(self._to_api, sock=service)
        to_node = await asyncio.start_unix_server(self._connect, path=proxy)
        try:
            yield
        finally:  # without waiting for the connections: the kubelet's last as long as it does
            to_api.close()
            to_node.close()

    async def _to_api(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await _join((reader, writer), await asyncio.open_connection("127.0.0.1", self._api_port))
        writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            host, port = connect_target(head)
            far = await self._dial(host, port)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            writer.write(f"HTTP/1.1 502 {type(error).__name__}\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with contextlib.suppress(OSError):
                await _join((reader, writer), far)
        writer.close()

    async def _dial(self, host: str, port: int) -> Stream:
        if not is_inside(host):  # a webhook, or the kubelet of a simulated node: as without a real node
            return await asyncio.open_connection(host, port)
        near = self._in_namespace(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK))
        try:
            # The kubelet serves on its loopback address alone, so that pods cannot reach it.
            place = "127.0.0.1" if (host, port) == (ADDRESS, KUBELET_PORT) else host
            await asyncio.get_running_loop().sock_connect(near, (place, port))
            return await asyncio.open_connection(sock=near)
        except BaseException:
            near.close()
            raise

    def _in_namespace(self, make: Callable[[], socket.socket]) -> socket.socket:
        # A socket belongs for ever to the network in which it was made.
        _setns(self._inside)
        try:
            return make()
        finally:
            _setns(self._outside)


def connect_target(head: bytes) -> tuple[str, int]:
    """Host and port of ``CONNECT host:port HTTP/1.1``.

    Raises:
        ValueError: It is no such request.
    """
    words = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    if len(words) != 3 or words[0] != "CONNECT":
        raise ValueError("no CONNECT request")
    host, _, port = words[1].rpartition(":")
    return host.strip("[]"), int(port)


def is_inside(host: str) -> bool:
    """Whether an address is the node's or one of its pods'."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return host == ADDRESS or address in _PODS


async def _join(near: Stream, far: Stream) -> None:
    try:
        await asyncio.gather(_pump(near[0], far[1]), _pump(far[0], near[1]))
    finally:
        far[1].close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


def _setns(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
