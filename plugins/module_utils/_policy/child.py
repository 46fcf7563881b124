# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a function in a forked child that may loop, allocate, crash or print without harm to the caller.

Policy text is not trusted. The child has a deadline (SIGKILL), a limit on memory, no core file, descriptors 1 and 2
on a pipe that the parent drains, and dies with its parent. It is always reaped.

Why fork: the engine, its modules and the input are there already, which costs 2 ms; a new interpreter costs 50. A
parent with several threads forks all the same. The child then has only the thread that forked, so it must not take a
lock that another thread may have held: ``work`` imports nothing, logs nothing and touches no connection; garbage
collection is off so that no inherited object is finalised (closing a TLS connection would write to the parent's
socket); it ends through ``os._exit``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import math
import os
import resource
import selectors
import signal
import struct
import sys
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable

DEADLINE_S = 5.0
MEMORY_BYTES = 512 * 1024 * 1024
_ANSWER_LIMIT = 16 * 1024 * 1024
_OUTPUT_LIMIT = 64 * 1024
_LINE_SHOWN = 200
_POLL_S = 0.0005
_CHUNK = 64 * 1024
_HEADER = struct.Struct("!cQ")
_ANSWER, _ERROR, _NO_MEMORY = b"A", b"E", b"M"
_PR_SET_PDEATHSIG = 1
_MEMORY_MARKS = ("bad_alloc", "out of memory", "cannot allocate memory")
_starting = threading.RLock()
"""Held from the pipes of a child to its start, in threads that start children at once: one that inherits the open pipes of
another lets that one seem to run on. Reentrant, because a child holds it when it starts children of its own."""

Work = Callable[[], bytes]


@dataclass(frozen=True)
class Outcome:
    """What ``work`` returned, or the text of the exception it raised; and what it printed, cut at 64 KiB."""

    answer: bytes
    error: str
    output: str


def run(
    work: Work,
    *,
    deadline_s: float = DEADLINE_S,
    memory_bytes: int = MEMORY_BYTES,
    stated_s: float | None = None,
) -> Outcome:
    """Run ``work`` in a child process.

    Args:
        work: See the module's docstring for what it must not do.
        deadline_s: Seconds until the child is killed.
        stated_s: Deadline of the whole that this is a step of, for the message.
        memory_bytes: How much the child may allocate beyond what the parent has.

    Raises:
        PolicyUnusable: ``policy.timeout``, ``policy.out-of-memory``, ``policy.crashed``.
    """
    stated_s = deadline_s if stated_s is None else stated_s
    if deadline_s <= 0:
        raise _timeout(stated_s)
    until = time.monotonic() + deadline_s
    _libc()
    try:
        with contextlib.ExitStack() as pipes:
            with _starting:
                answer, output = pipes.enter_context(_Pipe()), pipes.enter_context(_Pipe())
                pid = _fork()
                if pid == 0:
                    _child(work, answer.write_end, output.write_end, deadline_s, memory_bytes)
                answer.close_write()
                output.close_write()
            reaped = _Reaper(pid)
            try:
                finished = _drain(answer, output, until)
                status = reaped.wait(until) if finished else None
            finally:
                reaped.kill()
    except OSError as error:
        raise unusable("policy.crashed", f"No child process could be run for the evaluation: {error}.") from error
    text = bytes(output.content).decode("utf-8", "replace")
    if status is None:
        raise _timeout(stated_s)
    return _outcome(bytes(answer.content), text, status)


def _outcome(frame: bytes, output: str, status: int) -> Outcome:
    if len(frame) > _ANSWER_LIMIT:
        raise unusable("policy.out-of-memory", f"The answer of the policies is larger than {_ANSWER_LIMIT >> 20} MiB.")
    if len(frame) >= _HEADER.size and status == 0:
        kind, size = _HEADER.unpack_from(frame)
        content = frame[_HEADER.size :]
        if kind == _NO_MEMORY:
            raise _no_memory()
        if len(content) == size:
            if kind == _ERROR:
                return Outcome(b"", content.decode("utf-8", "replace") or "no detail", output)
            return Outcome(content, "", output)
    if any(mark in output.lower() for mark in _MEMORY_MARKS):
        raise _no_memory()
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = next((known.name for known in signal.Signals if known == number), f"signal {number}")
        said = f": {_last_line(output)}" if output.strip() else ""
        raise unusable("policy.crashed", f"The policies crashed the engine ({name}{said}).")
    raise unusable("policy.crashed", f"The evaluation ended without an answer (exit status {status >> 8}).")


