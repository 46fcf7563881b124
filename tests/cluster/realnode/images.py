# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Container images without a registry: one static program each, as an archive in OCI's image layout.

The archive is a function of the program's bytes and nothing else, so the digest of an image is known before it is loaded
and the same wherever the program was built the same way.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tests.cluster.build import folder_of, host_platform
from tests.cluster.modules import module_of

REGISTRY = "guardrail.test"
# Raise it when an archive made of the same program would change.
RECIPE = 1
NOBODY = "65532:65532"
_OCI = "application/vnd.oci.image"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Image:
    """An image with one program.

    Attributes:
        reference: What a pod names it by, ``name@sha256:...``.
        archive: The file to load it from.
    """

    reference: str
    archive: Path


@dataclass(frozen=True)
class _Recipe:
    folder: str
    command: tuple[str, ...]


# Where upstream's images of the same programs have them, so that a pod can be written for either.
RECIPES = {"kubectl": _Recipe("bin", ()), "agnhost": _Recipe("", ("pause",))}


def ensure_image(name: str, program: Path) -> Image:
    """Return an image of ``RECIPES``; its archive is written beside the program once."""
    module = module_of(name)
    folder = folder_of(module) / "images"
    note = folder / f"{name}-r{RECIPE}.json"
    archive = folder / f"{name}-r{RECIPE}.tar"
    if not (note.exists() and archive.exists()):
        folder.mkdir(exist_ok=True)
        unfinished = folder / f".{name}.{os.getpid()}"
        with unfinished.open("wb") as file:
            reference = write_archive(file, program, name, module.version)
        unfinished.replace(archive)
        unfinished.write_text(json.dumps({"reference": reference}) + "\n")
        unfinished.replace(note)
    return Image(json.loads(note.read_text())["reference"], archive)


def write_archive(file: BinaryIO, program: Path, name: str, tag: str) -> str:
    """Write the image of a program.

    Returns:
        Its reference by digest.
    """
    recipe = RECIPES[name]
    path = "/".join(filter(None, (recipe.folder, name)))
    layer = _Layer(program, path)
    config = _json(_configuration(path, recipe.command, layer.digest))
    manifest = _json(_manifest(config, layer))
    digest = _digest(manifest)
    by_digest = f"{REGISTRY}/{name}@{digest}"
    index = _index(manifest, (f"{REGISTRY}/{name}:{tag}", by_digest))
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        _add(archive, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(archive, "index.json", _json(index))
        for blob in (config, manifest):
            _add(archive, f"blobs/sha256/{_digest(blob).removeprefix('sha256:')}", blob)
        layer.add_to(archive)
    return by_digest


class _Layer:
    """A tar with one file, streamed: the programs have up to 100 MB."""

    def __init__(self, program: Path, path: str) -> None:
        self._program = program
        self._head = io.BytesIO()
        size = program.stat().st_size
        with tarfile.open(fileobj=self._head, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for parent in filter(None, (path.rpartition("/")[0],)):
                tar.addfile(_entry(parent, kind=tarfile.DIRTYPE))
            tar.addfile(_entry(path, size=size))
            head = tar.offset
        self._head.truncate(head)
        self._tail = b"\0" * (-size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE)
        self.size = head + size + len(self._tail)
        content = hashlib.sha256()
        for chunk in self._chunks():
            content.update(chunk)
        self.digest = f"sha256:{content.hexdigest()}"

    def add_to(self, archive: tarfile.TarFile) -> None:
        archive.addfile(_entry(f"blobs/sha256/{self.digest.removeprefix('sha256:')}", size=self.size))
        assert archive.fileobj
        for chunk in self._chunks():
            archive.fileobj.write(chunk)
        archive.fileobj.write(b"\0" * (-self.size % tarfile.BLOCKSIZE))
        archive.offset += self.size + -self.size % tarfile.BLOCKSIZE

    def _chunks(self) -> Iterator[bytes]:
        yield self._head.getvalue()
        with self._program.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
        yield self._tail


def _configuration(path: str, command: tuple[str, ...], layer: str) -> Mapping[str, Any]:
    system, _, architecture = host_platform().partition("-")
    run = {"User": NOBODY, "Env": ["PATH=/bin"], "Entrypoint": [f"/{path}"], "WorkingDir": "/"}
    return {
        "architecture": architecture,
        "os": system,
        "config": {**run, "Cmd": list(command)} if command else run,
        "rootfs": {"type": "layers", "diff_ids": [layer]},
    }


def _manifest(config: bytes, layer: _Layer) -> Mapping[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": {"mediaType": f"{_OCI}.config.v1+json", "digest": _digest(config), "size": len(config)},
        "layers": [{"mediaType": f"{_OCI}.layer.v1.tar", "digest": layer.digest, "size": layer.size}],
    }


def _index(manifest: bytes, names: tuple[str, ...]) -> Mapping[str, Any]:
    described = {"mediaType": f"{_OCI}.manifest.v1+json", "digest": _digest(manifest), "size": len(manifest)}
    entries = [{**described, "annotations": {"io.containerd.image.name": name}} for name in names]
    return {"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json", "manifests": entries}


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    archive.addfile(_entry(name, size=len(content)), io.BytesIO(content))


def _entry(name: str, *, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)  # time 0, owner 0: nothing of this machine
    entry.size, entry.type, entry.mode = size, kind, 0o755
    return entry


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
