# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A file of counters for node_exporter's textfile collector, kept by processes that live a second.

Each of them reads it, adds its own readings and puts a new file in its place, one after the other: the lock is a file
beside it, and nobody waits for it for long. What is damaged is put aside.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.exposition import added, parsed, rendered
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import Reading

LOCKING_S = 2.0
# Twenty actions and forty policies make about 1,200 series, 120 KiB.
SERIES = 5000
_FILE_BYTES = 1024 * 1024
_POLL_S = 0.002


def add(text: str, found: Iterable[Reading], patience_s: float = LOCKING_S) -> tuple[str, ...]:
    """Add readings to the file and return what people should know about it.

    Raises:
        GateError: ``metrics.textfile-path``, ``metrics.textfile-busy``, ``metrics.textfile-full``,
            ``metrics.textfile-unwritable``. The file is as it was.
    """
    found = tuple(found)
    if not found:
        return ()
    path = _checked(text)
    try:
        with _locked(path, patience_s):
            known, warnings = _read(path)
            total = added(known, found)
            if len(total) > max(SERIES, len(known)):
                raise GateError(
                    "metrics.textfile-full",
                    f"Metrics were not written: {path} holds {len(known)} series, {SERIES} is the limit.",
                    "Look which action or policy has too many names in it, then remove the file: it begins anew.",
                )
            _replace(path, rendered(total))
    except OSError as error:
        raise GateError(
            "metrics.textfile-unwritable",
            f"Metrics were not written to {path}: {error.strerror or error}.",
            "The directory has to exist, and to be writable for whoever runs the task.",
        ) from error
    return warnings


def _checked(text: str) -> Path:
    # A null byte is no OSError to Python.
    if not (text.startswith("/") and text.endswith(".prom") and text.isprintable()):
        raise GateError(
            "metrics.textfile-path",
            f"Metrics were not written: {text!r} is no absolute path of a file ending in .prom.",
            "node_exporter reads no other files, and a task has no directory of its own to start from.",
        )
    return Path(text)


@contextlib.contextmanager
def _locked(path: Path, patience_s: float) -> Iterator[None]:
    # A file of its own: the figures' file is another one after each run. Nobody else may open it, so nobody can hold it.
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    lock = os.open(path.with_name(f".{path.name}.lock"), flags, 0o600)
    try:
        limit = time.monotonic() + patience_s
        while not _taken(lock):
            if time.monotonic() >= limit:
                raise GateError(
                    "metrics.textfile-busy",
                    f"Metrics were not written: other processes held {path} for {patience_s:g} s.",
                    "With this many tasks at once send them to a statsd_exporter instead.",
                )
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> tuple[dict[str, float], tuple[str, ...]]:
    try:
        # Without O_NONBLOCK a pipe of that name would be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return {}, ()
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"it is no ordinary file, mode {os.fstat(descriptor).st_mode:o}")
        content = file.read(_FILE_BYTES + 1)
    try:
        if len(content) > _FILE_BYTES:
            raise ValueError(f"it is larger than {_FILE_BYTES} bytes")
        return parsed(content.decode("ascii")), ()
    except ValueError as damage:
        aside = path.with_name(f"{path.name}.damaged")
        path.replace(aside)
        reason = "it is no text" if isinstance(damage, UnicodeError) else str(damage)
        return {}, (
            f"The metrics in {path} began anew: {reason}. What was there is {aside.name} now. [metrics.textfile-damaged]",
        )


def _replace(path: Path, text: str) -> None:
    """Whoever reads meanwhile sees the old file or the new one. A name that does not end in .prom is not read."""
    unfinished = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):  # of a process that was killed; a link is removed, not followed
        unfinished.unlink()
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("ascii"))
        os.fchmod(descriptor, 0o644)
    unfinished.replace(path)
