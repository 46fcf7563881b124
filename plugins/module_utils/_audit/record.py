# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One line of the audit trail: how it is written, and how it is read back.

A line is a JSON object in ASCII whose last member is ``hash``. The hash covers every byte of the line before
``,"hash"``, so that any change of any byte is found, one that means the same JSON too.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeGuard

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.seal import KEYED, PLAIN, Seal
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import mask

FORMAT = "guardrail-audit/1"
LONGEST_LINE = 64 * 1024
"""Bytes, with the line break."""
KINDS = ("genesis", "decision", "outcome", "torn")
# How every line begins; the longer one is a CloudEvent.
OPENINGS = (b'{"format":"guardrail-audit/', b'{"specversion":"1.0",')

_ENVELOPE_ROOM = 8192
_END = re.compile(rb',"hash":"([0-9a-f]{64})"\}\Z')
_DEEPEST = 40
_HEX = re.compile(r"[0-9a-f]{0,64}\Z")
# Characters of a text and entries of a list or mapping that are kept, tried in this order.
_CUTS = ((8192, 400), (2048, 100), (512, 40), (128, 12), (64, 4))


def is_number(value: object) -> TypeGuard[int]:
    """A whole number; JSON's true is not one, though Python's is."""
    return isinstance(value, int) and not isinstance(value, bool)


class Record(NamedTuple):
    """One line, understood. ``sealed``: the bytes that the hash covers. ``content``: what the gate wrote down."""

    chain: str
    sequence: int
    kind: str
    content: Mapping[str, Any]
    previous: str
    algorithm: str
    key_id: str
    hash: str
    sealed: bytes

    @property
    def continues(self) -> tuple[str, int, str] | None:
        """Chain, sequence and hash of the last line of the file before this one; of a genesis line only."""
        former = self.content.get("continues") if self.kind == "genesis" else None
        if not isinstance(former, Mapping):
            return None
        chain, sequence, digest = (former.get(key) for key in ("chain", "sequence", "hash"))
        if not (isinstance(chain, str) and _HEX.match(chain) and is_number(sequence) and isinstance(digest, str)):
            return None
        return chain, sequence, digest

    @property
    def torn(self) -> str:
        """SHA-256 of the torn line before this one; empty when none is named."""
        torn = self.content.get("torn") if self.kind in ("torn", "genesis") else None
        digest = torn.get("sha256") if isinstance(torn, Mapping) else None
        return digest if isinstance(digest, str) else ""


def written(
    seal: Seal,
    chain: str,
    sequence: int,
    previous: str,
    kind: str,
    time: str,
    content: Mapping[str, Any],
    *,
    cloud: bool,
) -> tuple[bytes, str]:
    """The line, with its line break, and its hash."""
    record: dict[str, Any] = {
        "format": FORMAT,
        "chain": chain,
        "sequence": sequence,
        "time": time,
        "kind": kind,
        "content": content,
        "previous": previous,
        "algorithm": seal.algorithm,
    }
    if seal.key_id:
        record["key_id"] = seal.key_id
    text = _json(_cloud_event(record) if cloud else record)
    sealed = text[:-1].encode("ascii")
    digest = seal.digest(sealed)
    return sealed + f',"hash":"{digest}"}}\n'.encode("ascii"), digest


def understood(line: bytes) -> Record | None:
    """Read a line without its line break; ``None`` when it has not the form of one. Its hash is not computed."""
    end = _END.search(line)
    if end is None or len(line) >= LONGEST_LINE:
        return None
    try:
        outer = json.loads(line)
        inner = outer["data"] if "specversion" in outer else outer
        record = Record(
            chain=inner["chain"],
            sequence=inner["sequence"],
            kind=inner["kind"],
            content=inner["content"],
            previous=inner["previous"],
            algorithm=inner["algorithm"],
            key_id=inner.get("key_id", ""),
            hash=end[1].decode(),
            sealed=line[: end.start()],
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    texts = (record.chain, record.previous, record.key_id)
    sound = (
        inner.get("format") == FORMAT
        and all(isinstance(text, str) and _HEX.match(text) for text in texts)
        and is_number(record.sequence)
        and record.kind in KINDS
        and record.algorithm in (PLAIN, KEYED)
        and isinstance(record.content, dict)
    )
    return record if sound else None


def presentable(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content fit for a line: plain JSON, masked, and so short that the line keeps its limit. What is cut is marked."""
    plain = mask(_plain(content, 0))
    room = LONGEST_LINE - _ENVELOPE_ROOM
    if len(_json(plain)) <= room:
        return dict(plain)
    if isinstance(plain.get("input"), dict) and "gzip" in plain["input"]:
        # First what is of use only as a whole. Nothing else is cut for its sake.
        return presentable({**plain, "input": {"omitted": "the line is too long with it"}})
    for cut in _CUTS:
        shorter = {key: _cut(value, *cut) for key, value in plain.items()}
        if len(_json(shorter)) <= room:
            return shorter
    # Hostile breadth or names: the largest entries go one by one.
    sizes = {key: len(_json([key, value])) for key, value in shorter.items()}
    for key in sorted(shorter, key=lambda key: -sizes[key]):
        shorter[key] = f"[cut, {sizes[key]} bytes]"
        if len(_json(shorter)) <= room:
            return shorter
    return {"cut": f"[cut, {len(plain)} entries]"}


def _json(value: Any) -> str:
    # ASCII: no control or bidirectional character can deceive whoever looks at the file in a terminal.
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _plain(value: Any, depth: int) -> Any:
    """JSON types only. Of anything else the type alone is told: its text could hold what ``mask`` would have hidden."""
    if value is None or isinstance(value, bool | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value) if value.bit_length() <= 1024 else "[a number too long]"
    if isinstance(value, float):
        return float(value) if value - value == 0 else str(value)
    if depth > _DEEPEST:
        return "[too deep]"
    if isinstance(value, Mapping):
        return {_name(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = value if isinstance(value, list | tuple) else sorted(value, key=repr)
        return [_plain(item, depth + 1) for item in items]
    return f"[{type(value).__name__}]"


def _name(key: Any) -> str:
    return str(_plain(key, _DEEPEST + 1))


def _cut(value: Any, longest: int, most: int) -> Any:
    if isinstance(value, str) and len(value) > longest:
        return f"{value[:longest]}[cut, {len(value) - longest} more characters]"
    if isinstance(value, list):
        rest = [f"[cut, {len(value) - most} more entries]"] if len(value) > most else []
        return [_cut(item, longest, most) for item in value[:most]] + rest
    if isinstance(value, dict):
        kept = {_cut(key, longest, most): _cut(item, longest, most) for key, item in list(value.items())[:most]}
        return kept | ({"[cut]": f"{len(value) - most} more entries"} if len(value) > most else {})
    return value


def _cloud_event(record: dict[str, Any]) -> dict[str, Any]:
    """The record as ``data`` of a CloudEvent 1.0 in its structured JSON form; ``hash`` is an extension of the event."""
    content = record["content"]
    place, subject = content.get("cluster"), content.get("target_resource")
    event = {
        "specversion": "1.0",
        "id": f"{record['chain']}-{record['sequence']}",
        "source": f"guardrail.kubernetes/{place[:253]}" if place and isinstance(place, str) else "guardrail.kubernetes",
        "type": f"dev.guardrail.{record['kind']}",
        "subject": subject[:384] if isinstance(subject, str) else "",
        "time": record["time"],
        "datacontenttype": "application/json",
        # The sequence extension wants a text that sorts.
        "sequence": f"{record['sequence']:012d}",
        "data": record,
    }
    return {key: value for key, value in event.items() if value != ""}
