# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten thousand records: a task makes the same calls and takes hardly longer, and old records go away by themselves.

How much longer exactly ``make bench`` measures; here the bound is so wide that it holds beside other work on the machine.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import retention
from tests.cluster.cluster import Cluster
from tests.cluster.local import LocalCluster
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import request_to
from tests.integration.gate_calls import GateCalls, assert_succeeded
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies
from tests.integration.records_bulk import Etcd, await_digested, mixture, record
from tests.integration.records_crowd import RECORDS, Shop, new_shop

pytest_plugins = ["tests.integration.gate_fixtures"]

RUNS = 9
PRUNED_AT_ONCE = 128


@dataclass(frozen=True)
class Cost:
    """Calls, and seconds, of a scale."""

    calls: list[str]
    seconds: float


@dataclass(frozen=True)
class Crowded:
    """A cluster full of records, and what a scale cost before."""

    shop: Shop
    before: Cost
    etcd: Etcd
    records: list[dict[str, Any]]

    def names(self, **labels: str) -> set[str]:
        """Names of those records that were written with these labels; without any, of the old ones."""
        chosen = [it for it in self.records if _is_old(it)]
        for name, value in labels.items():
            chosen = [it for it in chosen if it["metadata"]["labels"].get(f"guardrail.dev/{name}") == value]
        return {it["metadata"]["name"] for it in chosen}


def _is_old(record: dict[str, Any]) -> bool:
    limit = datetime.now(UTC) - timedelta(days=31)
    return bool(record["metadata"]["labels"]["guardrail.dev/day"] < limit.strftime("%Y-%m-%d"))


@pytest.fixture(scope="module")
def crowded(
    cluster: Cluster,
    admin: PlainClient,
    home: Path,
    session_policies: PublishedPolicies,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Crowded]:
    if not isinstance(cluster, LocalCluster):
        pytest.skip("the records are written into the etcd of a cluster of our own")
    etcd = Etcd(cluster)
    # The window of the checkout's library, with room beside what other tests have done in it.
    rates = [{"scope": scope, "max": 9999, "window_seconds": 600} for scope in ("target", "global")]
    session_policies.publish(session_policies.with_config(rate_limits=rates))
    with new_shop(admin, cluster.kubeconfig("runner"), 2 * (RUNS + 1)) as shop:
        before = cost(shop, list(shop.names[: RUNS + 1]), home, tmp_path_factory.mktemp("before"))
        pattern = next(it for it in shop.records() if it["status"]["phase"] == "Succeeded")
        now = datetime.now(UTC)
        records = [*mixture(pattern, now), *special(pattern, now)]
        etcd.put(records)
        await_digested(admin)
        yield Crowded(shop, before, etcd, records)
        session_policies.restore()
        etcd.remove(record["metadata"]["name"] for record in records)
        await_digested(admin)


def special(pattern: dict[str, Any], now: datetime) -> Iterator[dict[str, Any]]:
    """Records that are old and have not ended: one is at work, the others were left by processes that died."""
    long_ago = now - timedelta(days=40)
    at_work = record(pattern, long_ago, 1, "Executing")
    at_work["status"]["admittedAt"] = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    at_work["metadata"]["labels"]["guardrail.dev/test"] = "at-work"
    yield at_work
    for number, phase in enumerate(("Executing", "Pending")):
        dead = record(pattern, long_ago, number, phase)
        dead["metadata"]["labels"]["guardrail.dev/test"] = "dead"
        yield dead


def cost(shop: Shop, names: list[str], home: Path, place: Path) -> Cost:
    """Of scaling Deployments that have no history; the calls are counted at one of them, which is not timed."""
    first, *others = names
    with ApiProxy(shop.kubeconfig, place) as proxy:
        result = GateCalls(proxy.kubeconfig(), home)("ScaleDeployment", **task(shop, first))
        assert_succeeded(result)
        calls = [f"{request.method} {request.path.replace(first, '*')}" for request in proxy.requests()]
        calls = [call.replace(result["execution"]["record"], "*") for call in calls]
    gate = GateCalls(shop.kubeconfig, home)
    results = [gate("ScaleDeployment", **task(shop, name)) for name in others]
    for result in results:
        assert_succeeded(result)
    return Cost(calls, statistics.median(result["execution"]["duration_s"] for result in results))


def task(shop: Shop, name: str) -> dict[str, Any]:
    return {"name": name, "namespace": shop.namespace, "replicas": 2, "wait": False}


@pytest.fixture(autouse=True)
def never_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """One task in 64 cleans up besides; not here."""
    monkeypatch.setattr(retention, "is_due", lambda request_id: False)


def test_ten_thousand_records_cost_no_call_and_hardly_any_time(crowded: Crowded, home: Path, tmp_path: Path) -> None:
    assert len(crowded.etcd.names()) > 10_000
    names = list(crowded.shop.names[RUNS + 1 :])
    after = cost(crowded.shop, names, home, tmp_path)
    assert after.calls == crowded.before.calls
    assert after.seconds < 2 * crowded.before.seconds + 0.1, f"{after.seconds} s after {crowded.before.seconds} s"


def test_old_records_are_pruned_by_a_task_that_is_due(
    crowded: Crowded, proxy: ApiProxy, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, shop, gate = crowded.shop.admin, crowded.shop, GateCalls(proxy.kubeconfig(), home)
    monkeypatch.setattr(retention, "is_due", lambda request_id: True)
    before = crowded.etcd.names()
    for replicas in (3, 4):
        result = gate("ScaleDeployment", **task(shop, shop.names[0]) | {"replicas": replicas})
        assert_succeeded(result)
        assert "warnings" not in result
    removed = before - crowded.etcd.names()
    assert len(proxy.requests(request_to("/kubernetesexecutions$", "DELETE"))) == 2
    assert len(removed) == 2 * PRUNED_AT_ONCE
    assert removed <= crowded.names()
    assert not removed & crowded.names(test="at-work")
    for name in crowded.names(test="dead") - removed:
        assert admin.get(f"{RECORDS}/{name}")["status"]["phase"] == "Failed"
