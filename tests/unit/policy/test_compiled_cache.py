# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache is used when it can be trusted and ignored when it cannot."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import engine as engine_module
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from tests.unit.policy.libraries import DOCUMENT, library, rules


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "guardrail.kubernetes"


@pytest.fixture
def cache(directory: Path) -> CompiledCache:
    return CompiledCache(directory)


def entry(directory: Path) -> Path:
    (path,) = directory.iterdir()
    return path


def test_cache_gives_back_what_was_stored(cache: CompiledCache) -> None:
    assert cache.load("k") is None
    cache.store("k", b"compiled")
    assert (cache.load("k"), cache.load("other")) == (b"compiled", None)


def test_cache_is_private(cache: CompiledCache, directory: Path) -> None:
    cache.store("k", b"compiled")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (directory, entry(directory))]
    assert modes == [0o700, 0o600]


def test_cache_replaces_an_entry_and_leaves_nothing_beside_it(cache: CompiledCache, directory: Path) -> None:
    cache.store("k", b"old")
    cache.store("k", b"new")
    assert (cache.load("k"), entry(directory).name) == (b"new", "k.policies")


def spoil_content(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def spoil_with_symlink(path: Path) -> None:
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target)


def spoil_with_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def spoil_with_symlinked_directory(path: Path) -> None:
    target = path.parent.with_name("elsewhere")
    path.parent.rename(target)
    path.parent.symlink_to(target)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(spoil_content, id="corrupted"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-3]), id="cut"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"garbage" * 100), id="garbage"),
        pytest.param(lambda path: path.chmod(0o666), id="file-writable-by-others"),
        pytest.param(lambda path: path.parent.chmod(0o755), id="directory-readable-by-others"),
        pytest.param(lambda path: path.parent.chmod(0o777), id="directory-writable-by-others"),
        pytest.param(spoil_with_symlink, id="entry-is-a-link"),
        pytest.param(spoil_with_symlinked_directory, id="directory-is-a-link"),
        pytest.param(spoil_with_pipe, id="entry-is-a-pipe"),
        pytest.param(lambda path: (path.unlink(), path.mkdir(0o700)), id="entry-is-a-directory"),
    ],
)
def test_cache_that_cannot_be_trusted_is_not_used(
    cache: CompiledCache, directory: Path, spoil: Callable[[Path], object]
) -> None:
    cache.store("k", b"compiled")
    spoil(entry(directory))
    assert cache.load("k") is None
    cache.store("k", b"compiled")


def test_cache_of_another_user_is_not_used(
    cache: CompiledCache, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.store("k", b"compiled")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    cache.store("other", b"compiled")
    assert cache.load("k") is None
    assert [path.name for path in directory.iterdir()] == ["k.policies"]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_CACHE_HOME": "/x/cache", "HOME": "/nowhere"}, Path("/x/cache/guardrail.kubernetes/policies")),
        ({"XDG_CACHE_HOME": "relative", "HOME": "relative"}, None),
        ({"HOME": "/nowhere/at/all"}, None),
        ({}, None),
    ],
    ids=["xdg", "relative", "no-such-home", "nothing"],
)
def test_cache_directory_follows_the_environment(environ: dict[str, str], expected: Path | None) -> None:
    assert CompiledCache.of_user(environ).directory == expected


def test_cache_directory_is_below_the_users_own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"HOME": str(tmp_path)}
    assert CompiledCache.of_user(environ).directory == tmp_path / ".cache/guardrail.kubernetes/policies"
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert CompiledCache.of_user(environ).directory is None


def test_cache_makes_its_parents_when_they_are_missing(tmp_path: Path) -> None:
    cache = CompiledCache(tmp_path / ".cache" / "guardrail.kubernetes" / "policies")
    cache.store("k", b"compiled")
    assert cache.load("k") == b"compiled"


def test_cache_without_a_place_keeps_nothing() -> None:
    cache = CompiledCache(None)
    cache.store("k", b"compiled")
    assert cache.load("k") is None


def test_cache_in_a_place_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    cache = CompiledCache(blocked / "guardrail.kubernetes")
    cache.store("k", b"compiled")
    assert cache.load("k") is None


def test_cache_forgets_the_oldest_entries(cache: CompiledCache, directory: Path) -> None:
    for number in range(20):
        cache.store(f"k{number:02}", b"compiled")
        os.utime(directory / f"k{number:02}.policies", (number, number))
    assert len(list(directory.iterdir())) == 16
    assert (cache.load("k00"), cache.load("k19")) == (None, b"compiled")


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], int]:
    """How often a library was compiled. It happens in a child, so the children leave a mark."""
    marks = tmp_path / "marks"
    compiled = engine_module.rego.compile_bundle

    def marked(*arguments: object) -> bytes:
        with marks.open("a") as stream:
            stream.write("x")
        return compiled(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(engine_module.rego, "compile_bundle", marked)
    return lambda: len(marks.read_text()) if marks.exists() else 0


def test_engine_compiles_a_library_once_for_all_its_tasks(
    cache: CompiledCache, compilations: Callable[[], int]
) -> None:
    judge = library({"a.rego": rules("common", 'deny contains "no" if input.namespace == "shop"')})
    reasons = [Engine(judge, cache=cache).evaluate(DOCUMENT).reason for _ in range(3)]
    assert (reasons, compilations()) == (["Denied: [common] no"] * 3, 1)


def test_engine_compiles_again_when_the_entry_is_corrupted(
    cache: CompiledCache, directory: Path, compilations: Callable[[], int]
) -> None:
    judge = library({"a.rego": rules("common", 'deny contains "no"')})
    Engine(judge, cache=cache).evaluate(DOCUMENT)
    spoil_content(entry(directory))
    assert Engine(judge, cache=cache).evaluate(DOCUMENT).reason == "Denied: [common] no"
    assert compilations() == 2


def test_engine_does_not_judge_by_the_compilation_of_another_library(
    cache: CompiledCache, compilations: Callable[[], int]
) -> None:
    Engine(library(), cache=cache).evaluate(DOCUMENT)
    strict = library({"a.rego": rules("common", 'deny contains "no"')})
    assert not Engine(strict, cache=cache).evaluate(DOCUMENT).allowed
    assert compilations() == 2


def test_engine_keeps_no_library_that_the_linter_refuses(cache: CompiledCache, directory: Path) -> None:
    judge = library({"a.rego": rules("common", 'deny contains "no" if input.n > limit')})
    for _ in range(2):
        (violation,) = Engine(judge, cache=cache).evaluate(DOCUMENT).violations
        assert violation.code == "policy.lint-error"
    assert not directory.exists()
