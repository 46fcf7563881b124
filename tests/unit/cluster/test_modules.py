# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster import modules
from tests.cluster.errors import ClusterError
from tests.cluster.modules import GO_MODULES, GoModule, module_of

GO_MOD = """module example.test/binaries

go 1.26.0

tool example.test/server/cmd/server

require (
\texample.test/other v0.1.0
\texample.test/server v3.6.16 // indirect
)

replace example.test/other => example.test/other v9.9.9
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GoModule:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "go.mod").write_text(GO_MOD)
    (tmp_path / "server" / "go.sum").write_text("")
    monkeypatch.setattr(modules, "MODULES", tmp_path)
    return GoModule("server", "example.test/server", {"server": "example.test/server/cmd/server"}, {})


def test_versions_come_from_go_mod(module: GoModule) -> None:
    assert (module.version, module.go_version) == ("v3.6.16", "1.26.0")


def test_another_dependency_is_another_folder_of_the_cache(module: GoModule) -> None:
    before = module.cache_key("linux-amd64")
    (module.directory / "go.sum").write_text("example.test/other v0.1.1\n")
    after = module.cache_key("linux-amd64")
    assert before.startswith("server-v3.6.16-linux-amd64-")
    assert before != after != module.cache_key("darwin-arm64")


def test_a_module_that_is_not_required_is_told(module: GoModule) -> None:
    (module.directory / "go.mod").write_text("go 1.26\n")
    with pytest.raises(ClusterError, match=r"go\.mod does not require example\.test/server"):
        _ = module.version


def test_kubernetes_is_told_its_version() -> None:
    kubernetes = module_of("kubectl")
    major, minor, _patch = kubernetes.version.removeprefix("v").split(".")
    flags = kubernetes.link_flags().split()
    assert flags[:2] == ["-s", "-w"]
    for name, value in {"gitVersion": kubernetes.version, "gitMajor": major, "gitMinor": minor}.items():
        assert f"k8s.io/component-base/version.{name}={value}" in flags


def test_every_tool_directive_is_a_command_and_the_other_way_round() -> None:
    for module in GO_MODULES:
        text = (module.directory / "go.mod").read_text()
        head = text[: text.index("require")]
        tools = {word for word in head[head.index("\ntool") :].split() if "/" in word}
        assert tools == set(module.commands.values()), module.folder


def test_an_unknown_binary_is_told_with_the_known_ones() -> None:
    with pytest.raises(ClusterError, match="There is no binary 'helm'; there are: agnhost, containerd"):
        module_of("helm")
