# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Without the policy engine or the Kubernetes client every door says so in one sentence, and denies or gives up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.doors_ansible import Ansible, AnsibleLine, PlaybookRun, available_lines, line_parameters
from tests.integration.gate_calls import assert_failed, assert_whole
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import new_namespace, settled_deployment

pytest_plugins = ["tests.integration.gate_fixtures"]

every_line = pytest.mark.parametrize("line", line_parameters())


@dataclass(frozen=True)
class Missing:
    """A package that cannot be imported, and how tasks end then."""

    package: str
    reason: str
    code: str


MISSING = (
    Missing("regopy", "denied", "policy.engine-missing"),
    Missing("kubernetes", "unreachable", "connection.client-missing"),
)
every_missing = pytest.mark.parametrize("missing", MISSING, ids=lambda missing: missing.package)
Runs = Mapping[tuple[str, str], PlaybookRun]


@pytest.fixture(scope="module")
def shop(admin: PlainClient) -> Iterator[str]:
    """A development namespace with a Deployment ``web`` of one pod."""
    with new_namespace(admin) as name:
        settled_deployment(admin, name)
        yield name


@pytest.fixture(scope="module")
def runs(
    cluster: Cluster,
    session_policies: PublishedPolicies,
    shop: str,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Runs:
    """By line and missing package, both for the controller and for the interpreter that it leaves tasks to."""
    place = tmp_path_factory.mktemp("missing")

    def run(line: AnsibleLine, missing: Missing) -> PlaybookRun:
        own = place / f"{line.name}-{missing.package}"
        stub = own / "stub" / f"{missing.package}.py"
        stub.parent.mkdir(parents=True)
        stub.write_text(f'raise ModuleNotFoundError("No module named {missing.package}", name="{missing.package}")\n')
        environ = {"PYTHONPATH": str(stub.parent)}
        ansible = Ansible(line, cluster.kubeconfig("runner"), home, own, environ=environ)
        web = {"name": "web", "namespace": shop, "replicas": 2}
        judged = {"policy_path": f"{ROOT}/policies", "input": {"action": "ScaleDeployment"}}
        return ansible.play(
            [
                ansible.as_task("scale", "scale_deployment", web),
                ansible.as_task("judged without a cluster", "policy_check", judged),
            ],
            vars={"ansible_python_interpreter": str(line.python)},
        )

    with ThreadPoolExecutor(2) as pool:
        futures: dict[tuple[str, str], Future[PlaybookRun]] = {
            (line.name, missing.package): pool.submit(run, line, missing)
            for line in available_lines()
            for missing in MISSING
        }
        return {key: future.result() for key, future in futures.items()}


@every_line
@every_missing
def test_a_task_ends_with_a_sentence_that_names_the_missing_package(
    missing: Missing, line: AnsibleLine, runs: Runs
) -> None:
    run = runs[line.name, missing.package]
    result = run["scale"]
    assert_whole(result)
    assert_failed(result, missing.reason, missing.code)
    assert missing.package in result["msg"]
    assert "\n" not in result["msg"]
    assert "Traceback" not in run.output


@every_line
@every_missing
def test_a_controller_without_the_package_leaves_the_task_to_an_interpreter(
    missing: Missing, line: AnsibleLine, runs: Runs
) -> None:
    assert runs[line.name, missing.package].ran_as_module("scale")


def test_nothing_was_changed(runs: Runs, shop: str, admin: PlainClient) -> None:
    assert admin.get(path_to("Deployment", "web", shop))["spec"]["replicas"] == 1


@every_line
def test_a_document_is_judged_without_the_kubernetes_client(line: AnsibleLine, runs: Runs) -> None:
    result = runs[line.name, "kubernetes"]["judged without a cluster"]
    assert (result["failed"], result["decision"]["engine"]["name"]) == (False, "regopy")


@every_line
def test_a_document_is_denied_without_the_engine(line: AnsibleLine, runs: Runs) -> None:
    result = runs[line.name, "regopy"]["judged without a cluster"]
    assert [violation["code"] for violation in result["decision"]["violations"]] == ["policy.engine-missing"]
