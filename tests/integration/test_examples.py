# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of every module, taken at its word: its examples run, and what it returns is what it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.admission_site import APPROVALS, SYSTEM, Site
from tests.integration.doors_ansible import PREFIX, Ansible, PlaybookRun, Result, Task, available_lines
from tests.integration.doors_cases import REFUSE, REFUSING, Landing, new_landing
from tests.integration.gate_calls import GateCalls, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import deployment, new_namespace, stateful_set
from tests.integration.small_library import write_library

pytest_plugins = ["tests.integration.gate_fixtures"]

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
# They need an administrator, or somebody who is not the runner.
ADMINISTERED = ("approve_execution", "executor", "policy_library", "policy_library_info")
every_module = pytest.mark.parametrize("module", MODULES)

# The keys that every module of Ansible may return, which is why none documents them.
_COMMON = {"changed", "failed", "warnings", "deprecations", "exception", "invocation", "ansible_facts"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "dict": (dict,),
    "list": (list,),
}
# How a module is made to fail: options over those of its first example.
_FAILING: Mapping[str, Mapping[str, Any]] = {
    "approve_execution": {"execution": "missing"},
    "execution_info": {"since": "yesterday"},
    "execution_undo": {"execution": "missing"},
    "executor": {"manifests": ["/nowhere"]},
    "delete_pod": {"name": "Not_A_Name"},
    "policy_check": {"action": "Dance"},
    "policy_library": {"path": "/nowhere"},
    "policy_library_info": {"kubeconfig": "/nowhere"},
}


# The names of executions and approvals in the examples, and whatever else stands for something else.
WAITING, DONE = "update-image-5e0c2a0e6a0e", "scale-deployment-5e0c2a0e6a0e"
OVERRIDE = "update-image-7d41c09b52af-1f2e3d4c"
_MANIFESTS = {"/srv/guardrail/manifests": str(ROOT / "roles" / "executor" / "files" / "manifests")}

# Modules that end with a denial when they are refused; one that only looks or installs never is.
JUDGING = [module for module in MODULES if not module.endswith("_info") and module != "executor"]
_DENIED: Mapping[str, Mapping[str, Any]] = {
    "approve_execution": {"state": "revoked", "approval": OVERRIDE},
    "policy_library": {"path": "./unsound"},
}
# A node is asked about and drained before others are cordoned, and put back last.
_ORDER = {"policy_check": 0, "drain_node": 1, "uncordon_node": 3}


def documented(module: str, block: str) -> Any:
    """A documentation block of a module, read from its file."""
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == block:
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no {block}")


