# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one decision costs: compiled library in the cache, input of a drain of 500 pods.

Three figures, because each answers another question: the evaluation inside the engine (parse the input, run the rules), the
whole call with its forked child, which is what a task pays, and the same call without the cache.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import input_document
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import canonical, from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values import disruption as d
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values import facts as f
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Permission,
    Plan,
    Request,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Standing
from tests.benchmarks.figures import show
from tests.conftest import ROOT

WORKLOADS, PODS_EACH, RUNS = 10, 50, 300


def main() -> None:
    library = from_directory(ROOT / "policies")
    config: Any = library.data["config"]
    document = drain_input(config)
    print(f"input: {len(canonical(document))} bytes, {WORKLOADS * PODS_EACH} pods of {WORKLOADS} workloads")
    with tempfile.TemporaryDirectory() as directory:
        cache = CompiledCache(Path(directory) / "cache")
        cold = _times(lambda: Engine(library, cache=_empty_cache(directory)), document, 5)
        engine = Engine(library, cache=cache)
        _times(lambda: engine, document, 5)
        inside: list[float] = []
        whole = _times(lambda: engine, document, RUNS, inside)
        fresh = _times(lambda: Engine(library, cache=cache), document, 50)
    show("evaluation inside the engine", inside, "budget: median < 2 ms, p99 < 5 ms")
    show("whole decision, prepared", whole)
    show("whole decision, library from the cache", fresh)
    show("whole decision, library compiled first", cold)


def _empty_cache(directory: str) -> CompiledCache:
    return CompiledCache(Path(tempfile.mkdtemp(dir=directory)) / "cache")


def _times(engine: Any, document: dict[str, Any], runs: int, inside: list[float] | None = None) -> list[float]:
    taken = []
    for _run in range(runs):
        judge = engine()
        began = time.perf_counter()
        decision = judge.evaluate(document)
        taken.append((time.perf_counter() - began) * 1000)
        if any(violation.policy == "gate" for violation in decision.violations):
            raise SystemExit(f"the gate itself refused: {decision.reason}")
        if inside is not None:
            inside.append(decision.evaluation_ms)
    return taken


def drain_input(config: dict[str, Any]) -> dict[str, Any]:
    """The document of a node with 500 pods under ten budgets, nothing of it forbidden."""
    names = tuple(f"web-6d4cf56db6-{index:05d}" for index in range(d.NAMES_SHOWN))
    groups = tuple(
        d.PodGroup(
            namespace=f"team-{index}",
            controller={"kind": "Deployment", "name": f"web-{index}"},
            storage=(),
            guards=(),
            under_budget=True,
            replicas=400,
            count=PODS_EACH,
            ready=PODS_EACH,
            names=names,
        )
        for index in range(WORKLOADS)
    )
    budgets = tuple(
        d.Budget(f"team-{index}", "web", PODS_EACH, 400, 350, 400, False, PODS_EACH, 1, ())
        for index in range(WORKLOADS)
    )
    permissions = (Permission("patch", "nodes"), Permission("create", "pods", subresource="eviction"))
    plan = Plan(
        target=ObjectRef("Node", "node-1"),
        writes=(),
        before={},
        after={},
        impact=Impact(permissions=permissions),
        parameters={
            "node_name": "node-1",
            "grace_period_seconds": None,
            "force": False,
            "delete_emptydir_data": False,
            "ignore_daemonsets": True,
            "pod_selector": "",
            "pods": WORKLOADS * PODS_EACH,
        },
    )
    facts = f.Facts(
        subject=f.Subject("system:serviceaccount:guardrail-system:runner", ("system:authenticated",)),
        target=f.Target(kind="Node", name="node-1", uid="u", resource_version="7", ready=True),
        cluster_info=f.ClusterInfo("", 40, 40),
        disruption=d.Disruption(WORKLOADS * PODS_EACH, groups, budgets),
        capacity=d.Capacity(pods=WORKLOADS * PODS_EACH, placed=WORKLOADS * PODS_EACH, cluster_pods=4000),
        nodes=f.Nodes(total=40, ready=40, schedulable=40, control_plane=3, control_plane_ready=3),
        rbac_permissions=(
            {"verb": "patch", "group": "", "resource": "nodes", "namespace": ""},
            {"verb": "create", "group": "", "resource": "pods/eviction", "namespace": ""},
        ),
        dry_run_result=f.DryRunResult("succeeded"),
    )
    request = Request("DrainNode", {}, time="2026-11-21T03:12:45Z", id="5e0c2a0e-6a0e-4f0c-9d8e-6e1f7c1f0b52")
    return input_document.build(request, plan, facts, Standing(), config)
