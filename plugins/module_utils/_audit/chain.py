# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Appends to the audit trail: a file of JSON lines, each of which names the hash of the one before.

Any number of processes on one machine append to one file; ``flock`` puts them in order. A line is written at once and is
on the disk when ``append`` returns. What is in the file is never changed, except that a write which fails half way is
taken back. A torn line, left behind by a crash in the middle of a write, stays and is named by a ``torn`` line.
``docs/audit.md`` describes the format, rotation, and what the chain proves.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time as clock
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit import locked_file
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.record import (
    LONGEST_LINE,
    OPENINGS,
    Record,
    presentable,
    understood,
    written,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.seal import Seal, seal_with
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError, InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._version import VERSION

_LONGEST_TIME = 64
_MOVE_IT = (
    "Keep the file as evidence, find the damage with the verify command of docs/audit.md, and move the file away: "
    "the next action begins a new chain."
)


@dataclass(frozen=True)
class AuditOptions:
    """Where the trail is kept.

    Attributes:
        path: Absolute path of the file. Its directory has to exist.
        key_file: File with the key of the HMAC; empty: plain SHA-256.
        cloud_events: Write each line as a CloudEvent 1.0.
        required: For the gate: an action whose line cannot be written is not carried out.
    """

    path: str
    key_file: str = ""
    cloud_events: bool = False
    required: bool = False


@dataclass(frozen=True)
class Anchor:
    """Names one line. Kept in another place, it proves that the line was in the file."""

    chain: str
    sequence: int
    hash: str


def append(options: AuditOptions, entry: Mapping[str, Any], *, kind: str, time: str, deadline_s: float = 5.0) -> Anchor:
    """Add one line, and whatever has to come before it: the first line of a new file, the note of a torn line.

    Args:
        entry: What the line says; masked and cut to size here.
        kind: ``decision`` or ``outcome``.
        time: RFC 3339 in UTC, by the API server's clock.
        deadline_s: For waiting until other processes have written. The disk itself knows no deadline.

    Raises:
        GateError: Nothing was added. Codes ``audit.*``, listed in ``docs/audit.md``.
    """
    if kind not in ("decision", "outcome"):
        raise ValueError(f"not a kind of entry: {kind!r}")
    _require_absolute(options.path)
    until = clock.monotonic() + deadline_s
    with contextlib.closing(seal_with(options.key_file)) as seal, locked_file.opened(options.path, until) as file:
        tail = _tail(file, options.path)
        _require_sound(tail, seal, options.path)
        writer = _Writer(seal, time[:_LONGEST_TIME], options.cloud_events, tail)
        if tail.head is None:
            former = _former_head(options.path + ".1", until)
            begins = {"continues": former, "written_by": f"guardrail.kubernetes {VERSION}"}
            writer.add("genesis", begins if tail.torn is None else begins | {"torn": _named(tail.torn)})
        elif tail.torn is not None:
            writer.add("torn", {"torn": _named(tail.torn)})
        writer.add(kind, presentable(entry))
        locked_file.write(file, writer.data, options.path)
        return writer.last


class _Tail(NamedTuple):
    """How the file ends. ``head``: its last line. ``torn``: what follows it without a line break; ``None``: nothing."""

    head: Record | None
    torn: bytes | None
    unbroken: bool = False
    """The head itself has no line break: nothing else of it is missing."""


class _Writer:
    """Collects the lines of one write."""

    def __init__(self, seal: Seal, time: str, cloud: bool, tail: _Tail) -> None:
        head = tail.head
        self._seal, self._time, self._cloud = seal, time, cloud
        self.data = b"\n" if tail.torn is not None or tail.unbroken else b""
        self.last = Anchor(head.chain, head.sequence, head.hash) if head else Anchor(os.urandom(16).hex(), -1, "")

    def add(self, kind: str, content: Mapping[str, Any]) -> None:
        chain, sequence, previous = self.last.chain, self.last.sequence + 1, self.last.hash
        line, digest = written(self._seal, chain, sequence, previous, kind, self._time, content, cloud=self._cloud)
        self.data += line
        self.last = Anchor(chain, sequence, digest)


def _named(torn: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(torn).hexdigest(), "bytes": len(torn)}


def _require_absolute(path: str) -> None:
    if not os.path.isabs(path) or "\0" in path:
        raise InvalidRequest(
            "audit.invalid-path",
            f"The audit trail {path!r} is not an absolute path.",
            "Give the whole path, for example /var/log/guardrail/audit.jsonl.",
        )


def _tail(file: int, path: str) -> _Tail:
    """Read the end of the file, no more than two lines can have.

    Raises:
        GateError: ``audit.damaged-tail``: what is there was not written here.
    """
    with locked_file.unwritable(path):
        size = os.fstat(file).st_size
        start = max(0, size - 2 * LONGEST_LINE)
        end = os.pread(file, size - start, start)
    whole, line_break, rest = end.rpartition(b"\n")
    # A file that is something else is left alone, even if it does not end in a line break.
    if len(rest) >= LONGEST_LINE or not any(rest[: len(start)] == start[: len(rest)] for start in OPENINGS):
        raise _damaged(path)
    head = understood(whole.rpartition(b"\n")[2])
    if line_break and head is None:
        raise _damaged(path)
    following = (head.sequence + 1, head.hash) if head else (0, "")
    last = understood(rest)
    if last is not None and (last.sequence, last.previous) == following:
        return _Tail(last, None, unbroken=True)
    return _Tail(head, rest or None)


def _require_sound(tail: _Tail, seal: Seal, path: str) -> None:
    """The last line is as it was written, and with this key."""
    head = tail.head
    if head is None:
        return
    if (head.algorithm, head.key_id) != (seal.algorithm, seal.key_id):
        code = "audit.key-changed" if head.algorithm == seal.algorithm else "audit.algorithm-changed"
        message = (
            f"The audit trail {path!r} was written with {_named_seal(head.algorithm, head.key_id)}, "
            f"and the options ask for {_named_seal(seal.algorithm, seal.key_id)}."
        )
        raise GateError(code, message, "One chain has one key. Go back to that key, or rotate the file.")
    if not seal.fits(head.sealed, head.hash):
        raise _damaged(path)


def _named_seal(algorithm: str, key_id: str) -> str:
    return f"{algorithm} and key {key_id}" if key_id else f"{algorithm} without a key"


def _damaged(path: str) -> GateError:
    return GateError(
        "audit.damaged-tail", f"The last line of {path!r} is not one that the audit trail wrote.", _MOVE_IT
    )


def _former_head(path: str, until: float) -> dict[str, Any] | None:
    """The last line of the file that this one replaces; ``None`` when there is none that can be read.

    Waits for the process that writes the last line to a file just renamed.
    """
    try:
        with locked_file.opened_to_read(path, until) as file:
            head = _tail(file, path).head
    except OSError:
        return None
    except GateError as failure:
        if failure.code == "audit.locked":
            raise
        return None
    return {"chain": head.chain, "sequence": head.sequence, "hash": head.hash} if head else None
