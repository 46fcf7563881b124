# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory of one cluster: what is in it, who may use it now, and the record that outlives the command ``up``."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.process import ProcessRecord

RECORD = "cluster.json"
LOCK = ".lock"
_OURS = ("kubeconfig", "logs", "etcd", "pki", "node", RECORD, LOCK)


@dataclass(frozen=True)
class ClusterRecord:
    """What a later command needs to find the cluster again, whatever its environment says then.

    Attributes:
        provider: See ``Cluster``.
        binaries: Name -> path of the programs it was started with.
        stages: kwok's stage files.
        ports: Name of the process -> port.
        processes: In the order of their start.
        node: ``real`` when there is a real node next to the simulated ones.
    """

    provider: str
    binaries: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[str, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)
    processes: tuple[ProcessRecord, ...] = ()
    node: str = ""


def read(state_dir: Path) -> ClusterRecord | None:
    """The record of a cluster, or ``None`` where there is none."""
    try:
        found = json.loads((state_dir / RECORD).read_text())
        processes = tuple(ProcessRecord(**entry) for entry in found["processes"])
        binaries, stages = dict(found["binaries"]), tuple(found["stages"])
        node = found.get("node", "")
        return ClusterRecord(found["provider"], binaries, stages, dict(found["ports"]), processes, node)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(f"{state_dir / RECORD} is no record of a cluster ({error}).") from error


def write(state_dir: Path, record: ClusterRecord) -> None:
    """Replace the record in one step."""
    unfinished = state_dir / f".{RECORD}"
    unfinished.write_text(json.dumps(asdict(record), indent=2) + "\n")
    unfinished.replace(state_dir / RECORD)


def prepare(state_dir: Path) -> None:
    """Make the directory ready for a new cluster.

    Raises:
        ClusterError: It holds something that is not ours.
    """
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    foreign = sorted(entry.name for entry in state_dir.iterdir() if entry.name not in _OURS)
    if foreign:
        raise ClusterError(f"{state_dir} is no directory for a cluster: it holds {', '.join(foreign[:5])}.")
    clear(state_dir, keep=(LOCK,))
    for name in ("kubeconfig", "logs", "pki"):
        (state_dir / name).mkdir(mode=0o700)


def clear(state_dir: Path, keep: tuple[str, ...] = ()) -> None:
    """Remove what is ours, and the directory when nothing else is in it."""
    for name in (*_OURS, f".{RECORD}"):
        entry = state_dir / name
        if name in keep:
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    if not keep and state_dir.is_dir() and not any(state_dir.iterdir()):
        state_dir.rmdir()


class DirectoryLock:
    """Held while a program starts or ends the cluster of a directory; by a session as long as its cluster is there."""

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = os.open(state_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self) -> bool:
        """Take the lock, or say that somebody else has it."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait(self) -> None:
        """Take the lock when it is free."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def release(self) -> None:
        """Give it back. Calling it again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
