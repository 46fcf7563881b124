# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the real node that runs outside: starts the namespaces, relays, and ends everything with itself.

``python3 -m tests.cluster.realnode.supervisor SETTINGS`` lives as long as the node.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.cluster.progress import say
from tests.cluster.realnode import cgroups
from tests.cluster.realnode.relay import Relay
from tests.cluster.realnode.settings import NodeSettings

EGRESS_SOCKET = "egress.sock"
# We may end in any way: the kernel then ends unshare, with it the first process inside, and with that all others.
_UNTIL_WE_END = ("setpriv", "--pdeathsig=KILL")
_NAMESPACES = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


def main(path: str) -> int:
    """Run the node until it ends or we are asked to end it; then nothing of it runs any more."""
    settings = NodeSettings.read(Path(path))
    cgroups.create(settings.cgroup)
    ours, theirs = socket.socketpair()
    with ours:
        child = _start(path, theirs)
        signal.signal(signal.SIGTERM, _leave)
        try:
            listener, namespace = _handed_over(ours)
            asyncio.run(_relay(settings, listener, namespace, child))
        finally:
            _end(child)
            cgroups.remove(settings.cgroup)
    say(f"The node ended with code {child.returncode}.")
    return 1


def _start(path: str, control: socket.socket) -> subprocess.Popen[bytes]:
    inside = (sys.executable, "-m", "tests.cluster.realnode.init", path, str(control.fileno()))
    with control:
        return subprocess.Popen((*_UNTIL_WE_END, *_NAMESPACES, *inside), pass_fds=(control.fileno(),))


def _handed_over(control: socket.socket) -> tuple[socket.socket, int]:
    _, descriptors, _, _ = socket.recv_fds(control, 16, 2)
    if len(descriptors) != 2:
        raise SystemExit("The first process inside ended before the network was ready.")
    return socket.socket(fileno=descriptors[0]), descriptors[1]


async def _relay(
    settings: NodeSettings, listener: socket.socket, namespace: int, child: subprocess.Popen[bytes]
) -> None:
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    relay = Relay(inside=namespace, outside=outside, api_port=settings.api_port)
    async with relay.serving(listener, Path(settings.place) / EGRESS_SOCKET):
        while child.poll() is None:
            await asyncio.sleep(0.1)


def _end(child: subprocess.Popen[bytes]) -> None:
    # Everybody of our group, so that unshare returns when the kernel has ended the last process inside, not before.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(2)
    if child.poll() is None:
        child.kill()
        child.wait()


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1]))
