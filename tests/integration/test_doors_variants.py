# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to reach the doors: delegation, become, async, environments, control flow, defaults and claims."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.integration.doors_ansible import Ansible, AnsibleLine, PlaybookRun, Result, available_lines, line_parameters
from tests.integration.doors_cases import REFUSING, comparable
from tests.integration.doors_variants import Credentials, Variants, new_credentials
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import deployment, new_namespace, settled_deployment

pytest_plugins = ["tests.integration.gate_fixtures"]

CAN_BECOME = os.geteuid() == 0 and shutil.which("su") is not None
needs_become = pytest.mark.skipif(not CAN_BECOME, reason="become without a password needs root and su")
every_line = pytest.mark.parametrize("line", line_parameters())
IN_PROCESS, AS_A_MODULE = "in process", "as a module"
# What ansible-core adds to the result of a delegated task.
_UNDELEGATED = {"_ansible_delegated_vars": None}


@pytest.fixture(scope="module")
def credentials(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return new_credentials(cluster.kubeconfig("runner"), tmp_path_factory.mktemp("credentials"))


@pytest.fixture(scope="module")
def runs(
    admin: PlainClient,
    session_policies: PublishedPolicies,
    credentials: Credentials,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, PlaybookRun]]:
    """The playbook with all variants, run once with every line; by name of the line."""
    place = tmp_path_factory.mktemp("variants")
    session_policies.publish(session_policies.with_rule(REFUSING))

    def run(line: AnsibleLine) -> PlaybookRun:
        namespace = stack.enter_context(new_namespace(admin))
        admin.apply(deployment(namespace, "slow"))
        settled_deployment(admin, namespace)
        own = place / line.name
        own.mkdir()
        # Beside the playbook, where a relative path leads.
        shutil.copy(credentials.path, own)
        settings = {"ANSIBLE_BECOME_ALLOW_SAME_USER": "true"}
        ansible = Ansible(line, None, home, own, environ=settings)
        web = {"name": "web", "namespace": namespace, "replicas": 3}
        return Variants(ansible, credentials, web, root=CAN_BECOME).run()

    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        lines = available_lines()
        yield dict(zip([line.name for line in lines], pool.map(run, lines), strict=True))
    session_policies.restore()


@pytest.fixture
def run(line: AnsibleLine, runs: dict[str, PlaybookRun]) -> PlaybookRun:
    return runs[line.name]


def assert_judged(result: Result) -> None:
    """What the scale in check mode comes to, whatever way it went."""
    told = (result["failed"], result["changed"], result["diff"])
    assert told == (False, True, {"before": {"replicas": 1}, "after": {"replicas": 3}}), result["msg"]
    assert result["decision"]["allowed"] is True


WAYS = {
    "delegate to localhost": IN_PROCESS,
    "delegate to a templated interpreter": IN_PROCESS,
    "delegate to another interpreter": AS_A_MODULE,
    "templated interpreter": IN_PROCESS,
    "become": AS_A_MODULE,
    "become by variable": AS_A_MODULE,
}
WAYS |= {
    f"{way} {door}": door
    for way in ("environment", "exec plugin", "short name", "relative path", "inline")
    for door in (IN_PROCESS, AS_A_MODULE)
}


@every_line
@pytest.mark.parametrize(
    ("task", "door"),
    [pytest.param(*way, marks=needs_become if way[0].startswith("become") else ()) for way in WAYS.items()],
)
def test_a_task_reaches_the_cluster_through_the_door_it_needs(
    task: str, door: str, line: AnsibleLine, run: PlaybookRun
) -> None:
    assert_judged(run[task])
    assert run.ran_as_module(task) is (door == AS_A_MODULE)


@every_line
def test_the_result_is_the_same_whatever_way_it_went(line: AnsibleLine, run: PlaybookRun) -> None:
    first, *others = ({**comparable(run[way]), **_UNDELEGATED} for way in WAYS if CAN_BECOME or "become" not in way)
    assert others == [first] * len(others)


