# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.realnode import prerequisites
from tests.cluster.realnode.prerequisites import missing, require


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine that has everything."""
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(prerequisites, "hierarchies", lambda: [tmp_path])
    monkeypatch.setattr(prerequisites, "_has_overlay", lambda: True)
    monkeypatch.setattr(prerequisites, "is_to_be_had", lambda _library: True)
    return monkeypatch


def test_a_machine_with_everything_lacks_nothing(able: pytest.MonkeyPatch) -> None:
    assert missing(to_build=True) == []
    require([])


def test_without_root_it_says_so(able: pytest.MonkeyPatch) -> None:
    able.setattr(os, "geteuid", lambda: 1000)
    message = r"^A real node cannot run here\. It needs root: a node has namespaces, mounts and cgroups to make\.$"
    with pytest.raises(ClusterError, match=message):
        require(missing(to_build=True))


def test_on_another_system_that_is_all_it_says(able: pytest.MonkeyPatch) -> None:
    able.setattr(platform, "system", lambda: "Darwin")
    assert missing(to_build=True) == ["Linux: this machine's system is another"]


def test_a_missing_command_is_named_with_its_package(able: pytest.MonkeyPatch) -> None:
    able.setattr(shutil, "which", lambda name: None if name == "ip" else f"/usr/bin/{name}")
    assert missing(to_build=False) == ["the command ip (Debian: iproute2)"]


def test_what_the_kernel_lacks_is_named(able: pytest.MonkeyPatch) -> None:
    able.setattr(prerequisites, "hierarchies", list)
    able.setattr(prerequisites, "_has_overlay", lambda: False)
    assert [phrase.partition(",")[0] for phrase in missing(to_build=False)] == ["cgroups", "overlay"]


def test_a_compiler_is_only_needed_to_build(able: pytest.MonkeyPatch) -> None:
    able.setattr(shutil, "which", lambda name: None if name == "gcc" else f"/usr/bin/{name}")
    able.setattr(prerequisites, "is_to_be_had", lambda _library: False)
    able.delenv("CC", raising=False)
    assert missing(to_build=False) == []
    assert missing(to_build=True) == [
        "the command gcc (Debian: gcc)",
        "the C library libseccomp (Debian: libseccomp-dev)",
    ]
