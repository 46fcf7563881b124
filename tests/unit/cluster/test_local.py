# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cluster import state
from tests.cluster.errors import ClusterError
from tests.cluster.local import LocalCluster
from tests.cluster.process import ProcessRecord
from tests.cluster.state import ClusterRecord

# Answers every URL, at the address of the option that the real one has for it.
HEALTHY_ETCD = """#!{python}
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
(url,) = (word.split("=")[1] for word in sys.argv if word.startswith("--listen-client-urls"))
HTTPServer(("127.0.0.1", int(url.rsplit(":")[-1])), Healthy).serve_forever()
"""


def program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalCluster:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    binaries = {
        "etcd": program(tmp_path / "etcd", HEALTHY_ETCD.format(python=sys.executable)),
        "kube-apiserver": program(tmp_path / "kube-apiserver", "#!/bin/sh\necho no such flag: $1; exit 2\n"),
    }
    return LocalCluster(tmp_path / "state", binaries, (), bound=True)


def test_what_ran_is_ended_when_a_later_start_fails(failing: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[ProcessRecord, ...]] = []
    write = state.write

    def watched(place: Path, record: ClusterRecord) -> None:
        seen.append(record.processes)
        write(place, record)

    monkeypatch.setattr(state, "write", watched)
    with pytest.raises(ClusterError, match="kube-apiserver exited with code 2 before it was ready") as caught:
        failing.start()
    assert "no such flag: --etcd-servers=http://127.0.0.1:" in str(caught.value)
    assert [process.name for process in seen[-1]] == ["etcd", "kube-apiserver"]
    assert [process.is_alive() for process in seen[-1]] == [False, False]


def test_stopping_what_never_ran_does_nothing(failing: LocalCluster) -> None:
    failing.stop()
    failing.stop()


def test_an_unknown_identity_is_told(failing: LocalCluster) -> None:
    with pytest.raises(
        ClusterError, match="There is no identity 'root'; there are: admin, runner, approver, policy-admin"
    ):
        failing.kubeconfig("root")
