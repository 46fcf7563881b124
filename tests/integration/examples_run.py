# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of every module on a real cluster: once in check mode, once as they stand, once more; and their refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.overlay import overlaid
from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.admission_site import APPROVALS, SYSTEM, Site
from tests.integration.api_proxy import ApiProxy
from tests.integration.contract_metadata import MODULES, documented
from tests.integration.doors_ansible import PREFIX, Ansible, PlaybookRun, Result, Task, available_lines
from tests.integration.doors_cases import REFUSE, Landing, new_landing
from tests.integration.gate_calls import GateCalls, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import autoscaler, deployment, new_namespace, stateful_set
from tests.integration.gate_records import RECORDS
from tests.integration.recording import RecordedRequest
from tests.integration.small_library import write_library
from tests.policy.engines import run_opa

CHECK, AGAIN = " (in check mode)", " (once more)"
# They need an administrator, or somebody who is not the runner.
ADMINISTERED = ("approve_execution", "executor", "policy_library", "policy_library_info")
# How a module is made to fail: options over those of its first example.
_FAILING: Mapping[str, Mapping[str, Any]] = {
    "approve_execution": {"execution": "missing"},
    "execution_info": {"since": "yesterday"},
    "execution_undo": {"execution": "missing"},
    "executor": {"manifests": ["/nowhere"]},
    **{f"delete_{kind}": {"name": "Not_A_Name"} for kind in ("pod", "deployment", "statefulset", "service")},
    "policy_check": {"action": "Dance"},
    "policy_library": {"path": "/nowhere"},
    "policy_library_info": {"kubeconfig": "/nowhere"},
}


# The names of executions and approvals in the examples, and whatever else stands for something else.
WAITING, DONE = "update-image-5e0c2a0e6a0e", "scale-deployment-5e0c2a0e6a0e"
OVERRIDE = "update-image-7d41c09b52af-1f2e3d4c"
EARLIER = "5b2f0e1f8a3c"  # a version of the library
_TRAIL = "/var/log/guardrail/audit.jsonl"
_MANIFESTS = {"/srv/guardrail/manifests": str(ROOT / "roles" / "executor" / "files" / "manifests")}

# Modules that end with a denial when they are refused; one that only looks or installs never is.
JUDGING = [module for module in MODULES if not module.endswith("_info") and module != "executor"]
_DENIED: Mapping[str, Mapping[str, Any]] = {
    "approve_execution": {"state": "revoked", "approval": OVERRIDE},
    "policy_library": {"path": "./unsound"},
}
# A node is asked about and drained before others are cordoned, and put back last. A pod of ``web`` is named before others
# take its place, and there is a release to take back once there was one.
ORDER = {"policy_check": 0, "drain_node": 1, "quarantine_pod": 1, "rollback_deployment": 3, "uncordon_node": 3}


@dataclass(frozen=True)
class Scene:
    """What the names in the examples stand for.

    Attributes:
        executions: Names of executions and of an approval, and the revision of a library.
        trail: An audit log.
    """

    landing: Landing
    pod_namespace: str
    executions: Mapping[str, str]
    trail: Path

    def cast(self, value: Any, module: str) -> Any:
        """An example with its names replaced by those of objects that are there."""
        if isinstance(value, dict):
            return {key: self.cast(entry, module) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.cast(entry, module) for entry in value]
        shop = self.pod_namespace if module == "delete_pod" else self.landing.namespace
        node = self.landing.spare if module in ("cordon_node", "uncordon_node") else self.landing.node
        pod = self.landing.suspect if module == "quarantine_pod" else "web-0"
        files = {**_MANIFESTS, _TRAIL: str(self.trail)}
        names = {"web-0": pod, "shop": shop, "staging-shop": shop, "node-1": node, **files, **self.executions}
        return names.get(value, value) if isinstance(value, str) else value


