# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.libraries import environ_for, is_to_be_had

UNPACK = (
    'mkdir -p "$3/usr/lib/pkgconfig"; touch "$3/usr/lib/pkgconfig/libx.pc" "$3/usr/lib/libx.so" "$3/usr/lib/libx.a"'
)


class Machine:
    """Has the commands that a test installs, and no others but a few."""

    def __init__(self, place: Path) -> None:
        self.programs = place / "bin"
        self.programs.mkdir()
        self.calls = place / "calls"
        for name in ("mkdir", "touch"):
            (self.programs / name).symlink_to(f"/usr/bin/{name}")

    def install(self, name: str, script: str) -> None:
        program = self.programs / name
        program.write_text(f'#!/bin/sh\necho {name} "$*" >> {self.calls}\n{script}\n')
        program.chmod(0o755)

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return Machine(tmp_path)


def test_a_module_without_c_needs_nothing() -> None:
    assert environ_for("") == {}


def test_an_installed_library_is_taken(machine: Machine) -> None:
    machine.install("pkg-config", "exit 0")
    assert environ_for("libx") == {}


def test_another_is_fetched_once_and_linked_statically(machine: Machine, tmp_path: Path) -> None:
    machine.install("apt-get", "touch libx-dev.deb")
    machine.install("dpkg-deb", UNPACK)
    private = tmp_path / "cache" / "guardrail.kubernetes" / "libraries" / "libx"
    found = {
        "PKG_CONFIG_PATH": str(private / "usr/lib/pkgconfig"),
        "PKG_CONFIG_SYSROOT_DIR": str(private),
        "CGO_LDFLAGS": f"-L{private / 'usr/lib'}",
    }
    assert [environ_for("libx"), environ_for("libx")] == [found, found]
    assert sorted(path.name for path in (private / "usr/lib").iterdir()) == ["libx.a", "pkgconfig"]
    assert [call.split()[0] for call in machine.called()] == ["apt-get", "dpkg-deb"]
    assert [entry.name for entry in private.parent.iterdir()] == ["libx"]


def test_a_machine_without_lists_of_packages_gets_them_first(machine: Machine, tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    machine.install("apt-get", f'if [ "$1" = update ]; then touch {lists}; else [ -e {lists} ] && touch x.deb; fi')
    machine.install("dpkg-deb", UNPACK)
    environ_for("libx")
    download = "apt-get --quiet download libx-dev"
    assert machine.called()[:3] == [download, "apt-get update", download]


@pytest.mark.parametrize(
    ("apt", "dpkg", "message"),
    [
        ("exit 100", UNPACK, "^libx-dev is needed and cannot be fetched: apt-get install libx-dev$"),
        ("touch x.deb", "exit 2", "^libx-dev was fetched, but dpkg-deb cannot unpack it: apt-get install libx-dev$"),
        ("touch x.deb", 'mkdir "$3"', r"libraries/libx lacks libx\.pc: remove that folder, or install libx-dev\.$"),
    ],
    ids=["no-package", "no-archive", "not-in-it"],
)
def test_what_cannot_be_had_is_told_with_what_to_do(machine: Machine, apt: str, dpkg: str, message: str) -> None:
    machine.install("apt-get", apt)
    machine.install("dpkg-deb", dpkg)
    with pytest.raises(ClusterError, match=message):
        environ_for("libx")


def test_it_is_to_be_had_where_it_is_or_debians_tools_are(machine: Machine) -> None:
    assert not is_to_be_had("libx")
    for name in ("apt-get", "dpkg-deb"):
        machine.install(name, "exit 1")
    assert is_to_be_had("libx")
