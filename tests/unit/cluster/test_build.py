# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster import build, modules
from tests.cluster.build import ensure
from tests.cluster.errors import ClusterError
from tests.cluster.modules import GoModule

# Counts its builds, and writes what it was told into the binary.
GO = """#!/bin/sh
case "$1" in
  version) echo go version go1.26.8 linux/amd64 ;;
  list) echo {source} ;;
  build)
    echo "$*" >> {calls}
    sleep 0.1
    {then}
    while [ "$1" != -o ]; do shift; done
    echo "CGO_ENABLED=$CGO_ENABLED GOFLAGS=$GOFLAGS" > "$2"; chmod +x "$2" ;;
esac
"""


class FakeGo:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.calls = place / "calls"
        self.install("true")

    def install(self, then: str) -> None:
        go = self.place / "bin" / "go"
        go.parent.mkdir(exist_ok=True)
        go.write_text(GO.format(source=self.place / "source", calls=self.calls, then=then))
        go.chmod(0o755)

    def builds(self) -> int:
        return len(self.calls.read_text().splitlines()) if self.calls.exists() else 0


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGo:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "stage.yaml").write_text("kind: Stage\n")
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "go.mod").write_text("go 1.26\n\nrequire example.test/server v1.2.3\n")
    (tmp_path / "server" / "go.sum").write_text("")
    server = GoModule("server", "example.test/server", {"server": "example.test/cmd"}, {"stages/a.yaml": "stage.yaml"})
    monkeypatch.setattr(modules, "MODULES", tmp_path)
    monkeypatch.setattr(build, "module_of", lambda _name: server)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("GOFLAGS", "-tags=surprise")
    return FakeGo(tmp_path)


def test_a_missing_binary_is_built_with_its_files_and_then_kept(go: FakeGo) -> None:
    first, second = ensure(["server"]), ensure(["server"])
    assert first == second
    assert first["server"].read_text() == "CGO_ENABLED=0 GOFLAGS=\n"
    assert (first["server"].parent / "stages/a.yaml").read_text() == "kind: Stage\n"
    assert go.builds() == 1
    assert "-trimpath" in go.calls.read_text()


def test_a_module_with_a_c_library_is_told_where_it_is(go: FakeGo, monkeypatch: pytest.MonkeyPatch) -> None:
    server = replace(build.module_of("server"), library="libx")
    monkeypatch.setattr(build, "module_of", lambda _name: server)
    monkeypatch.setattr(build, "environ_for", lambda library: {"GOFLAGS": f"found-{library}"})
    assert ensure(["server"])["server"].read_text() == "CGO_ENABLED=1 GOFLAGS=found-libx\n"


def test_two_starts_at_once_build_once(go: FakeGo) -> None:
    together = threading.Barrier(2, timeout=10)

    def start(_number: int) -> Path:
        together.wait()
        return ensure(["server"])["server"]

    with ThreadPoolExecutor(max_workers=2) as pool:
        paths = set(pool.map(start, range(2)))
    assert (len(paths), go.builds()) == (1, 1)


def test_a_failed_build_shows_the_end_of_its_log_and_leaves_no_binary(go: FakeGo) -> None:
    go.install("echo undefined: x >&2; exit 3")
    with pytest.raises(ClusterError, match=r"server v1\.2\.3: go build exited with code 3\. End of .*\n  undefined: x"):
        ensure(["server"])
    go.install("true")
    assert ensure(["server"])["server"].exists()


def test_a_long_build_says_that_it_goes_on(
    go: FakeGo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "HEARTBEAT_S", 0.05)
    ensure(["server"])
    told = capsys.readouterr()
    assert told.out == ""
    assert "[1/1] server v1.2.3: still building, 0 s" in told.err
    assert told.err.splitlines()[-1] == "[1/1] server v1.2.3 built in 0 s"
