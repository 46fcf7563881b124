# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both doors give the same result for the same task: every module, every way to end, both ansible-core lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.doors_ansible import Ansible, AnsibleLine, PlaybookRun, available_lines, line_parameters
from tests.integration.doors_cases import (
    ACTING_CASES,
    REFUSING,
    Case,
    Landing,
    assert_told,
    comparable,
    new_landing,
    reading_cases,
)
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_stage import Stage

pytest_plugins = ["tests.integration.gate_fixtures"]

DOORS = ("in process", "as a module")
READING_CASES = reading_cases()
CASES = (*READING_CASES, *ACTING_CASES)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
every_line = pytest.mark.parametrize("line", line_parameters())
every_door = pytest.mark.parametrize("door", DOORS)


@dataclass(frozen=True)
class Run:
    """One playbook through one door with one line of ansible-core."""

    line: AnsibleLine
    door: str
    ansible: Ansible

    def play(self, cases: Sequence[Case], scene: object) -> PlaybookRun:
        interpreter = self.line.python if self.door == "in process" else self.line.other_python
        tasks = [self.ansible.as_task(c.id, c.module, c.options(scene), **c.keywords) for c in cases]
        return self.ansible.play(tasks, vars={"ansible_python_interpreter": str(interpreter)})


Results = dict[tuple[str, str, str], PlaybookRun]


@pytest.fixture(scope="module")
def runs(
    cluster: Cluster,
    admin: PlainClient,
    session_policies: PublishedPolicies,
    stage: Stage,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Results]:
    """The run of each case by line, door and name of the case. Two run at a time; those that read come first."""
    place = tmp_path_factory.mktemp("doors")
    kubeconfig = cluster.kubeconfig("runner")
    pairs = [(line, door) for line in available_lines() for door in DOORS]

    def run(line: AnsibleLine, door: str, what: str) -> Run:
        return Run(line, door, Ansible(line, kubeconfig, home, place / f"{line.name}-{door.replace(' ', '-')}-{what}"))

    session_policies.publish(session_policies.with_rule(REFUSING))
    found: Results = {}
    with ThreadPoolExecutor(2) as pool, ExitStack() as stack:
        landings = pool.map(lambda _: stack.enter_context(new_landing(admin)), pairs)
        reading = {pair: pool.submit(run(*pair, "reading").play, READING_CASES, stage) for pair in pairs}
        acting = {
            pair: pool.submit(_acted, run(*pair, "acting"), landing, admin)
            for pair, landing in zip(pairs, landings, strict=True)
        }
        for cases, futures in ((READING_CASES, reading), (ACTING_CASES, acting)):
            for (line, door), future in futures.items():
                found |= {(line.name, door, case.id): future.result() for case in cases}
        session_policies.restore()
        yield found


def _acted(run: Run, landing: Landing, admin: PlainClient) -> PlaybookRun:
    try:
        return run.play(ACTING_CASES, landing)
    finally:
        # Only so many nodes of the cluster may be cordoned at once, and other runs cordon some too.
        admin.patch(path_to("Node", landing.node), {"spec": {"unschedulable": None}})


def test_every_module_with_an_action_plugin_is_compared() -> None:
    plugins = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}
    assert {case.module for case in CASES} == plugins


@every_line
@every_case
def test_both_doors_give_the_same_result(case: Case, line: AnsibleLine, runs: Results) -> None:
    in_process, as_module = (runs[line.name, door, case.id][case.id] for door in DOORS)
    assert_told(in_process, case)
    assert comparable(as_module) == comparable(in_process)
    assert "Traceback" not in f"{in_process}{as_module}"


def test_an_approval_serves_whatever_door_and_line_asks(runs: Results) -> None:
    """The digest that it names is that of the same request on the same object."""
    asked = 0
    for case in READING_CASES:
        results = [runs[line.name, door, case.id][case.id] for line in available_lines() for door in DOORS]
        digests = {result["execution"]["digest"] for result in results if result.get("execution")}
        assert len(digests) <= 1, case.id
        asked += digests not in (set(), {""})
    assert asked > len(ACTIONS), "in check mode, and what is denied"


@every_case
def test_both_lines_give_the_same_result(case: Case, runs: Results) -> None:
    first, *others = (comparable(runs[line.name, "in process", case.id][case.id]) for line in available_lines())
    if not others:
        pytest.skip("one line of ansible-core is not here")
    assert others == [first]


@every_line
@every_door
@every_case
def test_a_task_goes_through_the_door_that_its_interpreter_asks_for(
    case: Case, door: str, line: AnsibleLine, runs: Results
) -> None:
    # Options that do not fit are told before either door.
    packed = door == "as a module" and not case.id.endswith("with wrong options")
    assert runs[line.name, door, case.id].ran_as_module(case.id) is packed


@every_line
def test_a_drain_in_process_shows_its_progress(line: AnsibleLine, runs: Results) -> None:
    output = runs[line.name, "in process", "drain_node acts"].output
    shown = [text for text in output.splitlines() if text.startswith("DrainNode gate-")]
    assert any("/4 evicted" in text for text in shown), output