@dataclass(frozen=True)
class Scene:
    """What the names in the examples stand for.

    Attributes:
        executions: Names of executions and of an approval.
    """

    landing: Landing
    pod_namespace: str
    executions: Mapping[str, str]

    def cast(self, value: Any, module: str) -> Any:
        """An example with its names replaced by those of objects that are there."""
        if isinstance(value, dict):
            return {key: self.cast(entry, module) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.cast(entry, module) for entry in value]
        shop = self.pod_namespace if module == "delete_pod" else self.landing.namespace
        node = self.landing.spare if module in ("cordon_node", "uncordon_node") else self.landing.node
        names = {"shop": shop, "staging-shop": shop, "node-1": node, **_MANIFESTS, **self.executions}
        return names.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def scene(
    cluster: Cluster,
    admin: PlainClient,
    session_policies: PublishedPolicies,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """A Deployment ``web`` and a node with pods; in another namespace a StatefulSet ``web``, whose pod is ``web-0``.

    And an execution that waits for an approval, one that can be undone, and an override whose review is open.
    """
    site = Site(cluster, tmp_path_factory.mktemp("identities"))
    gate = GateCalls(cluster.kubeconfig("runner"), home)
    with new_landing(admin) as landing, new_namespace(admin) as pods, new_namespace(admin, "production") as production:
        admin.apply(stateful_set(pods, "web"), deployment(pods, "shelf"), deployment(production))
        admin.until(path_to("StatefulSet", "web", pods), is_ready)
        done = gate("ScaleDeployment", name="shelf", namespace=pods, replicas=2)
        assert_succeeded(done)
        image = {"web": f"registry.example.com/web@sha256:{'2' * 64}"}
        waiting = gate("UpdateImage", name="web", namespace=production, containers=image)
        assert_failed(waiting, "awaiting_approval", "change-approval.required")
        names = {result: told["execution"]["record"] for result, told in ((WAITING, waiting), (DONE, done))}
        yield Scene(landing, pods, {**names, OVERRIDE: used_override(site)})
    site.clear()


def used_override(site: Site) -> str:
    """Name of an override by somebody else than the administrator; its review is open."""
    override = ("guardrail-override", "")
    commander = site.newcomer("commander", Role=("guardrail-approver", SYSTEM), ClusterRole=override)
    body = site.approval(type="Override", reason="The shop is down", approver=commander.username)
    name = str(commander.create(APPROVALS, body)["metadata"]["name"])
    used = {"consumedBy": "scale-deployment-1", "consumedAt": "2026-01-01T00:00:00Z", "review": {"state": "Open"}}
    assert site.runner.sets(f"{APPROVALS}/{name}", used) == (200, "")
    return name


def is_ready(found: Mapping[str, Any] | None) -> bool:
    """The pod of the StatefulSet is ready."""
    return bool((found or {}).get("status", {}).get("readyReplicas") == 1)


def examples(module: str, scene: Scene) -> list[Task]:
    found: list[Task] = scene.cast(documented(module, "EXAMPLES"), module)
    return [{**task, "name": f"{module}: {task['name']}"} for task in found]


def refusals(module: str, scene: Scene) -> list[Task]:
    """The module denied, where anything is judged, and failing."""
    options = next(task[PREFIX + module] for task in examples(module, scene) if PREFIX + module in task) or {}
    failing = {**options, **_FAILING.get(module, {"name": "missing"})}
    denied = {**options, **_DENIED.get(module, {"reason": REFUSE})}
    denied = scene.cast(denied, module)
    tasks = [{"name": f"{module} denied", PREFIX + module: denied, "ignore_errors": True}]
    tasks += [{"name": f"{module} failing", PREFIX + module: failing, "ignore_errors": True}]
    return tasks if module in JUDGING else tasks[1:]


@pytest.fixture(scope="module")
def run(
    cluster: Cluster,
    admin: PlainClient,
    session_policies: PublishedPolicies,
    scene: Scene,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PlaybookRun]:
    """Everything in one playbook: each module refused, then its examples; those for administrators last."""
    place = tmp_path_factory.mktemp("examples")
    # Where the relative paths of the examples lead: beside the playbook.
    write_library(place / "policies")
    write(place / "our-policies" / "config" / "limits.yaml", "limits:\n  most: 4\n")
    write(place / "unsound" / "kubernetesexecution" / "main.rego", "package other\n")
    session_policies.publish(session_policies.with_rule(REFUSING))
    gated = sorted(set(MODULES) - set(ADMINISTERED), key=lambda module: (_ORDER.get(module, 2), module))
    acting = [task for module in gated for task in (*refusals(module, scene), *examples(module, scene))]
    administering = [task for module in ADMINISTERED for task in (*refusals(module, scene), *examples(module, scene))]
    play = {"hosts": "localhost", "gather_facts": False}
    as_administrator = {"K8S_AUTH_KUBECONFIG": str(cluster.kubeconfig("admin"))}
    ansible = Ansible(available_lines()[0], cluster.kubeconfig("runner"), home, place)
    yield ansible.run([{**play, "tasks": acting}, {**play, "tasks": administering, "environment": as_administrator}])
    session_policies.restore()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


@every_module
def test_the_examples_run(module: str, scene: Scene, run: PlaybookRun) -> None:
    for task in examples(module, scene):
        result = run[task["name"]]
        assert result["failed"] is False, result.get("msg")


@every_module
def test_the_refusals_are_refused(module: str, scene: Scene, run: PlaybookRun) -> None:
    for task in refusals(module, scene):
        result = run[task["name"]]
        denied = result.get("reason") == "denied" or (result.get("decision") or {}).get("allowed") is False
        assert denied if task["name"].endswith("denied") else result["failed"], result["msg"]


@every_module
def test_a_result_has_the_keys_that_are_documented(module: str, scene: Scene, run: PlaybookRun) -> None:
    documentation = documented(module, "RETURN")
    for name, result in results(module, scene, run):
        ends = "failure" if result["failed"] else "success"
        promised = {key for key, entry in documentation.items() if entry["returned"] in ("always", ends)}
        other = {key for key, entry in documentation.items() if entry["returned"] in ("failure", "success")} - promised
        assert promised <= result.keys(), f"{name}: missing"
        assert result.keys() - _COMMON <= documentation.keys(), f"{name}: not documented"
        assert not other & result.keys(), f"{name}: documented for another end"


@every_module
def test_a_result_has_the_types_that_are_documented(module: str, scene: Scene, run: PlaybookRun) -> None:
    documentation = documented(module, "RETURN")
    for name, result in results(module, scene, run):
        for key in documentation.keys() & result.keys():
            assert_shaped(result[key], documentation[key], f"{name}: {key}")


@every_module
def test_every_documented_key_is_returned_at_some_end(module: str, scene: Scene, run: PlaybookRun) -> None:
    seen = {key for _, result in results(module, scene, run) for key in result}
    assert documented(module, "RETURN").keys() <= seen


def results(module: str, scene: Scene, run: PlaybookRun) -> list[tuple[str, Result]]:
    """Name and result of every task of the module itself."""
    tasks = [task for task in (*examples(module, scene), *refusals(module, scene)) if PREFIX + module in task]
    return [(task["name"], visible(run[task["name"]])) for task in tasks]


def visible(result: Result) -> Result:
    return {key: value for key, value in result.items() if not key.startswith("_ansible_")}


def assert_shaped(value: Any, entry: Mapping[str, Any], place: str) -> None:
    """The value is of the documented type, and a mapping has the documented keys and no others."""
    if value is None:
        assert "null" in str(entry["description"]), f"{place} is null, which is not documented"
        return
    assert isinstance(value, _TYPES[entry["type"]]), f"{place} is a {type(value).__name__}, not a {entry['type']}"
    if isinstance(value, list) and "elements" in entry:
        kinds = _TYPES[entry["elements"]]
        assert all(isinstance(element, kinds) for element in value), f"{place} has other elements than documented"
        for element in value if "contains" in entry else ():
            assert_shaped(element, {**entry, "type": "dict"}, f"{place}[]")
    if isinstance(value, dict) and "contains" in entry:
        assert value.keys() == entry["contains"].keys(), f"{place} has other keys than documented"
        for key, inner in entry["contains"].items():
            assert_shaped(value[key], inner, f"{place}.{key}")
