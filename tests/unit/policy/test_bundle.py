# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An archive becomes a library, or is refused as a whole."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing import bundle
from tests.unit.policy.bundles import DENY, FILES, MAIN, archive


def made(files: Mapping[str, bytes]) -> Library:
    return bundle.to_library(bundle.read(archive(files), "b.tar.gz"), "b.tar.gz")


def code(raw: bytes) -> str:
    with pytest.raises(PolicyUnusable) as refused:
        bundle.to_library(bundle.read(raw, "b.tar.gz"), "b.tar.gz")
    return refused.value.code


def test_a_bundle_is_the_library_that_it_was_built_from(tmp_path: Path) -> None:
    for name, text in {
        "library.yaml": "name: ours\nversion: '2.0'\n",
        "kubernetesexecution/main.rego": MAIN,
        "kubernetesexecution/safety/common/size/size.rego": DENY,
        "kubernetesexecution/safety/common/size/size_test.rego": "package kubernetesexecution.safety.common.size_test\n",
        "config/limits.yaml": "limits: {replicas: 20}\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    own, found = from_directory(tmp_path), made(FILES)
    assert (found.revision, found.name, found.version, found.tests) == (own.revision, "ours", "2.0", own.tests)


def test_a_bundle_without_name_goes_by_its_file_and_its_revision() -> None:
    found = made({**FILES, "data.json": b'{"config": {}}'})
    assert (found.name, found.version) == ("b", "r1")


def test_data_of_folders_belongs_to_the_folder() -> None:
    files = {**FILES, "data.json": b'{"config": {"a": 1}}', "config/limits/data.json": b'{"most": 3}'}
    assert made(files).data["config"] == {"a": 1, "limits": {"most": 3}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"data.yaml": b"a: 1"}, "policy.bundle-unusable", id="data.yaml"),
        pytest.param({"policy.wasm": b""}, "policy.bundle-unusable", id="wasm"),
        pytest.param({"patch.json": b"{}"}, "policy.bundle-unusable", id="delta"),
        pytest.param({"data.json": b'{"rules": {}}'}, "policy.bundle-unusable", id="data.rules"),
        pytest.param({"data.json": b"[]"}, "policy.parse-error", id="data is a list"),
        pytest.param({"data.json": b'{"config": {"a": NaN}}'}, "policy.parse-error", id="NaN"),
        pytest.param({"data.json": b"[" * 20000}, "policy.parse-error", id="deep"),
        pytest.param({"config/limits/data.json": b'{"replicas": 3}'}, "policy.parse-error", id="two values"),
        pytest.param({"a.rego": b"package a \xff"}, "policy.parse-error", id="not UTF-8"),
        pytest.param(
            {"kubernetesexecution/safety/common/size/size.rego": b"package a"},
            "policy.bundle-unusable",
            id="one path twice",
        ),
    ],
)
def test_what_cannot_be_a_library_is_refused(changes: Mapping[str, bytes], expected: str) -> None:
    assert code(archive({**FILES, **changes})) == expected


def _tar(entry: tarfile.TarInfo) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        tar.addfile(entry, io.BytesIO(b"x" * entry.size))
    return gzip.compress(content.getvalue())


def _entry(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.linkname = "/etc/passwd"
    return entry


def _damaged() -> bytes:
    """The header of the last file holds one bit more: without a word Python takes what stands before for everything."""
    content = bytearray(gzip.decompress(archive({**FILES, "last.rego": b"package last"})))
    content[content.rindex(b"last.rego")] ^= 1
    return gzip.compress(bytes(content))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(_damaged(), id="damaged header"),
        pytest.param(b"nothing of the kind", id="no archive"),
        pytest.param(archive(FILES)[:-20], id="cut short"),
        pytest.param(archive(FILES) + b"more", id="followed by something"),
        pytest.param(gzip.compress(b"no tar" * 200), id="no tar"),
        pytest.param(gzip.compress(b"\0" * 40_000_000), id="bomb"),
        pytest.param(b"x" * 1_000_000, id="too large"),
        pytest.param(_tar(_entry("../main.rego")), id="path that leads out"),
        pytest.param(_tar(_entry("main.rego", tarfile.SYMTYPE)), id="symbolic link"),
        pytest.param(_tar(_entry("main.rego", tarfile.LNKTYPE)), id="hard link"),
        pytest.param(_tar(_entry("main.rego", tarfile.FIFOTYPE)), id="pipe"),
    ],
)
def test_an_archive_that_is_not_to_be_trusted_is_refused(raw: bytes) -> None:
    assert code(raw) == "policy.bundle-unusable"


def test_two_files_of_one_name_are_refused() -> None:
    assert code(archive({**FILES, "./data.json": b"{}"})) == "policy.bundle-unusable"


def test_a_path_to_a_file_is_a_bundle_and_one_to_a_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_bytes(archive(FILES))
    library, raw = bundle.load(tmp_path / "b.tar.gz")
    assert (library.name, raw) == ("ours", archive(FILES))
    assert bundle.load(tmp_path)[1] == b""
