# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""C libraries that a Go module needs: the installed one, or the one of Debian's package in a private folder."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.paths import cache_dir
from tests.cluster.progress import say


def environ_for(library: str) -> dict[str, str]:
    """What the compiler's environment needs besides, so that ``pkg-config`` finds the library.

    Args:
        library: pkg-config's name, of which Debian's is ``NAME-dev``.

    Raises:
        ClusterError: It is not installed, and not to be had.
    """
    if not library or is_installed(library):
        return {}
    private = cache_dir() / "libraries" / library
    if not private.is_dir():
        _unpack(library, private)
    described = next(private.rglob(f"{library}.pc"), None)
    if described is None:
        raise ClusterError(f"{private} lacks {library}.pc: remove that folder, or install {library}-dev.")
    return {
        "PKG_CONFIG_PATH": str(described.parent),
        "PKG_CONFIG_SYSROOT_DIR": str(private),
        # Go keeps what it compiled with another place of the library, unless it is told of this one itself.
        "CGO_LDFLAGS": f"-L{described.parent.parent}",
    }


def is_installed(library: str) -> bool:
    """Whether a program can be built with the library of this machine."""
    return _runs("pkg-config", "--exists", library)


def is_to_be_had(library: str) -> bool:
    """Whether it is installed, or may be found by way of Debian's tools."""
    return is_installed(library) or all(map(shutil.which, ("apt-get", "dpkg-deb")))


def _unpack(library: str, private: Path) -> None:
    package = f"{library}-dev"
    say(f"{package} is not installed: fetching it for this build alone.")
    private.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=private.parent) as folder:
        download = ("apt-get", "--quiet", "download", package)
        # A machine that never asked for a package has no list of them.
        if not (_runs(*download, place=folder) or (_runs("apt-get", "update") and _runs(*download, place=folder))):
            raise ClusterError(f"{package} is needed and cannot be fetched: apt-get install {package}")
        (archive,) = Path(folder).glob("*.deb")
        unpacked = Path(folder) / "unpacked"
        if not _runs("dpkg-deb", "--extract", str(archive), str(unpacked)):
            raise ClusterError(f"{package} was fetched, but dpkg-deb cannot unpack it: apt-get install {package}")
        for link in unpacked.rglob("*.so"):
            link.unlink()  # leads to another package; without it the static library is taken
        unpacked.replace(private)


def _runs(*command: str, place: str | None = None) -> bool:
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0
