# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that others wrote, made fit for the input document.

The policy engine sees escape sequences where JSON needs them, so ``count`` and ``regex`` would judge a different text
than the API server holds. Text with quotes, backslashes or control characters therefore stays out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST_ANNOTATION = 256
MOST_ANNOTATIONS = 100

_UNSAFE = re.compile(r"[\"'\\]")
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9._:/@ -]")
_LONGEST_NAME = 253


def is_safe(text: str) -> bool:
    """Printable, at most ``LONGEST_ANNOTATION`` characters, without quotes and backslashes."""
    return len(text) <= LONGEST_ANNOTATION and text.isprintable() and not _UNSAFE.search(text)


def safe_annotations(annotations: Mapping[str, str] | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """Split annotations into those whose value is safe, and the sorted keys of the others.

    At most ``MOST_ANNOTATIONS`` of each, in the order of their keys.
    """
    kept: dict[str, str] = {}
    omitted: list[str] = []
    for key, value in sorted((annotations or {}).items()):
        if len(kept) < MOST_ANNOTATIONS and is_safe(value):
            kept[key] = value
        else:
            omitted.append(key)
    return kept, tuple(omitted[:MOST_ANNOTATIONS])


def safe_name(text: str) -> str:
    """A name that the API server does not validate (of an owner, a field manager), with ``?`` for odd characters."""
    return _NOT_A_NAME.sub("?", text)[:_LONGEST_NAME]
