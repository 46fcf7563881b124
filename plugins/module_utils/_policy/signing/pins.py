# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which key the operator pinned: what another one signed does not judge.

Two places, both outside the cluster and out of a task's reach: a file at a fixed path on the machine where the gate runs
(baked into the execution environment), or else the environment of the process that runs Ansible. What is pinned there goes
with a task to wherever it runs, over whatever the task's own ``environment`` says. A pin that cannot be read is not an
absent one.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable

FILE = Path("/etc/guardrail.kubernetes/library-key.pem")
VARIABLE = "GUARDRAIL_LIBRARY_KEY"
_PEM = "-----BEGIN "
_PUBLIC = re.compile(r"-----BEGIN (?:(?:RSA )?PUBLIC KEY|CERTIFICATE)-----")
_SIZE_LIMIT = 64 * 1024


@dataclass(frozen=True)
class Pin:
    """``source`` is for messages; ``content`` one or several keys in PEM form, or a shared secret."""

    source: str
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def pin_of(environ: Mapping[str, str]) -> Pin | None:
    """The pin that counts here, ``None`` when there is none.

    Args:
        environ: The process's environment. ``GUARDRAIL_LIBRARY_KEY`` is an absolute path, or the key's PEM text; it counts
            where there is no file at the fixed path.

    Raises:
        PolicyUnusable: ``policy.library-key-unusable``.
    """
    content = _read(FILE, missing_is_none=True)
    if content is not None:
        return Pin(str(FILE), content)
    stated = environ.get(VARIABLE, "")
    if not stated or stated.startswith(_PEM):
        return Pin(VARIABLE, stated.encode("utf-8", "surrogateescape")) if stated else None
    if not Path(stated).is_absolute():
        raise _bad(f"{VARIABLE} has to be an absolute path or a key in PEM form")
    return Pin(stated, _read(Path(stated), missing_is_none=False) or b"")


def forwarded(environ: Mapping[str, str]) -> dict[str, str]:
    """What has to stand in a task's environment, so that this machine's pin counts wherever the task runs.

    A public key goes as text. A shared secret does not travel, nor does a private key that somebody pinned by mistake: only
    the path does. So does that of a pin that cannot be read: without the file there, everything is denied there too.
    """
    try:
        pin = pin_of(environ)
    except PolicyUnusable:
        return {VARIABLE: environ.get(VARIABLE) or str(FILE)}
    if pin is None:
        return {}
    _comment, begin, rest = pin.content.decode("utf-8", "surrogateescape").partition(_PEM)
    public = begin and len(_PUBLIC.findall(begin + rest)) == (begin + rest).count("-----BEGIN")
    return {VARIABLE: begin + rest if public else pin.source}


def _read(path: Path, *, missing_is_none: bool) -> bytes | None:
    try:
        # Non-blocking: a pipe of this name must not hold the task up.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_mode & stat.S_IWOTH:
                raise _bad(f"{path} is no regular file, or everybody may write it")
            content = stream.read(_SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        if missing_is_none:
            return None
        raise _bad(f"there is no {path}") from error
    except OSError as error:
        raise _bad(f"{path} cannot be read: {error.strerror}") from error
    if not content.strip() or len(content) > _SIZE_LIMIT:
        raise _bad(f"{path} is empty or too large for a key")
    return content


def _bad(why: str) -> Exception:
    return unusable("policy.library-key-unusable", f"The pinned key of the policy library is unusable: {why}.")
