# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Free TCP ports that stay free until the server that gets them has bound them, and while it is restarted.

The kernel's own choice (bind to port 0, close, use) loses to any outgoing connection in between. So ports come from
below the range of outgoing connections, and each is marked with a file lock that other clusters of this user respect.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.paths import cache_dir

# Below 30000 (node ports) and below the usual range of outgoing connections (Linux 32768, others 49152).
FIRST, LAST = 20000, 29999


class PortReservation:
    """Ports held for this process. The locks go with the process, however it ends."""

    def __init__(self, lock_dir: Path | None = None) -> None:
        self._lock_dir = lock_dir or cache_dir() / "ports"
        self._lock_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held: list[int] = []

    def take(self) -> int:
        """Return a port that nobody listens on and nobody else holds.

        Raises:
            ClusterError: None is left.
        """
        for port in _candidates():
            lock = os.open(self._lock_dir / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if _locked(lock) and is_free(port):
                self._held.append(lock)
                return port
            os.close(lock)
        raise ClusterError(f"No free TCP port between {FIRST} and {LAST} on 127.0.0.1.")

    def release(self) -> None:
        """Give all ports back."""
        while self._held:
            os.close(self._held.pop())

    def __enter__(self) -> PortReservation:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


def is_free(port: int) -> bool:
    """Whether a server could bind this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a connection in TIME_WAIT does not count, a listener does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _candidates() -> Iterator[int]:
    ports = list(range(FIRST, LAST + 1))
    random.shuffle(ports)
    yield from ports


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
