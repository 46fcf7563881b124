# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.realnode import cgroups


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    for name in ("cpu", "memory"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cgroup.procs").touch()
    (tmp_path / "cpu,cpuacct").symlink_to("cpu")
    (tmp_path / "no-hierarchy").mkdir()
    return tmp_path


@pytest.fixture
def version_2(tmp_path: Path) -> Path:
    (tmp_path / "cgroup.procs").touch()
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    (tmp_path / "cgroup.subtree_control").touch()
    return tmp_path


def test_version_1_has_a_tree_in_each_hierarchy(version_1: Path) -> None:
    cgroups.create("ours", version_1)
    assert cgroups.hierarchies(version_1) == [version_1 / "cpu", version_1 / "memory"]
    assert sorted(version_1.rglob("ours")) == [version_1 / "cpu" / "ours", version_1 / "memory" / "ours"]


def test_version_2_has_one_whose_children_get_every_controller(version_2: Path) -> None:
    cgroups.create("ours", version_2)
    for level in (version_2, version_2 / "ours"):
        assert (level / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


def test_a_tree_is_removed_from_its_leaves_upwards(version_1: Path) -> None:
    (version_1 / "memory" / "ours" / "pod" / "container").mkdir(parents=True)
    (version_1 / "memory" / "others").mkdir()
    cgroups.remove("ours", version_1)
    assert sorted(entry.name for entry in (version_1 / "memory").iterdir()) == ["cgroup.procs", "others"]


def test_what_still_runs_in_it_is_killed(version_1: Path) -> None:
    pod = version_1 / "cpu" / "ours" / "pod"
    pod.mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"]) as left:
        # A real one lists it until it is gone, and has no file that stands in the way of its removal.
        (pod / "cgroup.procs").write_text(f"{left.pid}\n")
        with pytest.raises(ClusterError, match=r"cpu/ours cannot be removed: something in it does not end"):
            cgroups.remove("ours", version_1, patience_s=0.05)
        assert left.wait(10) == -9


@pytest.mark.parametrize("there", [True, False], ids=["no-tree", "no-cgroups"])
def test_where_nothing_is_nothing_is_removed(version_1: Path, there: bool) -> None:
    cgroups.remove("ours", version_1 if there else version_1 / "nowhere")


def test_a_tree_that_cannot_be_made_is_told(version_1: Path) -> None:
    (version_1 / "cpu" / "ours").touch()
    with pytest.raises(ClusterError, match=r"No cgroup ours can be made below .*: File exists \(.*cpu/ours\)"):
        cgroups.create("ours", version_1)
