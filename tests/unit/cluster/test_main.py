# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.__main__ import _usage, main
from tests.cluster.local import LocalCluster


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("/state/cluster", "export KUBECONFIG=/state/cluster/kubeconfig/admin.yaml"),
        ("/my state", "export KUBECONFIG='/my state/kubeconfig/admin.yaml'"),
    ],
    ids=["plain", "with-a-space"],
)
def test_the_last_line_is_for_the_shell(place: str, line: str) -> None:
    cluster = LocalCluster(Path(place), {"kubectl": Path("/bin/kubectl")}, (), bound=False)
    assert _usage(cluster).splitlines()[-1] == line


@pytest.mark.parametrize(("command", "code"), [("status", 3), ("down", 0)])
def test_without_a_cluster_there_is_nothing_to_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    code: int,
) -> None:
    monkeypatch.setenv("GUARDRAIL_CLUSTER_DIR", str(tmp_path / "cluster"))
    assert main([command]) == code
    assert capsys.readouterr() == ("", f"No cluster runs from {tmp_path / 'cluster'}.\n")


def test_an_error_is_one_line_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUARDRAIL_CLUSTER_DIR", str(tmp_path / "cluster"))
    monkeypatch.setenv("CLUSTER", "minikube")
    assert main(["up"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == (
        "",
        ["error: CLUSTER=minikube is not known; it can be existing, kind, assets, binaries or empty."],
    )
