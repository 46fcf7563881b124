# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gated scale in a cluster with ten thousand records beside one in a cluster with none.

The same cluster is empty, full and empty again, so that what else the machine does meanwhile is seen in the first and the
last figure. Each scale is of a Deployment without a history, timed from the task's options to its result.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from tests.benchmarks.figures import ratio, show
from tests.benchmarks.playbooks import prepared_cluster
from tests.integration.gate_calls import GateCalls, assert_succeeded
from tests.integration.gate_client import PlainClient
from tests.integration.records_bulk import Etcd, await_digested, mixture
from tests.integration.records_crowd import RECORDS, Shop, new_shop

RUNS, TIMES = 40, 3


def main() -> None:
    with prepared_cluster() as cluster:
        admin, etcd = PlainClient(cluster.kubeconfig()), Etcd(cluster)
        with new_shop(admin, cluster.kubeconfig("runner"), TIMES * RUNS + 1) as shop:
            gate = GateCalls(shop.kubeconfig, cluster.state_dir)
            unused = iter(shop.names)
            _scale(gate, shop, next(unused))
            pattern = admin.get(RECORDS)["items"][0]
            figures = {}
            for title, full in (("no records", False), ("10,000 records", True), ("no records again", False)):
                etcd.remove(etcd.names())
                if full:
                    etcd.put(mixture(pattern, datetime.now(UTC)))
                await_digested(admin)
                time.sleep(1.0)
                figures[title] = _measured(gate, shop, unused, etcd, keep=full)
                show(f"scale, {title}", [1000 * seconds for seconds in figures[title]])
            empty = sorted(figures["no records"] + figures["no records again"])
            many = sorted(figures["10,000 records"])
            ratio("scale, 10,000 records against none", _middle(many), _middle(empty), "budget: 1.10 x")
        admin.close()


def _middle(ordered: list[float]) -> float:
    return ordered[len(ordered) // 2]


def _measured(gate: GateCalls, shop: Shop, unused: Iterator[str], etcd: Etcd, *, keep: bool) -> list[float]:
    seconds = []
    for _ in range(RUNS):
        seconds.append(_scale(gate, shop, next(unused)))
        if not keep:
            etcd.remove(etcd.names())  # its own record too: with none means with none
    return seconds


def _scale(gate: GateCalls, shop: Shop, name: str) -> float:
    began = time.perf_counter()
    result = gate("ScaleDeployment", name=name, namespace=shop.namespace, replicas=2, wait=False)
    taken = time.perf_counter() - began
    assert_succeeded(result)
    return taken
