# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which version is meant, and what is refused. Against a real cluster: tests/integration/test_signed_library.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.published_library import PublishedLibrary
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library import versions

API: Any = None
NEWEST, MIDDLE, OLDEST = (
    PublishedLibrary({}, "ours", str(number), digit * 64, f"2026-01-0{number}T00:00:00Z", object_name=f"v{number}")
    for number, digit in ((3, "c"), (2, "b"), (1, "a"))
)


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = (NEWEST, MIDDLE, OLDEST)
    by_name = {version.object_name: version for version in kept}
    monkeypatch.setattr(published_library, "versions", lambda api: kept)
    monkeypatch.setattr(published_library, "read_version", lambda api, name: by_name[name])


@pytest.mark.parametrize("revision", ["b" * 6, "b" * 64], ids=["beginning", "whole"])
def test_a_version_is_found_by_its_revision(revision: str) -> None:
    assert versions.find(API, revision) == MIDDLE


@pytest.mark.parametrize(
    ("revision", "code"),
    [
        pytest.param("d" * 6, "library.version-unknown", id="unknown"),
        pytest.param("b" * 5, "library.revision-invalid", id="short"),
        pytest.param("../secrets", "library.revision-invalid", id="no revision"),
    ],
)
def test_any_other_revision_is_refused(revision: str, code: str) -> None:
    with pytest.raises(GateError) as refused:
        versions.find(API, revision)
    assert refused.value.code == code


def test_a_beginning_of_two_revisions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twins = tuple(replace(OLDEST, revision=f"{'a' * 63}{digit}") for digit in "01")
    monkeypatch.setattr(published_library, "versions", lambda api: twins)
    with pytest.raises(GateError) as refused:
        versions.find(API, "a" * 12)
    assert refused.value.code == "library.revision-ambiguous"


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param(NEWEST, MIDDLE, id="the newest is live"),
        pytest.param(MIDDLE, OLDEST, id="gone back once already"),
        pytest.param(replace(NEWEST, revision="f" * 64), NEWEST, id="the live one was written by hand"),
        pytest.param(None, NEWEST, id="none is live"),
    ],
)
def test_back_means_the_version_published_before(
    live: PublishedLibrary | None, expected: PublishedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_library, "read", lambda api: live)
    assert versions.before(API) == expected


def test_there_is_nothing_before_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_library, "read", lambda api: OLDEST)
    with pytest.raises(GateError) as refused:
        versions.before(API)
    assert refused.value.code == "library.no-earlier-version"
