# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a line of the audit trail hard to change: its hash, or with a key its HMAC.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError

PLAIN = "sha256"
KEYED = "hmac-sha256"

_SHORTEST_KEY = 16
_LONGEST_KEY = 4096
_KEY_ID = b"guardrail.kubernetes audit key"
_MAKE_ONE = "Make one with: (umask 077; openssl rand -hex 32 > FILE)"


class Seal:
    """Computes the hash of lines. Shows the key to nobody: not in ``repr``, not in a pickle."""

    __slots__ = ("_key", "algorithm", "key_id")

    def __init__(self, key: bytearray | None = None) -> None:
        self._key = key
        self.algorithm = KEYED if key is not None else PLAIN
        self.key_id = hmac.digest(key, _KEY_ID, "sha256").hex()[:16] if key is not None else ""

    def digest(self, content: bytes) -> str:
        """64 hexadecimal digits."""
        if self._key is None:
            return hashlib.sha256(content).hexdigest()
        return hmac.digest(self._key, content, "sha256").hex()

    def fits(self, content: bytes, digest: str) -> bool:
        return hmac.compare_digest(self.digest(content), digest)

    def close(self) -> None:
        """Overwrite the key in memory."""
        if self._key is not None:
            self._key[:] = bytes(len(self._key))

    def __repr__(self) -> str:
        return f"Seal({self.algorithm!r}, key_id={self.key_id!r})"

    def __reduce__(self) -> str:
        raise TypeError("a seal is not to be copied")


def seal_with(key_file: str) -> Seal:
    """The seal for this key file; without one (empty) that of plain SHA-256.

    The key is the content of the file without line breaks at its end, 16 to 4096 bytes.

    Raises:
        GateError: ``audit.key-unreadable``, ``audit.key-exposed``, ``audit.key-unusable``.
    """
    if not key_file:
        return Seal()
    try:
        # Non-blocking: a pipe of this name must not hold the task up. A link is followed: mounted Secrets are links.
        descriptor = os.open(key_file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _check(os.fstat(descriptor), key_file)
            # Read in place, so that no immutable copy of the key stays in memory.
            key = bytearray(_LONGEST_KEY + 3)
            length = os.readv(descriptor, [key])
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        problem = said or "not a path"
        raise GateError(
            "audit.key-unreadable",
            f"The key of the audit trail, {key_file!r}, cannot be read: {problem}.",
            f"Give the runner the file, or leave the option out to chain with plain SHA-256. {_MAKE_ONE}",
        ) from None
    while length and key[length - 1] in b"\r\n":
        length -= 1
    if not _SHORTEST_KEY <= length <= _LONGEST_KEY:
        key[:] = bytes(len(key))
        raise GateError(
            "audit.key-unusable",
            f"The key of the audit trail, {key_file!r}, has to have {_SHORTEST_KEY} to {_LONGEST_KEY} bytes.",
            _MAKE_ONE,
        )
    del key[length:]
    return Seal(key)


def _check(found: os.stat_result, key_file: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "not a regular file")
    if stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid not in (0, os.geteuid()):
        raise GateError(
            "audit.key-exposed",
            f"The key of the audit trail, {key_file!r}, is not the runner's alone "
            f"(mode {stat.S_IMODE(found.st_mode):04o}, owner {found.st_uid}): whoever has it can forge the trail.",
            "Make a new key, give it to the user that runs the task, and set mode 0600.",
        )
