# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input document in an audit line, so that a decision can be repeated by another library.

Packed (JSON, gzip, base64), because a line is short and the document is not, and because cutting it would make another
document of it. One that is too long even so, or in which something would have to be masked, is left out, and the line says
why. The digest in the same line tells whether what was unpacked is what was judged.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import mask

LONGEST_PACKED = 24 * 1024
_LONGEST = 8 * 1024 * 1024


def packed(document: Mapping[str, Any]) -> dict[str, str]:
    """``{"gzip": ...}``, or ``{"omitted": why}``."""
    if mask(document) != document:
        return {"omitted": "it holds something that is masked"}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    content = base64.b64encode(gzip.compress(text.encode("utf-8", "surrogatepass"), 6, mtime=0)).decode("ascii")
    if len(content) > LONGEST_PACKED:
        return {"omitted": f"it has {len(content)} bytes packed, {LONGEST_PACKED} are kept"}
    return {"gzip": content}


def unpacked(stated: Any) -> dict[str, Any] | str:
    """The document, or why there is none."""
    if not isinstance(stated, Mapping) or not stated:
        return "the line holds no input"
    if not isinstance(stated.get("gzip"), str):
        return f"its input was left out: {stated.get('omitted', 'nobody says why')}"
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        text = unpacker.decompress(base64.b64decode(stated["gzip"], validate=True), _LONGEST)
        document = json.loads(text) if unpacker.eof else None
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else "its input cannot be unpacked"
