# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the real node needs of a machine, asked before anything is built."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.libraries import is_to_be_had
from tests.cluster.modules import module_of
from tests.cluster.realnode.cgroups import hierarchies

# Command -> Debian's package.
PROGRAMS = {"setpriv": "util-linux", "unshare": "util-linux", "mount": "mount", "ip": "iproute2"}


def missing(*, to_build: bool) -> list[str]:
    """What this machine lacks, a phrase each; empty when the node can run.

    Args:
        to_build: Also what compiling runc takes, which is C in part.
    """
    if platform.system() != "Linux":
        return ["Linux: this machine's system is another"]
    lacking = [] if os.geteuid() == 0 else ["root: a node has namespaces, mounts and cgroups to make"]
    lacking += _absent(PROGRAMS.items(), shutil.which)
    if not hierarchies():
        lacking.append("cgroups, mounted at /sys/fs/cgroup")
    if not _has_overlay():
        lacking.append("overlay, a file system that this kernel does not know")
    if to_build:
        lacking += _absent([(os.environ.get("CC", "gcc"), "gcc"), ("pkg-config", "pkg-config")], shutil.which)
        library = module_of("runc").library
        lacking += [] if is_to_be_had(library) else [f"the C library {library} (Debian: {library}-dev)"]
    return lacking


def require(lacking: list[str]) -> None:
    """Refuse a machine that lacks something.

    Raises:
        ClusterError: It does; with everything it lacks.
    """
    if lacking:
        raise ClusterError("A real node cannot run here. It needs " + "; ".join(lacking) + ".")


def _absent(commands: Iterable[tuple[str, str]], find: Callable[[str], str | None]) -> list[str]:
    return [f"the command {command} (Debian: {package})" for command, package in commands if not find(command)]


def _has_overlay() -> bool:
    known = Path("/proc/filesystems")
    if known.exists() and any(line.split()[-1] == "overlay" for line in known.read_text().splitlines()):
        return True
    modprobe = shutil.which("modprobe")  # the kernel loads what it can when it is first mounted
    return bool(modprobe) and subprocess.run([str(modprobe), "-nq", "overlay"], check=False).returncode == 0
