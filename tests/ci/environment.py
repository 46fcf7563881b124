# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes one virtual environment from the lock file, unless it is there already.

``python tests/ci/environment.py DIRECTORY LOCK`` is run by the interpreter that the environment is for, before anything
is installed: standard library only. The directory lies in the user's cache and carries the lock's checksum in its name,
so that a second checkout with the same lock starts warm. Two runs at once wait for each other; a broken environment is
rebuilt.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import venv
from pathlib import Path


def usable(directory: Path) -> bool:
    """Tell whether the environment was finished and its interpreter still exists."""
    python = directory / "bin" / "python"
    return (directory / ".ready").exists() and python.exists()


def install(directory: Path, lock: Path) -> None:
    """Build the environment anew; an interrupted build leaves no ``.ready`` and is thrown away next time."""
    shutil.rmtree(directory, ignore_errors=True)
    version = ".".join(str(part) for part in sys.version_info[:3])
    print(f"Setting up Python {version} with what {lock.name} names, once: {directory}", flush=True)
    venv.create(directory, with_pip=True)
    pip = [str(directory / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--requirement", str(lock)], check=True)
    (directory / ".ready").touch()


def main(arguments: list[str]) -> int:
    """Return 0 when the environment is usable."""
    directory, lock = Path(arguments[0]), Path(arguments[1])
    if usable(directory):
        return 0
    # The cache also holds compiled policies, which are trusted only where nobody else can write.
    for parent in reversed([directory.parent, *directory.parent.parents]):
        parent.mkdir(mode=0o700, exist_ok=True)
    with directory.with_suffix(".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not usable(directory):
            install(directory, lock)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"The environment could not be installed: {' '.join(error.cmd)} ended with {error.returncode}.")