@contextmanager
def new_scene(cluster: Cluster, admin: PlainClient, home: Path, place: Path) -> Iterator[Scene]:
    """A shop, a node with pods, and in another namespace a StatefulSet ``web``, whose pod is ``web-0``.

    And an execution that waits for an approval, one that can be undone, and an override whose review is open.
    """
    site = Site(cluster, place)
    gate = GateCalls(cluster.kubeconfig("runner"), home)
    with new_landing(admin) as landing, new_namespace(admin) as pods, new_namespace(admin, "production") as production:
        admin.apply(
            autoscaler(landing.namespace), stateful_set(pods, "web"), deployment(pods, "shelf"), deployment(production)
        )
        admin.until(path_to("StatefulSet", "web", pods), is_ready)
        trail = place / "audit.jsonl"
        done = gate("ScaleDeployment", name="shelf", namespace=pods, replicas=2, audit_log=str(trail))
        assert_succeeded(done)
        image = {"web": f"registry.example.com/web@sha256:{'2' * 64}"}
        waiting = gate("UpdateImage", name="web", namespace=production, containers=image)
        assert_failed(waiting, "awaiting_approval", "change-approval.required")
        names = {result: told["execution"]["record"] for result, told in ((WAITING, waiting), (DONE, done))}
        yield Scene(landing, pods, {**names, OVERRIDE: used_override(site)}, trail)
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


def thrice(task: Task) -> list[Task]:
    """An example in check mode, as it stands, and once more. What changes nothing by itself: as it stands."""
    if "check_mode" in task or not any(key.startswith(PREFIX) and not key.endswith("_info") for key in task):
        return [task]
    silent = {key: value for key, value in task.items() if key != "register"}
    silent |= {"ignore_errors": True, "diff": True}
    check = {**silent, "name": task["name"] + CHECK, "check_mode": True}
    return [check, {**task, "diff": True}, {**silent, "name": task["name"] + AGAIN}]


@dataclass(frozen=True)
class Told:
    """What the examples and refusals of all modules came to.

    Attributes:
        runs: By module, the playbook that it was in, and all that was sent by that.
    """

    scene: Scene
    runs: Mapping[str, tuple[PlaybookRun, Sequence[RecordedRequest]]]

    def __getitem__(self, task: str) -> Result:
        return self.runs[module_of(task)][0][task]

    def writes(self, task: str) -> list[RecordedRequest]:
        """Everything the task sent that changes the cluster; tasks run one after another.

        But the removal of old records, which one task in many takes upon itself.
        """
        run, requests = self.runs[module_of(task)]
        began, ended = run.span(task)
        sent = [it for it in requests if began < it.started <= ended and it.is_write]
        return [it for it in sent if (it.method, it.path) != ("DELETE", RECORDS)]


def module_of(task: str) -> str:
    return re.split("[: ]", task)[0]


def played(
    kubeconfig: Path, modules: Sequence[str], scene: Scene, home: Path, place: Path
) -> tuple[PlaybookRun, Sequence[RecordedRequest]]:
    # Where the relative paths of the examples lead: beside the playbook.
    library, ours = write_library(place / "policies"), place / "our-policies"
    built = run_opa("build", "--output", str(place / "library.tar.gz"), str(library))
    assert built.returncode == 0, built.stdout + built.stderr
    write(ours / "config" / "limits.yaml", "limits:\n  most: 4\n")
    published = overlaid(from_directory(library), from_directory(ours)).revision
    scene = replace(scene, executions={**scene.executions, EARLIER: published})
    write(place / "unsound" / "kubernetesexecution" / "main.rego", "package other\n")
    tasks: list[Task] = []
    for module in modules:
        tasks += refusals(module, scene)
        tasks += [one for example in examples(module, scene) for one in thrice(example)]
    with ApiProxy(kubeconfig, place) as proxy:
        ansible = Ansible(available_lines()[0], proxy.kubeconfig(), home, place)
        return ansible.play(tasks), tuple(proxy.requests())


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
