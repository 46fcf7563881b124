# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cgroups of the node's pods: one tree of a name of its own, in version 1 in each hierarchy."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from tests.cluster.errors import ClusterError

ROOT = Path("/sys/fs/cgroup")


def create(name: str, root: Path = ROOT) -> None:
    """Make the tree's top, with every controller there is.

    Raises:
        ClusterError: It cannot be made.
    """
    try:
        for hierarchy in hierarchies(root):
            (hierarchy / name).mkdir(exist_ok=True)
            controllers = hierarchy / "cgroup.controllers"
            if controllers.exists():  # version 2: what the children may use has to be said level by level
                wanted = " ".join(f"+{controller}" for controller in controllers.read_text().split())
                for level in (hierarchy, hierarchy / name):
                    (level / "cgroup.subtree_control").write_text(wanted)
    except OSError as error:
        raise ClusterError(
            f"No cgroup {name} can be made below {root}: {error.strerror} ({error.filename})."
        ) from error


def remove(name: str, root: Path = ROOT, patience_s: float = 10.0) -> None:
    """Kill what still runs in the tree, and remove it. Nothing happens where there is none."""
    limit = time.monotonic() + patience_s
    while tops := [hierarchy / name for hierarchy in hierarchies(root) if (hierarchy / name).is_dir()]:
        for top in tops:
            for place, _, _ in os.walk(top, topdown=False):
                _kill(Path(place))
                with contextlib.suppress(OSError):  # busy until its last process is reaped
                    os.rmdir(place)
        if time.monotonic() > limit:
            raise ClusterError(f"The cgroup {tops[0]} cannot be removed: something in it does not end.")
        time.sleep(0.02)


def hierarchies(root: Path = ROOT) -> list[Path]:
    """Where cgroups are mounted: one place for version 2, one per controller for version 1."""
    if (root / "cgroup.procs").exists():
        return [root]
    # Some controllers have a second name, a link.
    found = (entry for entry in root.iterdir() if not entry.is_symlink()) if root.is_dir() else iter(())
    return sorted(entry for entry in found if (entry / "cgroup.procs").exists())


def _kill(cgroup: Path) -> None:
    with contextlib.suppress(OSError):
        for pid in (cgroup / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
