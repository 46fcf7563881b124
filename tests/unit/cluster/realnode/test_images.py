# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.realnode import images
from tests.cluster.realnode.images import ensure_image, write_archive


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF" + bytes(range(256)) * 7)
    return path


def archive(program: Path, name: str = "kubectl") -> tuple[str, dict[str, bytes]]:
    file = io.BytesIO()
    reference = write_archive(file, program, name, "v1.2.3")
    return reference, unpacked(file.getvalue())


def unpacked(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}  # type: ignore[union-attr]


def blob(files: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    content = files[f"blobs/sha256/{descriptor['digest'].removeprefix('sha256:')}"]
    assert (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}") == (descriptor["size"], descriptor["digest"])
    return content


@pytest.mark.parametrize(
    ("name", "path", "command"), [("kubectl", "bin/kubectl", None), ("agnhost", "agnhost", ["pause"])]
)
def test_the_archive_leads_from_its_index_to_the_program(
    program: Path, name: str, path: str, command: list[str] | None
) -> None:
    reference, files = archive(program, name)
    entries = json.loads(files["index.json"])["manifests"]
    names = [entry["annotations"]["io.containerd.image.name"] for entry in entries]
    assert names == [f"guardrail.test/{name}:v1.2.3", reference]
    assert reference == f"guardrail.test/{name}@{entries[0]['digest']}"
    manifest = json.loads(blob(files, entries[0]))
    config = json.loads(blob(files, manifest["config"]))
    layer = blob(files, manifest["layers"][0])
    assert config["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]
    assert (config["config"]["Entrypoint"], config["config"].get("Cmd")) == ([f"/{path}"], command)
    assert config["config"]["User"] == "65532:65532"
    assert unpacked(layer) == {path: program.read_bytes()}


def test_the_same_program_is_the_same_image_wherever_and_whenever(program: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    copy = tmp_path / "elsewhere" / "other-name"
    copy.write_bytes(program.read_bytes())
    assert archive(program) == archive(copy)


def test_another_program_is_another_image(program: Path) -> None:
    before, _ = archive(program)
    program.write_bytes(program.read_bytes() + b".")
    assert archive(program)[0] != before


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 10240], ids=str)
def test_every_size_is_padded_as_tar_wants(tmp_path: Path, size: int) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"x" * size)
    _, files = archive(program)
    layer = max((content for name, content in files.items() if name.startswith("blobs/")), key=len)
    assert unpacked(layer) == {"bin/kubectl": b"x" * size}


def test_an_image_is_written_once(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "folder_of", lambda _module: tmp_path)
    first = ensure_image("kubectl", program)
    written = first.archive.stat().st_mtime_ns
    assert ensure_image("kubectl", program) == first
    assert first.archive.stat().st_mtime_ns == written
    assert sorted(entry.name for entry in (tmp_path / "images").iterdir()) == ["kubectl-r1.json", "kubectl-r1.tar"]
