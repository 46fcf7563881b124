# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The figures as the real tools take them: statsd_exporter with the mapping that is shipped, and promtool."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.emission import emit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.exposition import added, rendered
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import readings
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.measurement import Measurement
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.options import MetricsOptions
from tests.cluster.build import ensure
from tests.cluster.ports import PortReservation
from tests.cluster.process import Command, Process
from tests.conftest import COLLECTIONS, ROOT

MONITORING = ROOT / "extensions/monitoring"
PROCESSES = 8
PREFIX = "kubernetes_executor_"
PACKAGE = "ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics"
# One process, as a task is one: emits what it is given, and says what it was warned of.
TASK = f"""
import json, sys
from {PACKAGE}.emission import emit
from {PACKAGE}.measurement import Measurement
from {PACKAGE}.options import MetricsOptions
given = json.load(sys.stdin)
runs = [Measurement(**{{**run, "denied_by": tuple(run["denied_by"])}}) for run in given["runs"]]
warnings = [text for _ in range(given["times"]) for run in runs for text in emit(run, MetricsOptions(**given["options"]))]
print(json.dumps(warnings))
"""
RUNS = (
    Measurement("ScaleDeployment", "allowed", 0.0007, phase="Succeeded", admitted=True, duration_s=0.8, reloaded=True),
    Measurement("DrainNode", "allowed", 0.004, phase="Failed", admitted=True, duration_s=301.5, overrides_opened=1),
    Measurement("DrainNode", "denied", 0.002, ("common/quorum", "common/blast_radius"), phase="Rejected"),
    Measurement("UpdateImage", "denied", 0.002, ("production/change_approval",), phase="AwaitingApproval"),
    Measurement("DeletePod", "error", None, ("gate",), reload_failed=True, phase="Rejected", mode="check"),
)
# What one round of them comes to, stated once by hand.
COUNTED = {
    'policy_evaluation_total{result="allowed"}': 2,
    'policy_evaluation_total{result="denied"}': 2,
    'policy_evaluation_total{result="error"}': 1,
    'policy_denials_total{action="DrainNode",policy="common/blast_radius"}': 1,
    'policy_denials_total{action="DrainNode",policy="common/quorum"}': 1,
    'policy_denials_total{action="UpdateImage",policy="production/change_approval"}': 1,
    'policy_denials_total{action="DeletePod",policy="gate"}': 1,
    "policy_reloads_total": 1,
    "policy_reload_failures_total": 1,
    'executions_total{action="ScaleDeployment",phase="Succeeded"}': 1,
    'executions_total{action="DrainNode",phase="Failed"}': 1,
    'executions_total{action="DrainNode",phase="Rejected"}': 1,
    'executions_total{action="UpdateImage",phase="AwaitingApproval"}': 1,
    "overrides_open": 1,
    'policy_evaluation_duration_seconds_bucket{result="allowed",le="0.0005"}': 0,
    'policy_evaluation_duration_seconds_bucket{result="allowed",le="0.001"}': 1,
    'policy_evaluation_duration_seconds_bucket{result="allowed",le="0.005"}': 2,
    'policy_evaluation_duration_seconds_count{result="allowed"}': 2,
    'policy_evaluation_duration_seconds_count{result="denied"}': 2,
    'execution_duration_seconds_bucket{action="DrainNode",le="300"}': 0,
    'execution_duration_seconds_bucket{action="DrainNode",le="600"}': 1,
    'execution_duration_seconds_sum{action="DrainNode"}': 301.5,
    'execution_duration_seconds_count{action="ScaleDeployment"}': 1,
}
TYPES = {
    "policy_evaluation_duration_seconds": "histogram",
    "policy_evaluation_total": "counter",
    "policy_denials_total": "counter",
    "policy_reloads_total": "counter",
    "policy_reload_failures_total": "counter",
    "executions_total": "counter",
    "execution_duration_seconds": "histogram",
    "overrides_open": "gauge",
}

Series = dict[tuple[str, frozenset[str]], float]


class Exporter(NamedTuple):
    """A running statsd_exporter."""

    address: str
    url: str

    def scrape(self) -> str:
        with urllib.request.urlopen(self.url, timeout=5) as answer:
            text: str = answer.read().decode()
        return text

    def own(self, name: str) -> float:
        """The sum of one of the exporter's own metrics."""
        found = re.findall(rf"^statsd_exporter_{name}(?:{{.*}})? (\S+)$", self.scrape(), re.MULTILINE)
        return sum(map(float, found))


