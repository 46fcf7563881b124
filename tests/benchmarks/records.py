# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gated scale beside ten thousand records and beside none.

Both are timed in turns, in one cluster: those beside none keep their records in a namespace of their own, which the
admission policy would not have, and which is therefore not in force here. What it means for a task in a playbook, which is
what people wait for, is computed from the time of one.

The API server goes through all records of the namespace for each of the two lists that a scale reads, in memory and without
an index; that is what there is to see.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from unittest.mock import patch

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import ledger, opening, retention
from tests.benchmarks.figures import ratio, show
from tests.benchmarks.playbooks import play, prepared_cluster
from tests.cluster.cluster import Cluster
from tests.integration.gate_calls import GateCalls, assert_succeeded
from tests.integration.gate_client import PlainClient
from tests.integration.records_bulk import Etcd, await_digested, mixture
from tests.integration.records_crowd import RECORDS, Shop, new_shop

# Together less than the limit of the checkout's library, 20 records of the mixture included.
RUNS, FEW, MANY, ROUNDS = 30, 2, 8, 3
FULL, EMPTY = "guardrail-system", "bench-no-records"


def main() -> None:
    # One task in 64 cleans up besides, which is not what is measured.
    with prepared_cluster() as cluster, patch.object(retention, "is_due", lambda request_id: False):
        cluster.kubectl("delete", "validatingadmissionpolicybinding", "guardrail-executions")
        cluster.kubectl("create", "namespace", EMPTY)
        admin = PlainClient(cluster.kubeconfig())
        with new_shop(admin, cluster.kubeconfig("admin"), 2 * RUNS + ROUNDS * (FEW + MANY) + 2) as shop:
            gate, unused = GateCalls(shop.kubeconfig, cluster.state_dir), iter(shop.names)
            for namespace in (EMPTY, FULL):
                _scale(gate, shop, next(unused), namespace)
            Etcd(cluster).put(mixture(admin.get(RECORDS)["items"][0], datetime.now(UTC)))
            await_digested(admin)
            seconds: dict[str, list[float]] = {EMPTY: [], FULL: []}
            for _ in range(RUNS):
                for namespace, taken in seconds.items():
                    taken.append(_scale(gate, shop, next(unused), namespace))
            task_s = statistics.median(_per_task(cluster, shop, unused) for _ in range(ROUNDS))
        admin.close()
    empty_s, full_s = (statistics.median(taken) for taken in seconds.values())
    show("scale beside no records, the gate alone", [1000 * taken for taken in seconds[EMPTY]])
    show("scale beside 10,000, the gate alone", [1000 * taken for taken in seconds[FULL]])
    ratio("the gate alone", full_s, empty_s)
    ratio("as a task of a playbook", task_s, task_s - (full_s - empty_s), "budget: 1.10 x")


def _scale(gate: GateCalls, shop: Shop, name: str, namespace: str) -> float:
    with patch.object(ledger, "NAMESPACE", namespace), patch.object(opening, "NAMESPACE", namespace):
        began = time.perf_counter()
        result = gate("ScaleDeployment", **_task(shop, name))
        taken = time.perf_counter() - began
    assert_succeeded(result)
    return taken


def _per_task(cluster: Cluster, shop: Shop, unused: Iterator[str]) -> float:
    """Start-up is subtracted."""
    variables = {"ansible_python_interpreter": sys.executable}

    def played(number: int) -> float:
        tasks = [{"guardrail.kubernetes.scale_deployment": _task(shop, next(unused))} for _ in range(number)]
        return play(cluster, tasks, variables)

    few, many = played(FEW), played(MANY)
    return (many - few) / (MANY - FEW)


def _task(shop: Shop, name: str) -> dict[str, object]:
    return {"name": name, "namespace": shop.namespace, "replicas": 2, "wait": False}
