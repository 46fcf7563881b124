# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy's connections to the real API server, as one identity."""

from __future__ import annotations

import base64
import http.client
import select
import ssl
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml


@dataclass(frozen=True)
class Upstream:
    """Address and credentials out of a kubeconfig file with one context."""

    host: str
    port: int
    token: str
    context: ssl.SSLContext | None

    def connect(self) -> http.client.HTTPConnection:
        """A new connection; opened at the first request."""
        if self.context is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=120)
        return http.client.HTTPSConnection(self.host, self.port, timeout=120, context=self.context)


def upstream_of(kubeconfig: Path) -> Upstream:
    """Read the credentials: a token, or a client certificate inside the file."""
    found = yaml.safe_load(kubeconfig.read_text())
    cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
    address = urlsplit(cluster["server"])
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 80)
    context = _context(cluster, user) if secure else None
    return Upstream(address.hostname or "", port, user.get("token", ""), context)


def _context(cluster: dict[str, Any], user: dict[str, Any]) -> ssl.SSLContext:
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    if "client-certificate-data" in user:
        with tempfile.NamedTemporaryFile() as pair:  # the ssl module reads files only
            pair.write(base64.b64decode(user["client-certificate-data"]) + b"\n")
            pair.write(base64.b64decode(user["client-key-data"]))
            pair.flush()
            context.load_cert_chain(pair.name)
    return context


class ConnectionPool:
    """Idle connections for reuse, the youngest first: a handshake costs more than the rest of the proxy."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> http.client.HTTPConnection:
        """An idle connection that the server has not closed, or a new one."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return self._upstream.connect()
            # Readable without a question asked: closed by the server. Found now, nothing was sent on it.
            if connection.sock and not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()

    def give_back(self, connection: http.client.HTTPConnection) -> None:
        """Keep a connection whose answer was read to its end."""
        with self._lock:
            if self._closed:  # by a request that outlived its test
                connection.close()
            else:
                self._idle.append(connection)

    def close(self) -> None:
        """Close what is idle, and later what is still in use."""
        with self._lock:
            self._closed = True
            for connection in self._idle:
                connection.close()
            self._idle.clear()
