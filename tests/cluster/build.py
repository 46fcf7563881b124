# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds upstream binaries from their Go modules into the cache, once, whoever asks first."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.libraries import environ_for
from tests.cluster.modules import GoModule, module_of
from tests.cluster.paths import cache_dir
from tests.cluster.progress import say
from tests.cluster.toolchain import find_go

HEARTBEAT_S = 15.0
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def ensure(binaries: Iterable[str]) -> dict[str, Path]:
    """Return the path of each binary, building those that the cache lacks.

    Raises:
        ClusterError: There is no such binary, or it cannot be built.
    """
    wanted = {name: module_of(name) for name in binaries}
    missing = [name for name, module in wanted.items() if not _is_built(module, name)]
    if missing:
        say(f"Building {', '.join(missing)} from source into {cache_dir() / 'binaries'}.")
        say("This happens once; for a whole cluster it takes about 7 minutes on 2 cores, with a real node 12.")
        say("Later starts take seconds.")
    for place, name in enumerate(missing, start=1):
        _build(wanted[name], name, f"[{place}/{len(missing)}]")
    return {name: folder_of(module) / name for name, module in wanted.items()}


def is_built(name: str) -> bool:
    """Whether the cache has a binary."""
    return _is_built(module_of(name), name)


def folder_of(module: GoModule) -> Path:
    """Where a module's binaries and files lie."""
    return cache_dir() / "binaries" / module.cache_key(host_platform())


def host_platform() -> str:
    """This machine in Go's words, for example ``linux-amd64``."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"


def _is_built(module: GoModule, name: str) -> bool:
    folder = folder_of(module)
    return os.access(folder / name, os.X_OK) and all((folder / file).is_file() for file in module.files)


def _build(module: GoModule, name: str, step: str) -> None:
    folder = folder_of(module)
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder):
        if _is_built(module, name):  # somebody else did, while we waited
            return
        go = find_go(module.go_version)
        started = time.monotonic()
        unfinished = folder / f".{name}.unfinished"
        flags = ["-trimpath", "-buildvcs=false", f"-tags={module.tags}", f"-ldflags={module.link_flags()}"]
        command = [str(go), "build", *flags, "-o", str(unfinished), module.commands[name]]
        _run(command, module, folder / f".{name}.log", f"{step} {name} {module.version}")
        _copy_files(go, module, folder)
        unfinished.replace(folder / name)
        say(f"{step} {name} {module.version} built in {time.monotonic() - started:.0f} s")


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another start builds into {folder}: waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: list[str], module: GoModule, log: Path, what: str) -> None:
    say(f"{what}: building ...")
    started = time.monotonic()
    with log.open("wb") as sink:
        child = subprocess.Popen(
            command, cwd=module.directory, env=_environ(module), stdout=sink, stderr=sink, start_new_session=True
        )
        try:
            while _still_runs(child, HEARTBEAT_S):
                say(f"{what}: still building, {time.monotonic() - started:.0f} s")
        finally:
            if child.poll() is None:  # Ctrl-C: the compilers are in the group
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    if child.returncode:
        tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-15:])
        raise ClusterError(f"{what}: go build exited with code {child.returncode}. End of {log}:\n  {tail}")


def _still_runs(child: subprocess.Popen[bytes], wait_s: float) -> bool:
    try:
        child.wait(wait_s)
    except subprocess.TimeoutExpired:
        return True
    return False


def _copy_files(go: Path, module: GoModule, folder: Path) -> None:
    if not module.files:
        return
    listed = subprocess.run(
        [go, "list", "-m", "-f", "{{.Dir}}", module.path],
        cwd=module.directory, env=_environ(module), capture_output=True, text=True, check=False,
    )  # fmt: skip
    source = Path(listed.stdout.strip())
    if listed.returncode or not listed.stdout.strip():
        raise ClusterError(f"The folder of {module.path} cannot be found: {listed.stderr.strip()}")
    for name, inside in module.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.unfinished")
        shutil.copyfile(source / inside, unfinished)
        unfinished.replace(target)


def _environ(module: GoModule) -> dict[str, str]:
    # The caller's settings for another platform, workspace or flags would give other binaries under the same key.
    kept = {key: value for key, value in os.environ.items() if key not in ("GOOS", "GOARCH", "GOFLAGS")}
    settings = {"CGO_ENABLED": "1" if module.library else "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    return {**kept, **settings, **environ_for(module.library)}