def _last_line(output: str) -> str:
    return output.strip().splitlines()[-1].strip()[:_LINE_SHOWN]


def _timeout(deadline_s: float) -> Exception:
    return unusable("policy.timeout", f"The policies gave no decision within {deadline_s:g} s and were stopped.")


def _no_memory() -> Exception:
    return unusable("policy.out-of-memory", "The policies needed more memory than an evaluation may have.")


class _Pipe:
    """A pipe whose content is kept up to a limit."""

    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        self.content = bytearray()
        self.limit = _ANSWER_LIMIT + 1 + _HEADER.size

    def __enter__(self) -> _Pipe:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close_write()
        os.close(self.read_end)

    def close_write(self) -> None:
        if self.write_end >= 0:
            os.close(self.write_end)
            self.write_end = -1

    def read(self) -> bool:
        """Take what is there. False at the end."""
        chunk = os.read(self.read_end, _CHUNK)
        self.content += chunk[: max(0, self.limit - len(self.content))]
        return bool(chunk)


class _Reaper:
    """Owns the child: waited for exactly once, killed first when it is still there."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._reaped = False

    def wait(self, until: float) -> int | None:
        """The exit status, or ``None`` when the child is still there at the deadline."""
        while (status := self._waited(os.WNOHANG)) is None and time.monotonic() < until:
            time.sleep(_POLL_S)
        return status

    def kill(self) -> None:
        if not self._reaped:
            os.kill(self._pid, signal.SIGKILL)
            self._waited(0)

    def _waited(self, options: int) -> int | None:
        try:
            pid, status = os.waitpid(self._pid, options)
        except ChildProcessError:  # somebody else waits for every child; the answer alone has to do
            pid, status = self._pid, 0
        self._reaped = pid != 0
        return status if self._reaped else None


def _drain(answer: _Pipe, output: _Pipe, until: float) -> bool:
    """Read both pipes to their ends. False when the deadline comes first."""
    output.limit = _OUTPUT_LIMIT
    with selectors.DefaultSelector() as selector:
        for pipe in (answer, output):
            selector.register(pipe.read_end, selectors.EVENT_READ, pipe)
        while selector.get_map():
            remaining = until - time.monotonic()
            if remaining <= 0:
                return False
            for key, _events in selector.select(remaining):
                if not key.data.read():
                    selector.unregister(key.fileobj)
    return True


def _fork() -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns when other threads exist; the module's docstring says why it is safe here.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _child(work: Work, answer: int, output: int, deadline_s: float, memory_bytes: int) -> NoReturn:
    """Everything that happens in the child. Nothing may escape into the parent's code."""
    status = 1
    try:
        try:
            gc.disable()
            _confine(output, deadline_s, memory_bytes)
            kind, content = _ANSWER, work()
        except MemoryError:
            kind, content = _NO_MEMORY, b""
        except BaseException as error:  # noqa: BLE001 - an exit or an interrupt must not return into the parent's frames
            kind, content = _ERROR, str(error).encode("utf-8", "replace")
        _write(answer, _HEADER.pack(kind, len(content)) + content)
        status = 0
    finally:
        os._exit(status)


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _confine(output: int, deadline_s: float, memory_bytes: int) -> None:
    parent = os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)  # the caller's handlers belong to the caller
    if "faulthandler" in sys.modules:
        sys.modules["faulthandler"].disable()
    os.dup2(output, 1)
    os.dup2(output, 2)
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seconds = math.ceil(deadline_s) + 1
    _lower(resource.RLIMIT_CPU, seconds)  # ends an orphan where the kernel does not tell it of its parent's death
    address_space = _address_space()
    if address_space:
        _lower(resource.RLIMIT_AS, address_space + memory_bytes)


def _lower(limit: int, value: int) -> None:
    hard = resource.getrlimit(limit)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(limit, (value, value))


def _address_space() -> int:
    """Bytes of address space in use, 0 where the system does not say (there the limit would not hold either)."""
    try:
        with open("/proc/self/statm", "rb") as stream:
            return int(stream.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


@cache
def _libc() -> Any:
    """Loaded in the parent, because the child must not import or load."""
    return ctypes.CDLL(None)
