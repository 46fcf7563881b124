# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Audit files to break."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain import AuditOptions, append
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.checking import Report, check
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.seal import seal_with

TIME = "2026-11-22T01:00:00Z"
ENTRY = {"action": "ScaleDeployment", "target_resource": "Deployment/shop/web", "allowed": True}
KEY = "0123456789abcdef" * 4


def key_file(directory: Path, text: str = KEY, name: str = "key") -> str:
    path = directory / name
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


def options(directory: Path, *, key: str = "", cloud_events: bool = False, name: str = "audit.jsonl") -> AuditOptions:
    return AuditOptions(str(directory / name), key_file(directory, key) if key else "", cloud_events)


def grow(to: AuditOptions, count: int, **deviation):
    """Append ``count`` entries; return their anchors."""
    kinds = ("decision", "outcome")
    return [append(to, {**ENTRY, "number": n, **deviation}, kind=kinds[n % 2], time=TIME) for n in range(count)]


def lines(to: AuditOptions) -> list[bytes]:
    return Path(to.path).read_bytes().splitlines(keepends=True)


def records(to: AuditOptions) -> list[dict]:
    return [json.loads(line) for line in lines(to)]


def verdict(content: bytes, key_path: str = "", anchors=None) -> Report:
    return check("file", io.BytesIO(content), seal_with(key_path), anchors)


def broken(content: bytes, key_path: str = "", anchors=None) -> tuple[int, int, str] | None:
    """Line, sequence and problem of the first broken link."""
    found = verdict(content, key_path, anchors).broken
    return found and (found.line, found.sequence, found.problem)


def tear(to: AuditOptions, keep: int) -> bytes:
    """Leave the first ``keep`` bytes of the last line, as a crash does; return them."""
    content = Path(to.path).read_bytes()
    start = content[:-1].rfind(b"\n") + 1
    os.truncate(to.path, start + keep)
    return content[start : start + keep]
