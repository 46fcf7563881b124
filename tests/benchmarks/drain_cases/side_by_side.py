# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Each case drained by each tool on a node of its own, all of them prepared the same way.

The three run at the same time. Of our own drains one goes on at a time, because the library wants it so. It also wants
few nodes to be cordoned, whoever did it: a node is taken away as soon as what became of it has been seen.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks.drain_cases import table
from tests.benchmarks.drain_cases.cases import CASES
from tests.benchmarks.drain_cases.prepared import Prepared, Told, prepared
from tests.benchmarks.drain_cases.tools import KUBECTL, OURS, TOOLS, Kubectl, Tasks
from tests.benchmarks.drain_cases.verdict import Outcome, outcome
from tests.benchmarks.playbooks import kubernetes_core
from tests.cluster.cluster import Cluster
from tests.cluster.provider import session_cluster
from tests.conftest import COLLECTIONS
from tests.integration.doors_ansible import AnsibleLine
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies

Outcomes = dict[tuple[str, str], Outcome]

_PREPARED_AT_ONCE = 6
_LIFTED = "lifted"


def main() -> None:
    """Measure and print."""
    python = Path(sys.executable)
    with session_cluster() as cluster, tempfile.TemporaryDirectory() as place:
        admin = PlainClient(cluster.kubeconfig())
        policies = PublishedPolicies(admin, cluster.kubeconfig())
        policies.restore()
        outcomes = side_by_side(cluster, policies, AnsibleLine("", python, python), Path(place))
        policies.close()
        admin.close()
        print("\n".join(table.details(CASES, TOOLS, outcomes)))
        print(f"\n{versions(cluster)}\n")
    print("\n".join(table.markdown(CASES, TOOLS, outcomes)))


def versions(cluster: Cluster) -> str:
    """What is compared with, in words."""
    kubectl = json.loads(cluster.kubectl("version", "--client", "--output=json").stdout)["clientVersion"]["gitVersion"]
    manifest = kubernetes_core() / "ansible_collections" / "kubernetes" / "core" / "MANIFEST.json"
    core = json.loads(manifest.read_text())["collection_info"]["version"]
    return f"Measured with kubectl {kubectl} and kubernetes.core {core}."


def side_by_side(
    cluster: Cluster, policies: PublishedPolicies, line: AnsibleLine, place: Path, tools: Sequence[str] = TOOLS
) -> Outcomes:
    """Drain everything.

    Args:
        policies: Of the cluster; the checkout's library is published.
        line: Runs the playbooks.
        place: An empty directory.

    Returns:
        The outcomes by the case's key and the tool.
    """
    with ExitStack() as stack:
        nodes = _prepare(stack, cluster, policies.admin, place, tools)
        with ThreadPoolExecutor(len(tools)) as executor:
            running = [executor.submit(_drain, tool, nodes[tool], cluster, line, place) for tool in tools]
            outcomes = {cell: found for tool in running for cell, found in tool.result().items()}
        with _lifted(policies, [rule for case in CASES for rule in case.lifted]):
            outcomes |= _drain(OURS, nodes[_LIFTED], cluster, line, place / _LIFTED)
    return outcomes


def _drain(tool: str, nodes: Sequence[Prepared], cluster: Cluster, line: AnsibleLine, place: Path) -> Outcomes:
    outcomes = {}
    for node, told in _run(tool, nodes, cluster, line, place):
        outcomes[node.case.key, tool] = outcome(node, told)
        node.take_away()
    return outcomes


def _run(
    tool: str, nodes: Sequence[Prepared], cluster: Cluster, line: AnsibleLine, place: Path
) -> Iterator[tuple[Prepared, Told]]:
    if tool == KUBECTL:
        return Kubectl(cluster.kubectl_path).drain(nodes)
    run = place / tool
    if tool == OURS:
        return Tasks(tool, line, run, str(COLLECTIONS), at_once=1).drain(nodes)
    return Tasks(tool, line, run, str(kubernetes_core()), at_once=4).drain(nodes)


def _prepare(
    stack: ExitStack, cluster: Cluster, admin: PlainClient, place: Path, tools: Iterable[str]
) -> Mapping[str, list[Prepared]]:
    """The nodes of each tool, and those of the cases with a lifted rule."""
    wanted = [(tool, case) for tool in tools for case in CASES if not case.lifted]
    wanted += [(_LIFTED, case) for case in CASES if case.lifted]
    executor = stack.enter_context(ThreadPoolExecutor(_PREPARED_AT_ONCE))
    opened = [prepared(case, admin, cluster.kubeconfig(), place) for _, case in wanted]

    def close() -> None:
        list(executor.map(lambda node: node.__exit__(None, None, None), opened))

    stack.callback(close)
    nodes: dict[str, list[Prepared]] = {}
    for (owner, _), node in zip(wanted, executor.map(lambda node: node.__enter__(), opened), strict=True):
        nodes.setdefault(owner, []).append(node)
    return nodes


@contextmanager
def _lifted(policies: PublishedPolicies, rules: Iterable[str]) -> Iterator[None]:
    policies.publish(policies.with_config(enforcement=dict.fromkeys(rules, "warn")))
    try:
        yield
    finally:
        policies.restore()
