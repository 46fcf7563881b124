# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rights of each action's service account are the least: without any one of them its Job does nothing.

That they are enough, ``test_job_mode.py`` shows. Here kubectl is given what the container of a Job is given, as that
account, while one verb is missing; so nothing is changed until the last of them, and one stage does for all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.quarantine_pod import POLICY
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.connection import connect
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_manifest import account_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.installation import read_manifests
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import make_plan
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import make_request
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.kubectl_steps import (
    FOLDER,
    Step,
    drain_step,
    steps_of,
)
from tests.cluster.nodes import POOL_LABEL
from tests.cluster.provider import node_lacks
from tests.conftest import ROOT
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import daemon_set, in_pool, stateful_set
from tests.integration.gate_shop import WEB
from tests.integration.gate_stage import Stage, new_stage
from tests.integration.job_mode_site import SYSTEM, JobSite, eventually, job_accounts_in

pytest_plugins = ["tests.integration.job_mode_fixtures"]
LACKING = node_lacks()
pytestmark = [
    pytest.mark.real_node,
    pytest.mark.skipif(bool(LACKING), reason=f"A real node needs {'; '.join(LACKING)}"),
]

ROLES = {
    manifest["metadata"]["name"]: manifest["rules"]
    for manifest in read_manifests([str(ROOT / "roles/executor/files/manifests")])
    if manifest["kind"] == "ClusterRole"
}
_OTHER_KINDS = [{}, {"kind": "StatefulSet", "name": "store"}, {"kind": "DaemonSet", "name": "agent"}]
_OTHER_USERS = [
    {},
    {"restart": [{"kind": "StatefulSet", "name": "store"}]},
    {"restart": [{"kind": "DaemonSet", "name": "agent"}]},
]
# Other calls than the stage's, so that every right of the action is needed by one of them.
CALLS: dict[str, list[dict[str, Any]]] = {
    "RolloutRestart": _OTHER_KINDS,
    "UpdateImage": _OTHER_KINDS,
    "UpdateResources": _OTHER_KINDS,
    "UpdateConfigMap": _OTHER_USERS,
    "UpdateSecret": _OTHER_USERS,
    "DeletePod": [{}, {"disable_eviction": True}],
}


@pytest.fixture(scope="module")
def stage(site: JobSite) -> Iterator[Stage]:
    with new_stage(site.admin) as ready:
        pool = in_pool(site.admin.get(path_to("Node", ready.node))["metadata"]["labels"][POOL_LABEL])
        site.admin.apply(
            *job_accounts_in(ready.namespace),
            daemon_set(ready.namespace, containers=[WEB], **pool),
            stateful_set(ready.namespace, "store", replicas=0, containers=[WEB]),
        )
        yield ready


def single_rights(action: str) -> list[tuple[int, str, str]]:
    """Number of the rule, resource and verb, of everything that the action's account may do."""
    rules = ROLES[account_of(action)]
    return [
        (number, resource, verb)
        for number, rule in enumerate(rules)
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]


CASES = [(action, *right) for action in ACTIONS if not ACTIONS[action].not_in_job for right in single_rights(action)]


def without(rules: list[dict[str, Any]], number: int, resource: str, verb: str) -> list[dict[str, Any]]:
    """The rules without one verb on one resource."""
    rule = rules[number]
    others = [it for it in rule["resources"] if it != resource]
    left = [it for it in rule["verbs"] if it != verb]
    split = [
        *([{**rule, "resources": others}] if others else []),
        *([{**rule, "resources": [resource], "verbs": left}] if left else []),
    ]
    return [*rules[:number], *split, *rules[number + 1 :]]


class Kubectl:
    """Runs the steps of an action as its service account."""

    def __init__(self, site: JobSite, stage: Stage, place: Path) -> None:
        self.site, self.stage, self.place = site, stage, place
        self.api = connect({"kubeconfig": str(site.cluster.kubeconfig())}, {}, "guardrail.kubernetes tests")

    def steps(self, action: str, changes: dict[str, Any]) -> tuple[Step, ...]:
        """What the container of the Job would be given."""
        options = {**self.stage.call(action).options, **changes}
        request = make_request(action, {**defaults(action), **options}, False)
        drain = ACTIONS[action].drain_in_job(request)
        return (drain_step(drain, 5),) if drain else steps_of(make_plan(ACTIONS[action], request, self.api)[0].writes)

    def refused(self, action: str, step: Step) -> str:
        """What is said, when it is about a right that is missing; empty otherwise."""
        if step.file:
            (self.place / step.file).write_text(json.dumps(step.body))
        arguments = [it.replace(FOLDER, str(self.place)) for it in step.arguments]
        user = f"--as=system:serviceaccount:{SYSTEM}:{account_of(action)}"
        # Of what kubectl can try out, the right is asked for all the same.
        tried = (
            () if any(it.startswith("--raw=") for it in arguments) or arguments[0] == "drain" else ("--dry-run=server",)
        )
        groups = ("--as-group=system:serviceaccounts", "--as-group=system:authenticated")
        done = self.site.cluster.kubectl(*arguments, *tried, user, *groups)
        return done.stderr if done.returncode and "orbidden" in done.stderr else ""


def defaults(action: str) -> dict[str, Any]:
    return {name: option.get("default") for name, option in ACTIONS[action].options.items()}


def arrange(stage: Stage, action: str, verb: str) -> None:
    """What a right is needed for: a drain finds its node cordoned, a quarantine its policy, unless it has to create it."""
    if action == "DrainNode":
        stage.admin.patch(path_to("Node", stage.node), {"spec": {"unschedulable": True}})
    policies = f"/apis/networking.k8s.io/v1/namespaces/{stage.namespace}/networkpolicies"
    if action == "QuarantinePod" and verb == "create":
        stage.admin.delete(f"{policies}/{POLICY}")
    elif action == "QuarantinePod":
        metadata = {"name": POLICY, "namespace": stage.namespace}
        spec = {"podSelector": {"matchLabels": {"somebody": "else"}}}
        body = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
        stage.admin.ask("POST", policies, body)


@pytest.mark.parametrize(
    ("action", "number", "resource", "verb"), CASES, ids=[f"{it[0]}-{it[2]}-{it[3]}" for it in CASES]
)
def test_without_this_right_the_action_is_not_carried_out(
    site: JobSite, stage: Stage, tmp_path: Path, action: str, number: int, resource: str, verb: str
) -> None:
    account = account_of(action)
    role = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{account}"
    site.admin.patch(role, {"rules": without(ROLES[account], number, resource, verb)})
    kubectl = Kubectl(site, stage, tmp_path)
    try:
        arrange(stage, action, verb)
        candidates = [step for changes in CALLS.get(action, [{}]) for step in kubectl.steps(action, changes)]
        if action == "DeletePod":  # what may be done is not done
            candidates = [step for step in candidates if step.arguments[0] == verb]
        said = eventually(lambda: next(filter(None, (kubectl.refused(action, it) for it in candidates)), ""), 15)
    finally:
        site.admin.patch(role, {"rules": ROLES[account]})
    assert f'cannot {verb} resource "{resource}"' in said
