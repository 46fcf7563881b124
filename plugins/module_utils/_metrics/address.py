# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""From ``host:port`` to places to send to, within a deadline that the system's resolver does not have.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import socket
import threading
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError

DEFAULT_PORT = 9125
RESOLVING_S = 0.25

# As socket.socket() and connect() take them.
Place = tuple[int, tuple[Any, ...]]


def places(text: str, patience_s: float = RESOLVING_S) -> tuple[Place, ...]:
    """Return address family and socket address of each address that a host has, the system's preferred one first.

    Raises:
        GateError: ``metrics.statsd-address``, ``metrics.statsd-unresolved``.
    """
    host, port = parsed(text)
    try:
        return _looked_up(host, port, socket.AI_NUMERICHOST)
    except OSError:
        return _resolved(text, host, port, patience_s)


def parsed(text: str) -> tuple[bytes, int]:
    """Take ``host``, ``host:port``, ``[address]`` or ``[address]:port`` apart.

    Raises:
        GateError: ``metrics.statsd-address``.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        sound = bool(bracket) and rest[:1] in ("", ":")
        port = rest[1:]
    else:
        host, colon, port = text.partition(":")
        sound, rest = True, colon + port
    number = port if rest else str(DEFAULT_PORT)
    # Bytes: for a text Python would import its tables of international names, which takes longer than all the rest.
    if not (sound and host.isascii() and host.isprintable() and host.strip() == host != "" and _is_port(number)):
        raise GateError(
            "metrics.statsd-address",
            f"Metrics were not sent: {text!r} is no address of a StatsD server.",
            f"Use host:port, for example 127.0.0.1:{DEFAULT_PORT} or [::1]:{DEFAULT_PORT}.",
        )
    return host.encode("ascii"), int(number)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536


def _resolved(text: str, host: bytes, port: int, patience_s: float) -> tuple[Place, ...]:
    found: list[tuple[Place, ...]] = []
    problems: list[str] = []

    def ask() -> None:
        try:
            found.append(_looked_up(host, port, 0))
        except OSError as error:
            problems.append(error.strerror or str(error))

    # A resolver may wait for half a minute and cannot be interrupted: it is left behind, and ends with the process.
    asking = threading.Thread(target=ask, name="statsd-name", daemon=True)
    asking.start()
    asking.join(patience_s)
    if found:
        return found[0]
    raise GateError(
        "metrics.statsd-unresolved",
        f"Metrics were not sent: {text!r} has no known address"
        + (f" ({problems[0]})." if problems else f", the resolver did not answer within {patience_s:g} s."),
        "Use a numeric address, or a name that this machine's own files know.",
    )


def _looked_up(host: bytes, port: int, flags: int) -> tuple[Place, ...]:
    known = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=flags)
    return tuple((entry[0], entry[4]) for entry in known)
