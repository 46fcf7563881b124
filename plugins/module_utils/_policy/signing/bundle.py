# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A policy library in OPA's own form: the archive that ``opa build`` writes, with or without ``.signatures.json``.

The archive stays as it is, because a signature speaks of its files byte by byte. What it says as a library is derived
from it: ``opa build`` puts modules below the path that it was given, and everything that is no policy into
``data.json``, also ``library.yaml`` (``data.name``, ``data.version``) and the schemas, which decide nothing.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector, metadata
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import (
    Library,
    assembled,
    from_directory,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name

SIGNATURES = ".signatures.json"
MANIFEST = ".manifest"
_ARCHIVE_LIMIT = 900 * 1024  # a ConfigMap holds 1 MiB, base64 included for what is binary
_CONTENT_LIMIT = 32 * 1024 * 1024
_TEST = "_test.rego"
_NO_DATA = frozenset({"name", "version", "rule_docs", "schemas"})
_UNREADABLE = {
    "data.yaml": "opa build writes data.json instead",
    "data.yml": "opa build writes data.json instead",
    "policy.wasm": "build it with --target rego",
    "plan.json": "build it with --target rego",
    "patch.json": "a delta bundle is no library",
}


@dataclass(frozen=True)
class Bundle:
    """``files``: content by path, without a leading slash. ``digest``: SHA-256 of the whole archive."""

    files: Mapping[str, bytes] = field(repr=False)
    digest: str


def load(path: str | Path) -> tuple[Library, bytes]:
    """A library from a directory or from a bundle, and the bundle's archive; empty for a directory.

    Raises:
        PolicyUnusable: As ``read``, ``to_library`` and ``from_directory``.
        InvalidRequest: As ``from_directory``.
    """
    file = Path(path)
    if not file.is_file():
        return from_directory(file), b""
    try:
        with file.open("rb") as stream:
            archive = stream.read(_ARCHIVE_LIMIT + 1)
    except OSError as error:
        raise unusable("policy.bundle-unusable", f"{file} cannot be read: {error.strerror}.") from error
    return to_library(read(archive, str(file)), str(file)), archive


def read(archive: bytes, source: str) -> Bundle:
    """Unpack an archive in memory.

    Raises:
        PolicyUnusable: ``policy.bundle-unusable``: no such archive, too large, or a path that is not to be trusted.
    """
    if len(archive) > _ARCHIVE_LIMIT:
        raise _bad(source, f"it is larger than {_ARCHIVE_LIMIT // 1024} KiB, so no ConfigMap can hold it")
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        content = unpacker.decompress(archive, _CONTENT_LIMIT)
        if unpacker.unconsumed_tail or not unpacker.eof or unpacker.unused_data:
            raise _bad(source, "it is cut short, followed by something else, or too large")
        files = dict(_members(content, source))
    except (zlib.error, tarfile.TarError, UnicodeError) as error:
        raise _bad(source, f"it is no gzip-compressed tar archive ({error})") from error
    return Bundle(files, hashlib.sha256(archive).hexdigest())


def to_library(bundle: Bundle, source: str) -> Library:
    """The library that a bundle holds. Whether anybody vouches for it is another question.

    Raises:
        PolicyUnusable: ``policy.bundle-unusable`` for what cannot be a library, ``policy.parse-error`` for text that
            cannot be read.
    """
    texts: dict[str, str] = {}
    data: dict[str, Any] = {}
    for name, content in sorted(bundle.files.items()):
        base = PurePosixPath(name).name
        if base in _UNREADABLE:
            raise _bad(source, f"{name} cannot be used: {_UNREADABLE[base]}")
        if base == "data.json":
            _insert(data, PurePosixPath(name).parent.parts, parsed(name, content), name)
        elif name.endswith(".rego"):
            texts[name] = _text(name, content)
    prefix = _prefix(texts)
    files = {name.removeprefix(prefix): text for name, text in texts.items()}
    if len(files) != len(texts):
        raise _bad(source, "two of its files have one path in the library")
    files.pop(collector.PATH, None)
    modules = {name: text for name, text in files.items() if not name.endswith(_TEST)}
    manifest = parsed(MANIFEST, bundle.files.get(MANIFEST, b"{}"))
    if "rules" in data:
        raise _bad(source, "data.rules is taken: it is the index of the rules")
    return assembled(
        name=_stated(data.get("name")) or Path(source).name.split(".")[0],
        version=_stated(data.get("version")) or _stated(manifest.get("revision")),
        source=source,
        modules=modules,
        tests={name: text for name, text in files.items() if name.endswith(_TEST)},
        data={"config": {}, **{key: value for key, value in data.items() if key not in _NO_DATA}},
        rules=metadata.index(modules, _stated(data.get("rule_docs"))),
    )


def parsed(name: str, content: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        PolicyUnusable: ``policy.parse-error``.
    """
    try:
        document = json.loads(_text(name, content), parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise unusable("policy.parse-error", f"{name} is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise unusable("policy.parse-error", f"{name} has to be a JSON object.")
    return document


def _members(content: bytes, source: str) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for member in archive:
            if member.isdir():
                continue
            parts = [part for part in PurePosixPath(member.name).parts if part != "/"]
            name = "/".join(parts)
            stream = archive.extractfile(member) if member.isreg() else None
            if stream is None or not parts or ".." in parts or "\\" in name or name in seen:
                raise _bad(source, f"the entry {member.name[:80]!r} is not a file of its own")
            seen.add(name)
            yield name, stream.read()
        if content[archive.offset :].strip(b"\0"):  # a damaged header ends the archive without a word
            raise _bad(source, "behind its last file there is something that is none")


def _prefix(texts: Mapping[str, str]) -> str:
    """What ``opa build some/where`` puts before every path; the packages say where that ends. Empty when they do not agree."""
    found = set()
    for name, text in texts.items():
        folder = package_name(text).replace(".", "/")
        above = f"/{name.rpartition('/')[0]}"
        if not name.endswith(_TEST) and folder and above.endswith(f"/{folder}"):
            found.add(above.removesuffix(folder)[1:])
    return found.pop() if len(found) == 1 else ""


def _insert(data: dict[str, Any], place: tuple[str, ...], value: dict[str, Any], name: str) -> None:
    """Put a ``data.json`` where its folder says."""
    for part in reversed(place):
        value = {part: value}
    _merge(data, value, name)


def _merge(below: dict[str, Any], above: Mapping[str, Any], name: str) -> None:
    for key, value in above.items():
        known = below.setdefault(key, value)
        if known is value:
            continue
        if not isinstance(known, dict) or not isinstance(value, dict):
            raise unusable("policy.parse-error", f"{name}: {key} has a value in another data.json already.")
        _merge(known, value, name)


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise unusable("policy.parse-error", f"{name} is not UTF-8.") from error


def _stated(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")


def _bad(source: str, why: str) -> Exception:
    return unusable("policy.bundle-unusable", f"{source} is no bundle that can be used: {why}.")
