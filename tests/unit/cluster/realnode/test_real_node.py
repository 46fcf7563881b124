# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.realnode.real_node import RealNode


def test_a_directory_whose_socket_would_have_too_long_a_name_is_refused(tmp_path: Path) -> None:
    place = tmp_path / ("x" * 100)
    with pytest.raises(ClusterError, match="is too long for a socket: GUARDRAIL_CLUSTER_DIR has to be shorter"):
        RealNode(place, {}).prepare()


def test_a_directory_that_the_node_covers_is_refused() -> None:
    with pytest.raises(ClusterError, match="A real node has its own /run/: GUARDRAIL_CLUSTER_DIR has to lie elsewhere"):
        RealNode(Path("/run/guardrail"), {}).prepare()


def test_the_api_server_is_told_the_nodes_socket(tmp_path: Path) -> None:
    node = RealNode(tmp_path, {})
    node.prepare()
    (selection,) = json.loads(node.egress_file.read_text())["egressSelections"]
    assert selection["name"] == "cluster"
    assert selection["connection"]["transport"] == {"uds": {"udsName": str(tmp_path / "node" / "egress.sock")}}
