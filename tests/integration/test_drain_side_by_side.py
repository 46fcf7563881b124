# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Nodes that are hard to drain, drained side by side by us, ``kubectl drain`` and ``kubernetes.core.k8s_drain``.

What is right is the same for all of them and stands in the cases. Of the others it is only told, here and in
``docs/drain.md``, what they do.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.benchmarks.drain_cases import table
from tests.benchmarks.drain_cases.cases import CASES, Case
from tests.benchmarks.drain_cases.side_by_side import Outcomes, side_by_side, versions
from tests.benchmarks.drain_cases.tools import K8S_DRAIN, OURS, TOOLS
from tests.benchmarks.playbooks import kubernetes_core
from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.doors_ansible import available_lines
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_records import Records

pytest_plugins = ["tests.integration.gate_fixtures"]

# What a tool gets done in less than this depends on what else the machine does.
_SHORT_S = 10
_DOCUMENT = ROOT / "docs" / "drain.md"


@pytest.fixture(scope="module")
def tools() -> Sequence[str]:
    """Those that can be had here: kubernetes.core comes from the package index."""
    try:
        kubernetes_core()
    except subprocess.CalledProcessError as error:
        sys.stdout.write(f"Not measured: {K8S_DRAIN} ({error}).\n")
        return [tool for tool in TOOLS if tool != K8S_DRAIN]
    return TOOLS


@pytest.fixture(scope="module")
def outcomes(
    cluster: Cluster,
    admin: PlainClient,
    session_policies: PublishedPolicies,
    tools: Sequence[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Outcomes:
    """Everything drained once."""
    session_policies.restore()
    Records(admin).forget_the_past()
    line = available_lines()[0]
    found = side_by_side(cluster, session_policies, line, tmp_path_factory.mktemp("drains"), tools)
    sys.stdout.write("\n".join(table.details(CASES, tools, found)))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_ours_is_right(case: Case, outcomes: Outcomes) -> None:
    ours = outcomes[case.key, OURS]
    assert ours.wrong == (), f"{ours.how}\n{ours.told.text[:3000]}"


def test_the_documented_table_says_of_ours_what_was_measured(outcomes: Outcomes) -> None:
    documented = _DOCUMENT.read_text()
    assert "\n".join(table.reasons(CASES)) in documented
    assert {case.title: table.cell(outcomes[case.key, OURS]) for case in CASES} == _column(documented, OURS)


def test_the_documented_table_says_of_the_others_what_was_measured(
    outcomes: Outcomes, tools: Sequence[str], cluster: Cluster
) -> None:
    documented = _DOCUMENT.read_text()
    if K8S_DRAIN not in tools or versions(cluster) not in documented:
        pytest.skip("docs/drain.md was measured with other versions: python -m tests.benchmarks drain-cases")
    cases = [case for case in CASES if case.asked.deadline_s > _SHORT_S]
    for tool in (tool for tool in tools if tool != OURS):
        column = _column(documented, tool)
        measured = {case.title: table.cell(outcomes.get((case.key, tool))) for case in cases}
        assert measured == {case.title: column[case.title] for case in cases}, tool


def _column(documented: str, tool: str) -> dict[str, str]:
    """Title of the case to the cell of a tool, in the table of the outcomes."""
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in documented.splitlines() if line[:2] == "| "
    ]
    head = next(index for index, row in enumerate(rows) if f"`{tool}`" in row)
    position = rows[head].index(f"`{tool}`")
    return {row[0]: row[position] for row in rows[head + 2 : head + 2 + len(CASES)]}
