# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compiled libraries on disk, so that a task pays 2 ms for the library instead of 50.

One file per compiled library in ``${XDG_CACHE_HOME:-~/.cache}/guardrail.kubernetes/policies``. The directory is
private: mode 0700, owned by this user, no symbolic link; an entry is a regular file of this user that nobody else can
write, replaced by an atomic rename, and counts only when its content has the digest that it states (the engine crashes
on a damaged one). Whatever is wrong with the cache, the library is compiled without it: a cache is never an error.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_PLACE = Path("guardrail.kubernetes", "policies")
_MAGIC = b"guardrail.kubernetes compiled library 1\n"
_SUFFIX = ".policies"
_ENTRIES_KEPT = 16
_SIZE_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class CompiledCache:
    """``directory`` is ``None`` when there is no place for a cache: nothing is found and nothing is kept."""

    directory: Path | None

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> CompiledCache:
        """The cache of the user who runs this.

        Under a user's home that belongs to somebody else (``become`` without a login) there is none: a directory made
        there would be the wrong user's for ever.
        """
        base = Path(environ.get("XDG_CACHE_HOME", ""))
        if not base.is_absolute():
            home = Path(environ.get("HOME", ""))
            if not home.is_absolute() or not _is_ours(home):
                return cls(None)
            base = home / ".cache"
        return cls(base / _PLACE)

    def load(self, key: str) -> bytes | None:
        """The compiled library, or ``None`` when there is none that can be trusted."""
        with contextlib.suppress(OSError), self._opened(create=False) as directory:
            content = _read(directory, key + _SUFFIX)
            head, digest, body = content[: len(_MAGIC)], content[len(_MAGIC) :][:64], content[len(_MAGIC) + 64 :]
            if head == _MAGIC and digest == hashlib.sha256(body).hexdigest().encode():
                return body
        return None

    def store(self, key: str, compiled: bytes) -> None:
        """Keep it, if that is possible."""
        with contextlib.suppress(OSError), self._opened(create=True) as directory:
            temporary = f"{key}.{os.getpid()}.{os.urandom(4).hex()}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            try:
                with os.fdopen(os.open(temporary, flags, 0o600, dir_fd=directory), "wb") as stream:
                    stream.write(_MAGIC + hashlib.sha256(compiled).hexdigest().encode() + compiled)
                os.rename(temporary, key + _SUFFIX, src_dir_fd=directory, dst_dir_fd=directory)
            except OSError:
                os.unlink(temporary, dir_fd=directory)
                raise
            _prune(directory)

    @contextlib.contextmanager
    def _opened(self, *, create: bool) -> Iterator[int]:
        """Descriptor of the directory, checked.

        Raises:
            OSError: There is none, or it is not as private as it has to be.
        """
        if self.directory is None:
            raise FileNotFoundError
        if create:
            self.directory.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                self.directory.mkdir(mode=0o700)
        descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            found = os.fstat(descriptor)
            if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
                raise PermissionError
            yield descriptor
        finally:
            os.close(descriptor)


def _is_ours(path: Path) -> bool:
    try:
        return path.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _read(directory: int, name: str) -> bytes:
    # Non-blocking: a pipe of this name must not hold the task up.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        private = found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o022
        if not stat.S_ISREG(found.st_mode) or not private or found.st_size > _SIZE_LIMIT:
            raise PermissionError
        return stream.read()


def _prune(directory: int) -> None:
    """Forget the oldest entries, and what a killed process left behind."""
    names = os.listdir(directory)
    newest = sorted(names, key=lambda name: os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime_ns)
    for name in newest[:-_ENTRIES_KEPT]:
        os.unlink(name, dir_fd=directory)
