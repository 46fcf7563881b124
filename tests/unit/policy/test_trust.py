# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which library may judge while a key is pinned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing import bundle, signature
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import Pin
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.trust import trusted
from tests.unit.policy.bundles import FILES, archive, pin, signed

ARCHIVE = signed()
LIBRARY = replace(bundle.to_library(bundle.read(ARCHIVE, "b"), "b"), source="configmap a/b", tests={})


@pytest.fixture
def cache(tmp_path: Path) -> CompiledCache:
    return CompiledCache(tmp_path / "kept")


def code(library: Library, raw: bytes, against: Pin, cache: CompiledCache) -> str:
    with pytest.raises(PolicyUnusable) as refused:
        trusted(library, raw, against, cache)
    return refused.value.code


@pytest.mark.parametrize("raw", [b"", ARCHIVE, b"nonsense"], ids=["none", "bundle", "nonsense"])
def test_without_a_pin_the_published_library_judges(raw: bytes, cache: CompiledCache) -> None:
    assert trusted(LIBRARY, raw, None, cache) is LIBRARY


def test_the_signed_library_judges_and_says_by_whom(cache: CompiledCache) -> None:
    found = trusted(LIBRARY, ARCHIVE, pin(), cache)
    assert found == replace(LIBRARY, signed_by=found.signed_by)
    assert len(found.signed_by) == 64


def test_names_and_remedies_come_from_what_was_signed(cache: CompiledCache) -> None:
    forged = replace(
        LIBRARY, name="evil", version="9", data={**LIBRARY.data, "rules": {"size.too-large": {"remedy": "Run this."}}}
    )
    assert trusted(forged, ARCHIVE, pin(), cache) == trusted(LIBRARY, ARCHIVE, pin(), cache)


def _edited(library: Library) -> Library:
    path = "kubernetesexecution/safety/common/size/size.rego"
    return replace(library, modules={**library.modules, path: library.modules[path] + "\n"})


@pytest.mark.parametrize(
    ("library", "raw", "expected"),
    [
        pytest.param(LIBRARY, b"", "policy.signature-missing", id="no bundle"),
        pytest.param(LIBRARY, archive(FILES), "policy.signature-missing", id="nobody signed it"),
        pytest.param(LIBRARY, signed(number=1), "policy.signature-invalid", id="another key"),
        pytest.param(LIBRARY, b"nonsense", "policy.bundle-unusable", id="no bundle at all"),
        pytest.param(_edited(LIBRARY), ARCHIVE, "policy.signature-mismatch", id="a byte more in a policy"),
        pytest.param(
            replace(LIBRARY, data={**LIBRARY.data, "config": {}}), ARCHIVE, "policy.signature-mismatch", id="other data"
        ),
        pytest.param(
            replace(LIBRARY, data={**LIBRARY.data, "more": {"a": 1}}),
            ARCHIVE,
            "policy.signature-mismatch",
            id="more data",
        ),
    ],
)
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_anything_else_denies(library: Library, raw: bytes, expected: str, warm: bool, cache: CompiledCache) -> None:
    if warm:
        trusted(LIBRARY, ARCHIVE, pin(), cache)
    assert code(library, raw, pin(), cache) == expected


def test_a_bundle_is_verified_once(cache: CompiledCache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = trusted(LIBRARY, ARCHIVE, pin(), cache)
    monkeypatch.setattr(signature, "signer", _never)
    assert trusted(LIBRARY, ARCHIVE, pin(), cache) == first


@pytest.mark.parametrize(
    ("raw", "against"),
    [
        pytest.param(ARCHIVE, pin(number=1), id="another pin"),
        pytest.param(signed({**FILES, "more.txt": b""}), pin(), id="another archive"),
    ],
)
def test_a_verification_counts_for_its_archive_and_its_pin_alone(
    raw: bytes, against: Pin, cache: CompiledCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted(LIBRARY, ARCHIVE, pin(), cache)
    monkeypatch.setattr(signature, "signer", _never)
    with pytest.raises(AssertionError):
        trusted(LIBRARY, raw, against, cache)


def test_a_damaged_verification_counts_for_nothing(cache: CompiledCache) -> None:
    trusted(LIBRARY, ARCHIVE, pin(), cache)
    assert cache.directory
    (kept,) = cache.directory.iterdir()
    kept.write_bytes(kept.read_bytes().replace(b"Too large", b"Too small"))
    found = trusted(LIBRARY, ARCHIVE, pin(), cache)
    assert found.data["rules"]["size.too-large"]["title"] == "Too large"


def _never(*_: Any) -> str:
    raise AssertionError
