# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""``make molecule``: runs all scenarios of ``extensions/molecule`` and leaves nothing behind, however they end.

What molecule remembers of an earlier run is forgotten first: a run that was killed would make it skip the cluster's start.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / "build" / "molecule"


def main(arguments: list[str]) -> int:
    """Return molecule's exit code; ``arguments`` are further ones of ``molecule test --all``."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    shutil.rmtree(STATE, ignore_errors=True)
    status = 1
    try:
        status = _molecule("test", "--all", "--no-command-borders", *arguments)
    finally:
        # A scenario that fails has the cluster ended. A create that fails half-way, or an interruption, has not.
        if status:
            _molecule("destroy", "--no-command-borders", "--no-report")
    return status


def _molecule(*arguments: str) -> int:
    programs = Path(sys.executable).parent
    environ = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
        "MOLECULE_EPHEMERAL_DIRECTORY": str(STATE),
    }
    process = subprocess.Popen([programs / "molecule", *arguments], cwd=ROOT, env=environ, stdin=subprocess.DEVNULL)
    try:
        return process.wait()
    finally:
        process.terminate()
        process.wait()


def _leave(number: int, _frame: FrameType | None) -> None:
    # As an exception, so that the cluster is ended on the way out.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
