# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster import state
from tests.cluster.errors import ClusterError
from tests.cluster.process import ProcessRecord
from tests.cluster.state import ClusterRecord, DirectoryLock


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = ClusterRecord(
        "binaries", {"etcd": "/bin/etcd"}, ("/a.yaml",), {"etcd": 20001}, (ProcessRecord("etcd", 4, "77"),)
    )
    state.write(tmp_path, record)
    assert state.read(tmp_path) == record


def test_no_record_is_none(tmp_path: Path) -> None:
    assert state.read(tmp_path / "nowhere") is None


@pytest.mark.parametrize("text", ["", "[]", '{"provider": "binaries"}'], ids=["empty", "list", "incomplete"])
def test_a_broken_record_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / state.RECORD).write_text(text)
    with pytest.raises(ClusterError, match=r"cluster\.json is no record of a cluster"):
        state.read(tmp_path)


def test_a_directory_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ClusterError, match=r"holds thesis\.txt"):
        state.prepare(tmp_path)
    state.clear(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_preparing_removes_the_former_cluster_and_is_private(tmp_path: Path) -> None:
    place = tmp_path / "cluster"
    state.prepare(place)
    (place / "etcd").mkdir()
    state.write(place, ClusterRecord("binaries"))
    state.prepare(place)
    assert sorted(entry.name for entry in place.iterdir()) == ["kubeconfig", "logs", "pki"]
    assert {entry.stat().st_mode & 0o777 for entry in (place, *place.iterdir())} == {0o700}


def test_clearing_removes_the_directory(tmp_path: Path) -> None:
    state.prepare(tmp_path / "cluster")
    state.clear(tmp_path / "cluster")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_has_one_owner_at_a_time(tmp_path: Path) -> None:
    one, other = DirectoryLock(tmp_path), DirectoryLock(tmp_path)
    assert (one.acquire(), other.acquire()) == (True, False)
    one.release()
    one.release()
    assert other.acquire()
    other.release()