StartExporter = Callable[..., Exporter]


@pytest.fixture(scope="module")
def promtool() -> Callable[..., str]:
    """Runs promtool, fails the test unless it is content, and returns what it said."""
    binary = ensure(["promtool"])["promtool"]

    def run(*arguments: str, standard_input: str | None = None) -> str:
        done = subprocess.run([binary, *arguments], input=standard_input, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"promtool {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    return run


@pytest.fixture
def start_exporter(tmp_path: Path) -> Iterator[StartExporter]:
    """Starts exporters on the loopback with our mapping; they end with the test."""
    binary = ensure(["statsd_exporter"])["statsd_exporter"]
    running: list[Process] = []
    with PortReservation() as ports:

        def start(host: str = "127.0.0.1") -> Exporter:
            exporter = Exporter(f"{host}:{ports.take()}", f"http://127.0.0.1:{ports.take()}/metrics")
            options = {
                "statsd.mapping-config": MONITORING / "statsd_mapping.yaml",
                "statsd.listen-udp": exporter.address,
                "statsd.listen-tcp": "",
                "web.listen-address": exporter.url.split("/")[2],
            }
            arguments = (str(binary), *(f"--{name}={value}" for name, value in options.items()))
            running.append(Process(Command("statsd_exporter", arguments), tmp_path / "statsd_exporter.log", bound=True))
            running[-1].await_ready(lambda: answers(exporter), 20)
            return exporter

        yield start
        for process in running:
            process.end(signal.SIGTERM)


@pytest.fixture
def exporter(start_exporter: StartExporter) -> Exporter:
    return start_exporter()


def answers(exporter: Exporter) -> bool:
    try:
        return bool(exporter.scrape())
    except OSError:
        return False


def tasks(options: MetricsOptions, times: int, runs: tuple[Measurement, ...] = RUNS) -> list[str]:
    """Let eight processes emit ``runs`` so many times, all at once; return what they were warned of."""
    given = json.dumps({"runs": [asdict(run) for run in runs], "times": times, "options": asdict(options)}).encode()
    started = [
        subprocess.Popen([sys.executable, "-c", TASK], cwd=COLLECTIONS, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write(given)
        process.stdin.close()
    warnings = []
    for process in started:
        assert process.stdout
        warnings += json.loads(process.stdout.read())
        process.stdout.close()
        assert process.wait(60) == 0
    return warnings


def ours(text: str) -> str:
    """The lines of a scrape that are about our metrics."""
    return "".join(line for line in text.splitlines(keepends=True) if re.match(rf"(# (HELP|TYPE) )?{PREFIX}", line))


def series(text: str) -> Series:
    """Read samples; the order of labels means nothing."""
    found: Series = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)(?:{(.*)})? (\S+)", line).groups()  # type: ignore[union-attr]
            found[name, frozenset((labels or "").split(",")) - {""}] = float(value)
    return found


def comments(text: str) -> set[str]:
    return {line for line in text.splitlines() if re.match(r"# (HELP|TYPE) ", line)}


def counted(rounds: int) -> Series:
    return series("".join(f"{PREFIX}{name} {value * rounds}\n" for name, value in COUNTED.items()))


def arrived(exporter: Exporter, datagrams: int) -> str:
    """Wait until the exporter has worked through as many datagrams, and return our part of its metrics."""
    limit = time.monotonic() + 20
    while exporter.own("udp_packets_total") < datagrams and time.monotonic() < limit:
        time.sleep(0.05)
    seen = -1.0
    while (now := exporter.own("events_total")) != seen and time.monotonic() < limit:
        seen = now
        time.sleep(0.5)  # more than twice the interval in which it takes events out of its queue
    return ours(exporter.scrape())


def test_statsd_exporter_counts_what_several_processes_send(exporter: Exporter) -> None:
    times = 5
    assert tasks(MetricsOptions(statsd=exporter.address), times) == []
    scraped = arrived(exporter, PROCESSES * times * len(RUNS))
    found = series(scraped)
    expected = counted(PROCESSES * times)
    assert {key: found.get(key) for key in expected} == pytest.approx(expected)
    assert {
        line.split()[2].removeprefix(PREFIX): line.split()[3] for line in comments(scraped) if "# TYPE" in line
    } == (TYPES)


def test_statsd_exporter_understands_every_line(exporter: Exporter) -> None:
    tasks(MetricsOptions(statsd=exporter.address), 1)
    arrived(exporter, PROCESSES * len(RUNS))
    trouble = ("sample_errors_total", "tag_errors_total", "events_error_total", "events_conflict_total")
    names = (*trouble, "events_unmapped_total", "udp_packet_drops_total")
    assert {name: exporter.own(name) for name in names} == dict.fromkeys(names, 0)


def test_both_ways_tell_the_same(exporter: Exporter, tmp_path: Path) -> None:
    file = tmp_path / "guardrail.prom"
    assert tasks(MetricsOptions(exporter.address, str(file)), 2) == []
    scraped, written = arrived(exporter, PROCESSES * 2 * len(RUNS)), ours(file.read_text())
    assert series(scraped) == pytest.approx(series(written))
    assert comments(scraped) == comments(written)


def test_a_datagram_without_tags_has_the_labels_all_the_same(exporter: Exporter) -> None:
    host, port = exporter.address.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"kubernetes_executor.policy_denials:1|c|#policy:common/quorum", (host, int(port)))
    scraped = arrived(exporter, 1)
    assert series(scraped) == series(f'{PREFIX}policy_denials_total{{action="other",policy="common/quorum"}} 1')


@pytest.mark.parametrize(("listens", "named"), [("127.0.0.1", "localhost"), ("[::1]", "localhost"), ("[::1]", "[::1]")])
def test_the_exporter_is_found_whatever_the_loopback_is_called(
    start_exporter: StartExporter, listens: str, named: str
) -> None:
    if ":" in listens and not has_ipv6():
        pytest.skip("this machine has no ::1")
    exporter = start_exporter(listens)
    port = exporter.address.rpartition(":")[2]
    addresses = {place[4][0] for place in socket.getaddrinfo(named.strip("[]"), port, type=socket.SOCK_DGRAM)}
    if listens.strip("[]") not in addresses:
        pytest.skip(f"{named} is not {listens} here")
    assert emit(Measurement("DrainNode", reloaded=True), MetricsOptions(statsd=f"{named}:{port}")) == ()
    assert series(arrived(exporter, 1)) == series(f"{PREFIX}policy_reloads_total 1")


def has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


def test_a_textfile_that_several_processes_write_sums_up_exactly(tmp_path: Path) -> None:
    file, times = tmp_path / "guardrail.prom", 25
    assert tasks(MetricsOptions(textfile=str(file)), times) == []
    found, expected = series(ours(file.read_text())), counted(PROCESSES * times)
    assert {key: found.get(key) for key in expected} == expected


def test_the_tools_of_prometheus_like_both_outputs(
    exporter: Exporter, tmp_path: Path, promtool: Callable[..., str]
) -> None:
    file = tmp_path / "guardrail.prom"
    for run in RUNS:
        assert emit(run, MetricsOptions(exporter.address, str(file))) == ()
    scraped = arrived(exporter, len(RUNS))
    assert set(series(scraped)) == set(series(rendered(added({}, [one for run in RUNS for one in readings(run)]))))
    assert promtool("check", "metrics", standard_input=scraped) == ""
    assert promtool("check", "metrics", standard_input=file.read_text()) == ""


def test_the_alert_rules_are_sound(promtool: Callable[..., str]) -> None:
    assert "6 rules found" in promtool("check", "rules", "--lint-fatal", str(MONITORING / "alerts.yaml"))


def test_the_alert_rules_pass_their_tests(promtool: Callable[..., str]) -> None:
    assert "SUCCESS" in promtool("test", "rules", str(MONITORING / "alerts_test.yaml"))


def test_every_query_of_the_dashboard_is_promql(tmp_path: Path, promtool: Callable[..., str]) -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    rules: list[dict[str, Any]] = [
        {"record": f"panel:query:{number}", "expr": filled_in(query)} for number, query in enumerate(queries)
    ]
    file = tmp_path / "dashboard.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(queries)} rules found" in promtool("check", "rules", "--lint-fatal", str(file))


def filled_in(query: str) -> str:
    """As Grafana does before it asks Prometheus."""
    for variable, value in {"$__rate_interval": "5m", "$__range": "24h", "$action": ".*"}.items():
        query = query.replace(variable, value)
    assert "$" not in query
    return query
