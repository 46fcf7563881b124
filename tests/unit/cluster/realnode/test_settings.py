# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cluster.credentials import TOKEN_USERS
from tests.cluster.modules import module_of
from tests.cluster.realnode.real_node import PROGRAMS, USER
from tests.cluster.realnode.settings import (
    BINARIES,
    NAME,
    NodeSettings,
    cgroup_name,
    containerd_configuration,
    kubelet_configuration,
)


@pytest.fixture
def settings() -> NodeSettings:
    programs = {name: f"/cache/a folder/{name}" for name in BINARIES}
    return NodeSettings("/state/node", "/state/logs", programs, ("/cache/kubectl.tar",), "example/pause@sha256:1", 6443)


def test_what_is_written_is_read(settings: NodeSettings, tmp_path: Path) -> None:
    settings.write(tmp_path / "settings.json")
    assert NodeSettings.read(tmp_path / "settings.json") == settings


def test_the_cgroup_is_the_same_at_each_start_and_another_for_each_directory() -> None:
    names = [cgroup_name(Path(place)) for place in ("/a/node", "/a/node", "/b/node")]
    assert names[0] == names[1] != names[2]


def test_containerd_reads_its_configuration(settings: NodeSettings) -> None:
    found = tomllib.loads(containerd_configuration(settings))
    runtime = found["plugins"]["io.containerd.cri.v1.runtime"]
    assert found["version"] == 4
    assert runtime["cni"]["bin_dirs"] == ["/cache/a folder"]
    assert runtime["containerd"]["runtimes"]["runc"]["options"]["BinaryName"] == "/cache/a folder/runc"
    sandbox = found["plugins"]["io.containerd.cri.v1.images"]["pinned_images"]["sandbox"]
    assert sandbox == "example/pause@sha256:1"


def test_a_kubelet_that_asks_nobody_listens_where_no_pod_comes(settings: NodeSettings) -> None:
    found = kubelet_configuration(settings)
    assert (found["authorization"]["mode"], found["address"]) == ("AlwaysAllow", "127.0.0.1")


def test_the_kubelets_name_is_the_nodes() -> None:
    assert TOKEN_USERS[USER] == (f"system:node:{NAME}", "system:nodes")


def test_every_program_can_be_built() -> None:
    assert {module_of(name).folder for name in PROGRAMS} == {"kubernetes", "containerd", "runc", "cni"}