@every_line
def test_an_asynchronous_task_runs_as_a_module_and_returns_its_result(line: AnsibleLine, run: PlaybookRun) -> None:
    result = run["async with poll"]
    assert (result["failed"], result["changed"]) == (False, True), result["msg"]
    assert result["diff"] == {"before": {"replicas": 1}, "after": {"replicas": 2}}
    assert result["execution"]["requester"].endswith(":runner")
    assert run.ran_as_module("async with poll")


@every_line
def test_an_asynchronous_denial_is_told_when_its_job_is_asked(line: AnsibleLine, run: PlaybookRun) -> None:
    result = run["async later"]
    told = (result["failed"], result["changed"], result["reason"], result["code"])
    assert told == (True, False, "denied", "extra.refused")
    assert result["decision"]["allowed"] is False


@every_line
def test_an_exec_plugin_without_its_variable_is_told_in_words(line: AnsibleLine, run: PlaybookRun) -> None:
    result = run["exec plugin without its variable"]
    assert (result["failed"], result["changed"], result["reason"]) == (True, False, "unreachable")
    assert "Traceback" not in result["msg"]
    assert result["msg"].count("\n") == 0


@every_line
@pytest.mark.parametrize("door", [IN_PROCESS, AS_A_MODULE])
def test_without_a_kubeconfig_a_task_says_how_to_name_one(door: str, line: AnsibleLine, run: PlaybookRun) -> None:
    result = run[f"nothing {door}"]
    assert (result["reason"], result["code"]) == ("unreachable", "connection.no-cluster")
    assert "K8S_AUTH_KUBECONFIG" in result["msg"]


@every_line
def test_every_item_of_a_loop_has_its_own_result(line: AnsibleLine, run: PlaybookRun) -> None:
    allowed, missing = run["loop"]["results"]
    assert_judged({"failed": False, **allowed})
    assert (missing["reason"], missing["code"]) == ("invalid_parameters", "target.not-found")


@every_line
@pytest.mark.parametrize(("task", "attempts"), [("until not transient", 1), ("until success", 2)])
def test_until_sees_the_reason_and_alone_decides_on_another_attempt(
    task: str, attempts: int, line: AnsibleLine, run: PlaybookRun
) -> None:
    result = run[task]
    assert (result["reason"], result["attempts"]) == ("denied", attempts)
    assert result["execution"]["attempts"] == 1


@every_line
def test_a_rescue_sees_the_decision(line: AnsibleLine, run: PlaybookRun) -> None:
    told = run["rescue"]["msg"]
    assert (told["reason"], told["code"]) == ("denied", "extra.refused")
    assert [violation["code"] for violation in told["decision"]["violations"]] == ["extra.refused"]


@every_line
@pytest.mark.parametrize("door", [IN_PROCESS, AS_A_MODULE])
def test_what_the_launcher_says_reaches_the_policies_as_claims(door: str, line: AnsibleLine, run: PlaybookRun) -> None:
    assert run[f"claims {door}"]["input"]["request"]["claims"] == {
        "awx_job_id": 42,
        "awx_user_name": "stated",
        "tower_job_id": 42,
        "eda_ruleset": "alerts",
        "eda_rule": "disk full",
    }
    assert run.ran_as_module(f"claims {door}") is (door == AS_A_MODULE)


@every_line
def test_claims_may_be_given_as_text_and_not_as_something_else(line: AnsibleLine, run: PlaybookRun) -> None:
    assert run["claims as text"]["input"]["request"]["claims"] == {"awx_job_id": 7}
    assert run["claims of no kind"]["code"] == "request.options-invalid"


@every_line
def test_the_credentials_of_an_inline_kubeconfig_are_shown_nowhere(
    line: AnsibleLine, run: PlaybookRun, credentials: Credentials
) -> None:
    assert credentials.token not in run.output
    assert credentials.token not in str(run.results)


@every_line
def test_module_defaults_of_the_group_reach_every_module(line: AnsibleLine, run: PlaybookRun) -> None:
    assert run["library info"]["published"] is True
