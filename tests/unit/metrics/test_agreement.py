# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Code, mapping, alerts, dashboard and document speak of the same metrics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import (
    INSTRUMENTS,
    OTHER,
    Instrument,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.measurement import PHASES, RESULTS
from tests.conftest import ROOT

MONITORING = ROOT / "extensions/monitoring"
DOCUMENT = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
MAPPING = yaml.safe_load((MONITORING / "statsd_mapping.yaml").read_text(encoding="utf-8"))
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
RULES = [
    rule
    for group in yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
BY_NAME = {one.name: one for one in INSTRUMENTS}
SERIES = {
    name + suffix: one
    for name, one in BY_NAME.items()
    for suffix in (("_bucket", "_sum", "_count") if one.kind == "histogram" else ("",))
}
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target["expr"]


QUERIES = dict(expressions())


def used(expression: str) -> set[str]:
    return set(re.findall(r"kubernetes_executor_\w*", expression))


@pytest.mark.parametrize("name", ["alerts.yaml", "alerts_test.yaml", "dashboard.json"])
def test_no_file_asks_for_a_series_that_does_not_exist(name: str) -> None:
    assert used((MONITORING / name).read_text(encoding="utf-8")) - set(SERIES) == set()


def test_the_document_names_no_metric_that_does_not_exist() -> None:
    assert used(DOCUMENT) - set(BY_NAME) == set()


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_uses_labels_that_its_metric_has(query: str) -> None:
    expression = QUERIES[query]
    allowed = {label for name in used(expression) for label in SERIES[name].labels}
    if any(SERIES[name].kind == "histogram" for name in used(expression)):
        allowed |= {"le"}
    selected = {label for inside in re.findall(r"\{(.*?)\}", expression) for label in re.findall(r"(\w+)=", inside)}
    grouped = {label for inside in re.findall(r"by \((.*?)\)", expression) for label in inside.split(", ")}
    assert (selected | grouped) - allowed == set()


@pytest.mark.parametrize("query", QUERIES)
def test_every_selected_value_exists(query: str) -> None:
    selectors = re.findall(r'(result|phase)="(\w+)"', QUERIES[query])
    known = {"result": RESULTS, "phase": PHASES}
    assert [pair for pair in selectors if pair[1] not in known[pair[0]]] == []


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda one: one.name)
def test_the_mapping_has_every_metric_with_its_labels_and_buckets(instrument: Instrument) -> None:
    kinds = {"counter": "counter", "gauge": "gauge", "histogram": "observer"}
    expected: dict[str, Any] = {
        "match": instrument.wire_name,
        "match_metric_type": kinds[instrument.kind],
        "name": instrument.name,
        "help": instrument.help,
    }
    if instrument.labels:
        expected |= {"honor_labels": True, "labels": dict.fromkeys(instrument.labels, OTHER)}
    if instrument.buckets:
        expected["histogram_options"] = {"buckets": list(instrument.buckets), "native_histogram_bucket_factor": 1}
    assert [entry for entry in MAPPING["mappings"] if entry["name"] == instrument.name] == [expected]


def test_the_mapping_has_nothing_else_and_makes_histograms() -> None:
    assert [entry["name"] for entry in MAPPING["mappings"] if entry["name"] not in BY_NAME] == []
    assert MAPPING["defaults"]["observer_type"] == "histogram"


def test_the_document_describes_every_metric_with_its_type_and_labels() -> None:
    rows = re.findall(r"^\| `(kubernetes_executor_\w+)` \| (\w+) \| (.*?) ?\| (.+) \|$", DOCUMENT, re.MULTILINE)
    described = {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in rows}
    assert described == {one.name: (one.kind, one.labels) for one in INSTRUMENTS}


def test_the_document_describes_every_label_and_its_values() -> None:
    rows = dict(re.findall(r"^\| `(result|policy|action|phase)` \| (.+) \|$", DOCUMENT, re.MULTILINE))
    assert set(rows) == {label for one in INSTRUMENTS for label in one.labels}
    assert [value for value in RESULTS if f"`{value}`" not in rows["result"]] == []
    assert [value for value in PHASES if f"`{value}`" not in rows["phase"]] == []


def test_the_document_lists_every_alert_with_its_severity() -> None:
    listed = re.findall(r"^\| `(Guardrail\w+)` \| (\w+) \| .+ \|$", DOCUMENT, re.MULTILINE)
    assert listed == [(rule["alert"], rule["labels"]["severity"]) for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_happened_and_what_to_do(rule: dict[str, Any]) -> None:
    assert {key for key, text in rule["annotations"].items() if text} == {"summary", "description", "remedy"}
    assert rule["labels"]["severity"] in {"warning", "critical"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_is_tested_firing_and_silent(rule: dict[str, Any]) -> None:
    tests = yaml.safe_load((MONITORING / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"] if case["alertname"] == rule["alert"]]
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}


def test_the_dashboard_shows_every_metric() -> None:
    queries = [target["expr"] for panel in PANELS for target in panel["targets"]]
    shown = {SERIES[name].name for query in queries for name in used(query)}
    assert shown == set(BY_NAME)


def test_the_dashboard_can_be_imported_anywhere() -> None:
    """No id of another Grafana, and the data source is whatever the person who imports it chooses."""
    sources = [place["datasource"] for panel in PANELS for place in (panel, *panel["targets"])]
    assert {json.dumps(source, sort_keys=True) for source in sources} == {
        '{"type": "prometheus", "uid": "${datasource}"}'
    }
    assert DASHBOARD.get("id") is None
    assert [entry["name"] for entry in DASHBOARD["templating"]["list"]] == ["datasource", "action"]


def test_the_panels_of_the_dashboard_are_distinct_described_and_do_not_overlap() -> None:
    identifiers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(identifiers) == len(set(identifiers))
    assert [panel["title"] for panel in PANELS if not panel["title"] or not panel["description"]] == []
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
