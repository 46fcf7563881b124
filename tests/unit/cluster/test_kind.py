# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster import state
from tests.cluster.errors import ClusterError
from tests.cluster.kind import KindCluster
from tests.cluster.provider import discard

KIND = """#!/bin/sh
echo "$1 $2 $3" >> {calls}
case "$1" in create) echo no space left >&2; exit 1 ;; esac
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def failing(tmp_path: Path, calls: Path) -> KindCluster:
    kind = tmp_path / "kind"
    kind.write_text(KIND.format(calls=calls))
    kind.chmod(0o755)
    unused = tmp_path / "unused"
    place = tmp_path / "Session-1"
    return KindCluster(place, kind=kind, image="i", kubectl=unused, kwok=unused, stages=(), bound=True)


def test_a_cluster_that_cannot_be_created_is_deleted(failing: KindCluster, calls: Path) -> None:
    with pytest.raises(ClusterError, match="kind create exited with code 1: no space left"):
        failing.start()
    assert calls.read_text().splitlines() == [
        "create cluster --name=guardrail-session-1",
        "delete cluster --name=guardrail-session-1",
    ]


def test_what_a_killed_program_left_is_deleted(failing: KindCluster, calls: Path) -> None:
    with pytest.raises(ClusterError):
        failing.start()
    calls.unlink()
    discard(failing.state_dir)
    assert calls.read_text() == "delete cluster --name=guardrail-session-1\n"
    assert state.read(failing.state_dir) is None
