# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One server process: started with a log file, watched, ended; and the record by which a later run finds it again."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ClusterError

LOG_LINES = 15
# Asks the kernel for SIGKILL when our program ends (prctl 1, PR_SET_PDEATHSIG; it outlasts the exec), and looks whether
# that has happened meanwhile. Not as preexec_fn: that runs Python between fork and exec, and can hang in a program that
# has threads.
_BOUND = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""
# The kernel means the *thread* that forked, so one thread that lives as long as the program starts all processes,
# whichever thread asks.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cluster-spawner")


@dataclass(frozen=True)
class Command:
    """What to run; ``argv`` begins with a path. ``name`` is for people and for the log's file name."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class ProcessRecord:
    """Finds a process again. ``born`` guards against a process id that was given to somebody else since."""

    name: str
    pid: int
    born: str

    def is_alive(self) -> bool:
        """Whether exactly this process still runs (a zombie does not)."""
        return bool(self.born) and birth(self.pid) == self.born

    def end(self, number: int = signal.SIGTERM, patience_s: float = 10.0) -> None:
        """Signal the process's group, wait until it is gone, and kill what is not gone in time."""
        for step, wait_s in ((number, patience_s), (signal.SIGKILL, 10.0)):
            if not self.is_alive():
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, step)
            limit = time.monotonic() + wait_s
            while self.is_alive() and time.monotonic() < limit:
                time.sleep(0.02)


class Process:
    """A process that this program started.

    Args:
        bound: It dies with this program, however the program ends. Otherwise it outlives it.
    """

    def __init__(self, command: Command, log: Path, *, bound: bool) -> None:
        self.command = command
        self.log = log
        with log.open("ab") as sink:
            self._child = _SPAWNER.submit(_spawn, command, sink.fileno(), bound).result()
        self.record = ProcessRecord(command.name, self._child.pid, birth(self._child.pid))

    def await_ready(self, is_ready: Callable[[], bool], timeout_s: float) -> None:
        """Wait until ``is_ready`` says so.

        Raises:
            ClusterError: The process ended, or was not ready in time. Either way with the end of its log.
        """
        limit = time.monotonic() + timeout_s
        while not is_ready():
            code = self._child.poll()
            if code is not None:
                raise ClusterError(f"{self.command.name} {_ended(code)} before it was ready.{self._log_tail()}")
            if time.monotonic() > limit:
                raise ClusterError(f"{self.command.name} was not ready within {timeout_s:.0f} s.{self._log_tail()}")
            time.sleep(0.05)

    def end(self, number: int = signal.SIGTERM, patience_s: float = 10.0) -> None:
        """End the process and everything in its group, and reap it."""
        for step, wait_s in ((number, patience_s), (signal.SIGKILL, 10.0)):
            if self._child.poll() is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, step)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(wait_s)

    def _log_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return f" Its log ({self.log}) is empty." if not lines else f" End of {self.log}:\n  " + "\n  ".join(lines)


def birth(pid: int) -> str:
    """When a process started, in whatever unit the system tells it; empty when there is none, or only a zombie."""
    if platform.system() == "Linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    found = subprocess.run(["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = found.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def _spawn(command: Command, log: int, bound: bool) -> subprocess.Popen[bytes]:
    if not os.access(command.argv[0], os.X_OK):
        raise ClusterError(f"{command.name} cannot be started: {command.argv[0]} is no program.")
    bind = bound and platform.system() == "Linux"
    prefix = (sys.executable, "-I", "-S", "-c", _BOUND, str(os.getpid())) if bind else ()
    return subprocess.Popen(
        (*prefix, *command.argv),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C reaches us alone; we end the processes in order
    )


def _ended(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"
