# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics import statsd, textfile
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.emission import emit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.exposition import parsed
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.measurement import Measurement
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.options import MetricsOptions
from tests.conftest import COLLECTIONS

RUN = Measurement(action="DrainNode", reloaded=True)
EMISSION = "ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.emission"


def test_figures_go_both_ways(tmp_path: Path) -> None:
    file = tmp_path / "guardrail.prom"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        assert emit(RUN, MetricsOptions(f"127.0.0.1:{server.getsockname()[1]}", str(file))) == ()
        assert server.recv(2000) == b"kubernetes_executor.policy_reloads:1|c"
    assert parsed(file.read_text()) == {"kubernetes_executor_policy_reloads_total": 1.0}


def test_nothing_is_measured_unless_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statsd, "send", None)
    monkeypatch.setattr(textfile, "add", None)
    assert emit(RUN, MetricsOptions()) == ()


def test_trouble_one_way_is_no_trouble_the_other_way(tmp_path: Path) -> None:
    file = tmp_path / "guardrail.prom"
    file.write_text("foreign\n")
    first, second = emit(RUN, MetricsOptions("no:address:this", str(file)))
    assert first.startswith("Metrics were not sent: 'no:address:this'")
    assert first.endswith("[metrics.statsd-address]")
    assert second.endswith("[metrics.textfile-damaged]")
    assert parsed(file.read_text()) == {"kubernetes_executor_policy_reloads_total": 1.0}


def test_a_bug_of_ours_ends_as_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("surprise")

    monkeypatch.setattr(statsd, "send", broken)
    monkeypatch.setattr(textfile, "add", broken)
    expected = "Metrics were lost: RuntimeError: surprise [metrics.unforeseen]"
    assert emit(RUN, MetricsOptions("127.0.0.1", "/tmp/guardrail.prom")) == (expected, expected)


def test_a_task_that_measures_nothing_loads_next_to_nothing() -> None:
    probe = (
        f"import sys; import {EMISSION}; print(*sorted(m for m in sys.modules if '_metrics.' in m or m == 'socket'))"
    )
    shown = subprocess.run([sys.executable, "-c", probe], cwd=COLLECTIONS, check=True, capture_output=True, text=True)
    package = EMISSION.removesuffix("emission")
    assert shown.stdout.split() == [f"{package}{name}" for name in ("emission", "measurement", "options")]
