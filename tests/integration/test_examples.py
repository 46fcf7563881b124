# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of every module, taken at its word: its examples run, and what it returns is what it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.doors_ansible import PREFIX, Ansible, PlaybookRun, Task, available_lines
from tests.integration.doors_cases import REFUSE, REFUSING, Landing, new_landing
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import is_settled, stateful_set

pytest_plugins = ["tests.integration.gate_fixtures"]

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
LIBRARY_MODULES = ("policy_library", "policy_library_info")
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
    "delete_pod": {"name": "Not_A_Name"},
    "policy_check": {"action": "Dance"},
    "policy_library": {"path": "/nowhere"},
    "policy_library_info": {"host": "https://127.0.0.1:1", "kubeconfig": ""},
}


def documented(module: str, block: str) -> Any:
    """A documentation block of a module, read from its file."""
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == block:
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no {block}")


@dataclass(frozen=True)
class Scene:
    """What the names in the examples stand for."""

    landing: Landing
    pod_namespace: str

    def cast(self, value: Any, module: str) -> Any:
        """An example with its names replaced by those of objects that are there."""
        if isinstance(value, dict):
            return {key: self.cast(entry, module) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.cast(entry, module) for entry in value]
        shop = self.pod_namespace if module == "delete_pod" else self.landing.namespace
        node = self.landing.spare if module in ("cordon_node", "uncordon_node") else self.landing.node
        names = {"shop": shop, "staging-shop": shop, "node-1": node}
        return names.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def scene(admin: PlainClient) -> Iterator[Scene]:
    """A Deployment ``web`` and a node with pods; in another namespace a StatefulSet ``web``, whose first pod is ``web-0``."""
    with ExitStack() as stack:
        landing, other = (stack.enter_context(new_landing(admin)) for _ in range(2))
        admin.apply(stateful_set(other.namespace, "web", replicas=2, containers=[{"name": "web", "image": "web:1"}]))
        admin.until(path_to("StatefulSet", "web", other.namespace), is_complete)
        yield Scene(landing, other.namespace)


def is_complete(found: Mapping[str, Any] | None) -> bool:
    """Both pods of the StatefulSet are ready."""
    return (found or {}).get("status", {}).get("readyReplicas") == 2


def examples(module: str, scene: Scene) -> list[Task]:
    found: list[Task] = scene.cast(documented(module, "EXAMPLES"), module)
    return [{**task, "name": f"{module}: {task['name']}"} for task in found]


def refusals(module: str, scene: Scene) -> Iterator[Task]:
    """The module denied, where it asks the library, and failing."""
    task = next(task for task in examples(module, scene) if PREFIX + module in task)
    options = task[PREFIX + module] or {}
    failing = {**options, **_FAILING.get(module, {"name": "missing"})}
    unsound = {"policy_library": {"path": "./unsound"}}
    denied = {**options, **unsound.get(module, {"reason": REFUSE})}
    if module != "policy_library_info":
        yield {"name": f"{module} denied", PREFIX + module: denied, "ignore_errors": True}
    yield {"name": f"{module} failing", PREFIX + module: failing, "ignore_errors": True}


@pytest.fixture(scope="module")
def run(
    cluster: Cluster,
    admin: PlainClient,
    session_policies: PublishedPolicies,
    scene: Scene,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PlaybookRun]:
    """Everything in one playbook, those modules first that come first when a node is replaced."""
    place = tmp_path_factory.mktemp("examples")
    # Where the examples' relative paths lead: beside the playbook.
    (place / "policies").symlink_to(f"{ROOT}/policies/", target_is_directory=True)
    (place / "unsound" / "kubernetesexecution").mkdir(parents=True)
    (place / "unsound" / "kubernetesexecution" / "main.rego").write_text("package other\n")
    (place / "our-policies" / "config").mkdir(parents=True)
    (place / "our-policies" / "config" / "limits.yaml").write_text("limits:\n  replica_ceiling: 30\n")
    session_policies.publish(session_policies.with_rule(REFUSING))
    gated = [module for module in MODULES if module not in LIBRARY_MODULES]
    tasks = [task for module in gated for task in refusals(module, scene)]
    acting = sorted(gated, key=lambda module: ("policy", "drain", "cordon", "uncordon").index(_kind(module)))
    for module in acting:
        tasks += examples(module, scene)
    ansible = Ansible(available_lines()[0], cluster.kubeconfig("runner"), home, place)
    plays = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    as_administrator = {"K8S_AUTH_KUBECONFIG": str(cluster.kubeconfig("admin"))}
    tasks = [task for module in LIBRARY_MODULES for task in (*examples(module, scene), *refusals(module, scene))]
    plays.append({**plays[0], "environment": as_administrator, "tasks": tasks})
    yield ansible.run(plays)
    admin.patch(path_to("Node", scene.landing.node), {"spec": {"unschedulable": None}})
    session_policies.restore()
