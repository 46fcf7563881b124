# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of the audit trail: opened as this user's own, locked within a deadline, written at once and to the disk.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError


@contextlib.contextmanager
def opened(path: str, until: float) -> Iterator[int]:
    """Descriptor of the file that has this name, locked, for reading and appending. Makes the file where there is none.

    While others were waited for, the file may have been renamed (rotation): then it is the next one of that name.

    Args:
        until: Deadline, by the monotonic clock.

    Raises:
        GateError: ``audit.unwritable``, ``audit.unsafe-file``, ``audit.locked``.
    """
    while True:
        with unwritable(path):
            file = _open(path, until)
        with _locked(file, path, until):
            if _is_named(file, path):
                yield file
                return
        if time.monotonic() > until:
            raise _held(path)


@contextlib.contextmanager
def opened_to_read(path: str, until: float) -> Iterator[int]:
    """Descriptor of an existing file, locked, for reading.

    Raises:
        OSError: There is none that can be read.
        GateError: As ``opened``.
    """
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with _locked(file, path, until):
        yield file


@contextlib.contextmanager
def _locked(file: int, path: str, until: float) -> Iterator[None]:
    try:
        _require_ours(os.fstat(file), path)
        _lock(file, path, until)
        yield
    finally:
        # A child that was forked meanwhile has the descriptor too, and would keep the lock.
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)


def _open(path: str, until: float) -> int:
    # Non-blocking: a pipe of this name must not hold the task up.
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    while True:
        with contextlib.suppress(FileNotFoundError):
            return os.open(path, flags)
        with contextlib.suppress(FileExistsError):
            return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        if time.monotonic() > until:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _require_ours(found: os.stat_result, path: str) -> None:
    problem = ""
    if not stat.S_ISREG(found.st_mode):
        problem = "it is not a regular file"
    elif found.st_uid != os.geteuid():
        problem = f"it belongs to user {found.st_uid}, and the task runs as user {os.geteuid()}"
    elif stat.S_IMODE(found.st_mode) & 0o022:
        problem = f"others may write to it (mode {stat.S_IMODE(found.st_mode):04o})"
    if problem:
        raise _unsafe(path, problem)


def _unsafe(path: str, problem: str) -> GateError:
    hint = "Give every user that runs tasks a file of its own, a regular one with mode 0600 or 0640."
    return GateError("audit.unsafe-file", f"The audit trail {path!r} is not used: {problem}.", hint)


def _lock(file: int, path: str, until: float) -> None:
    pause = 0.001
    while True:
        try:
            with unwritable(path):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
        except BlockingIOError:
            if time.monotonic() + pause > until:
                raise _held(path) from None
        time.sleep(pause)
        pause = min(2 * pause, 0.02)


def _held(path: str) -> GateError:
    message = f"The audit trail {path!r} was held by other processes until the deadline."
    return GateError("audit.locked", message, f"See which process holds it: fuser -v {path}", retry_after_s=5.0)


def _is_named(file: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def write(file: int, data: bytes, path: str) -> None:
    """Add ``data`` at the end, at once and to the disk, or nothing at all.

    Raises:
        GateError: ``audit.unwritable``.
    """
    with unwritable(path):
        before = os.fstat(file).st_size
        if before == 0:
            _sync_directory(path)
        try:
            if os.write(file, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        except OSError:
            # Where this is refused too (an append-only file), the rest is a torn line like any other.
            with contextlib.suppress(OSError):
                os.ftruncate(file, before)
            raise


def _sync_directory(path: str) -> None:
    """A new file has its name on the disk, too."""
    directory = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextlib.contextmanager
def unwritable(path: str) -> Iterator[None]:
    """Tell a failure of the operating system as ``audit.unwritable``."""
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _unsafe(path, "it is a symbolic link") from None
        message = f"The audit trail {path!r} cannot be written: {error.strerror or 'input/output error'}."
        hint = "The directory has to exist, and the user that runs the task has to be able to create files in it."
        raise GateError("audit.unwritable", message, hint) from None
