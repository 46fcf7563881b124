# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the real ``opa build`` and ``opa sign`` write loads as it is, and not when anybody else touched it."""

from __future__ import annotations

import functools
import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing import bundle
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import Pin
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.signature import signer
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.trust import trusted
from tests.policy.engines import library, opa, run_opa
from tests.unit.policy.bundles import ALGORITHMS, SECRET, archive, pem, private_key

NO_CACHE = CompiledCache(None)
# Numbers, texts and keys that encoders write in more than one way.
ODD = r"""
{"config": {"numbers": [1, 1.0, 1.50, -0, 1e3, 1E+2, 12345678901234567890123, 0.1],
 "texts": ["<a>&b", "é", "\u00e9", "\u2028\u2029", "\ud83d\ude00", "\u0000\u0001\b\f\n\r\t\u007f", "\"\\/"],
 "z": null, "a": true, "B": false, "\u00e9": {}, "empty": []}}
"""


def key_file(folder: Path, algorithm: str, number: int = 0) -> Path:
    file = folder / f"{algorithm}-{number}.key"
    if algorithm.startswith("HS"):
        file.write_bytes(SECRET)
    else:
        file.write_bytes(private(private_key(algorithm, number)))
    return file


def private(key: Any) -> bytes:
    none = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none)  # type: ignore[no-any-return]


def pinned(algorithm: str, number: int = 0) -> Pin:
    return Pin("/pin", SECRET if algorithm.startswith("HS") else pem(private_key(algorithm, number)))


def built(folder: Path, algorithm: str = "RS256", number: int = 0, source: str = "") -> bytes:
    """Archive of the library, or of another bundle, as ``opa build`` makes and signs it. It signs only what is a bundle."""
    out = folder / "bundle.tar.gz"
    if not source:
        source = str(folder / "unsigned.tar.gz")
        _opa("build", "--output", source, "policies/")
    key = ("--signing-alg", algorithm, "--signing-key", str(key_file(folder, algorithm, number)))
    _opa("build", "--output", str(out), *key, "--bundle", source)
    return out.read_bytes()


def _opa(*arguments: str) -> None:
    done = run_opa(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


@functools.cache
def expected() -> Library:
    return library()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_bundle_of_opa_build_is_our_library_and_its_signature_holds(algorithm: str, tmp_path: Path) -> None:
    raw = built(tmp_path, algorithm)
    found = bundle.to_library(bundle.read(raw, "b"), "b")
    assert _summary(found) == _summary(expected())
    assert trusted(found, raw, pinned(algorithm), NO_CACHE).signed_by


def _summary(found: Library) -> tuple[str, ...]:
    """Short, so that a difference is told in seconds and not in minutes."""
    return found.name, found.version, found.revision, *sorted(found.tests)


def test_a_folder_that_opa_sign_signed_loads_when_it_is_packed(tmp_path: Path) -> None:
    raw = built(tmp_path)
    folder = tmp_path / "unpacked"
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        for member in tar.getmembers():
            member.name = member.name.lstrip("/")
            tar.extract(member, folder, filter="data")
    (folder / ".signatures.json").unlink()
    key = str(key_file(tmp_path, "ES256"))
    command = [opa(), "sign", "--signing-alg", "ES256", "--signing-key", key, "--bundle", "."]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    subprocess.run(["tar", "czf", "../packed.tar.gz", "."], cwd=folder, check=True)
    packed = (tmp_path / "packed.tar.gz").read_bytes()
    assert bundle.to_library(bundle.read(packed, "b"), "b").revision == expected().revision
    assert signer(bundle.read(packed, "b"), pinned("ES256"))


def test_data_is_hashed_as_opa_hashes_it(tmp_path: Path) -> None:
    source = tmp_path / "odd"
    source.mkdir()
    (source / "data.json").write_text(ODD, encoding="utf-8")
    assert signer(bundle.read(built(tmp_path, "RS256", 0, str(source)), "b"), pinned("RS256"))


def test_every_file_is_covered(tmp_path: Path) -> None:
    files = dict(bundle.read(built(tmp_path), "b").files)
    for name in sorted(files):
        if name == ".signatures.json":
            continue
        changed = {**files, name: _altered(name, files[name])}
        with pytest.raises(PolicyUnusable) as refused:
            signer(bundle.Bundle(changed, ""), pinned("RS256"))
        assert refused.value.code == "policy.signature-invalid"


def _altered(name: str, content: bytes) -> bytes:
    if name.endswith(".rego"):
        return content[:-1]
    return json.dumps({**json.loads(content), "more": 1}).encode()


def test_the_bundle_of_another_key_is_refused(tmp_path: Path) -> None:
    raw = built(tmp_path, "RS256", 1)
    with pytest.raises(PolicyUnusable) as refused:
        trusted(expected(), raw, pinned("RS256"), NO_CACHE)
    assert refused.value.code == "policy.signature-invalid"


def test_opa_agrees_about_what_we_refuse(tmp_path: Path) -> None:
    """The same altered bundle, verified by opa itself."""
    raw = built(tmp_path)
    (tmp_path / "public.pem").write_bytes(pinned("RS256").content)
    files = dict(bundle.read(raw, "b").files)
    altered = archive({**files, "data.json": _altered("data.json", files["data.json"])})
    for content, accepted in ((raw, True), (altered, False)):
        (tmp_path / "given.tar.gz").write_bytes(content)
        key = ("--verification-key", str(tmp_path / "public.pem"))
        done = run_opa(
            "build", *key, "--output", str(tmp_path / "o.tar.gz"), "--bundle", str(tmp_path / "given.tar.gz")
        )
        assert (done.returncode == 0) is accepted, done.stderr
