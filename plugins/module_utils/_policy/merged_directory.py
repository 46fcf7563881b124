# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a library and its overlay as one directory, for ``opa build`` to make a bundle of and sign.

Tests stay where they are: those of the library speak about its own limits, and would fail on the overlay's.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library

_KEPT_AS_THEY_ARE = ("library.yaml", "schemas/input.json")


def write(library: Library, directory: str, into: str) -> list[str]:
    """Write what decides, and what names it. Returns the paths, relative to ``into``.

    Args:
        library: Merged.
        directory: Where the library below the overlay lies: its name, version and schema are kept.
        into: Has to be empty or new.

    Raises:
        InvalidRequest: ``request.directory-not-empty``.
        OSError: It cannot be written.
    """
    target = Path(into)
    if target.exists() and any(target.iterdir()):
        raise InvalidRequest(
            "request.directory-not-empty",
            f"{into} holds files already, and what is no part of the library would be signed with it.",
            "Name a new directory, or empty this one.",
        )
    texts = {
        **collector.complete(library.modules),
        "config/config.json": json.dumps(library.data["config"], indent=2, sort_keys=True, ensure_ascii=False) + "\n",
    }
    for path, text in texts.items():
        _prepared(target / path).write_text(text, encoding="utf-8")
    kept = [path for path in _KEPT_AS_THEY_ARE if Path(directory, path).is_file()]
    for path in kept:
        shutil.copyfile(Path(directory, path), _prepared(target / path))
    return sorted([*texts, *kept])


def _prepared(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
