# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module promises, held against what it does. Options, attributes, group: tests/unit/structure; examples and
RETURN: test_examples.py; that check mode and a denial write nothing under any circumstances: test_gate_no_write_before_allow.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from tests.cluster.cluster import Cluster
from tests.integration.contract_diffs import Live, Shown, restarted_at, shown
from tests.integration.contract_metadata import MODULES, assert_as_documented, attribute
from tests.integration.doors_ansible import PREFIX, Task
from tests.integration.doors_cases import ACTING_CASES, comparable, module_of_action, new_landing
from tests.integration.examples_run import AGAIN, CHECK, JUDGING, Told, examples, thrice
from tests.integration.gate_calls import GateCalls, Result, assert_succeeded
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_records import Records, is_own_record

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.examples_fixtures"]
every_action = pytest.mark.parametrize("action", ACTIONS)


LOOKING = [module for module in MODULES if module.endswith("_info")]
WRITING = [module for module in MODULES if module not in LOOKING]
every_writing_module = pytest.mark.parametrize("module", WRITING)


def own_examples(module: str, told: Told) -> list[Task]:
    """The examples that are about the module itself."""
    return [task for task in examples(module, told.scene) if PREFIX + module in task]


def repeated(module: str, told: Told) -> list[Task]:
    """Those that were run in check mode, as they stand, and once more."""
    return [task for task in own_examples(module, told) if len(thrice(task)) > 1]


@pytest.mark.parametrize("module", LOOKING)
def test_a_module_that_looks_writes_nothing(module: str, told: Told) -> None:
    for task in own_examples(module, told):
        assert (told.writes(task["name"]), told[task["name"]]["changed"]) == ([], False)


@every_writing_module
def test_check_mode_writes_nothing_and_tells_what_will_be(module: str, told: Told) -> None:
    for task in repeated(module, told):
        name = task["name"]
        would, did = told[name + CHECK], told[name]
        assert told.writes(name + CHECK) == [], name
        assert bool(told.writes(name)) is did["changed"], name
        assert (would["failed"], would["changed"]) == (False, did["changed"]), would.get("msg")
        assert comparable(would.get("diff")) == comparable(did.get("diff"))


@every_writing_module
def test_the_second_run_is_what_is_documented(module: str, told: Told) -> None:
    idempotent = attribute(module, "idempotent")
    assert idempotent["support"] == "full" or idempotent.get("details"), "say why not"
    for task in repeated(module, told):
        name = task["name"]
        again = told[name + AGAIN]
        if again["failed"]:
            assert again["code"] in str(idempotent.get("details")), again["msg"]
        elif idempotent["support"] == "full" and "lookup(" not in str(task):  # which is another value each time
            assert (again["changed"], told.writes(name + AGAIN)) == (False, []), again.get("msg")


@pytest.mark.parametrize("module", JUDGING)
def test_a_denial_writes_nothing_beside_its_record(module: str, told: Told) -> None:
    written = [it for it in told.writes(f"{module} denied") if it.status is not None and it.status < 300]
    assert [str(it) for it in written if not is_own_record(it)] == []
    assert told[f"{module} denied"]["changed"] is False


@dataclass(frozen=True)
class Act:
    """One action in check mode and carried out, and what there was to be seen before and after.

    Attributes:
        restarted: Workloads that it has restarted besides.
    """

    would: Result
    did: Result
    before: Shown
    after: Shown
    restarted: list[str]


@pytest.fixture(scope="module")
def acts(
    cluster: Cluster, admin: PlainClient, session_policies: PublishedPolicies, home: Path
) -> Iterator[Mapping[str, Act]]:
    """Every action, one after another, under the checkout's library."""
    Records(admin).forget_the_past()
    session_policies.restore()
    gate = GateCalls(cluster.kubeconfig("runner"), home)
    by_module = {module_of_action(action): action for action in ACTIONS}
    found: dict[str, Act] = {}
    with new_landing(admin) as landing:
        for case in ACTING_CASES:
            if case.id.endswith(" acts") and case.module in by_module:
                action, options = by_module[case.module], case.options(landing)
                live = Live(admin, options, {})
                times, before = restarted_at(live), shown(action, live)
                would, did = gate(action, check_mode=True, **options), gate(action, **options)
                restarted = [workload for workload, time in restarted_at(live).items() if time != times[workload]]
                found[action] = Act(would, did, before, shown(action, live), restarted)
        yield found


@every_action
def test_the_diff_is_what_changes_and_nothing_else(action: str, acts: Mapping[str, Act]) -> None:
    act = acts[action]
    assert_succeeded(act.did)
    assert act.before != act.after
    told, restarts = act.did["diff"], {"restarts": act.restarted} if act.restarted else {}
    if action == "UpdateSecret":  # marks stand for the values
        assert [set(told[side]["keys"]) for side in ("before", "after")] == [set(act.before["keys"])] * 2
        assert (told["before"]["keys"] != told["after"]["keys"], told["after"].keys()) == (True, {"keys", *restarts})
    else:
        assert told == {"before": act.before, "after": {**act.after, **restarts}}
    assert comparable(act.would["diff"]) == comparable(told)


@every_action
def test_a_result_in_process_is_what_is_documented(action: str, acts: Mapping[str, Act]) -> None:
    for result in (acts[action].would, acts[action].did):
        assert_as_documented(module_of_action(action), result, action)
