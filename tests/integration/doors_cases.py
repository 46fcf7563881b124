# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the doors are compared by: one task per module and way to end, and results without what differs by nature."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from tests.integration.doors_ansible import Result
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import (
    budget,
    deployment,
    in_pool,
    is_settled,
    new_namespace,
    new_node,
    settled_deployment,
)
from tests.integration.gate_shop import CHANGES, furnished, web_pods
from tests.integration.gate_stage import Stage

REFUSE = "refuse this one"
"""A task with this ``reason`` is denied by the rule ``REFUSING``."""

REFUSING = f"""\
deny contains {{"code": "extra.refused", "message": "Refused for this test."}} if input.request.reason == "{REFUSE}"
"""


@dataclass(frozen=True)
class Landing:
    """Targets that one run may change: a shop whose Deployment ``web`` has two pods, a node with four others, and an empty
    node.

    All pods are bound to these nodes, so that no run finds pods of another on its node.
    """

    namespace: str
    pod: str
    suspect: str
    node: str
    spare: str


@contextmanager
def new_landing(admin: PlainClient) -> Iterator[Landing]:
    """Set it up; everything is gone afterwards."""
    with ExitStack() as stack:
        namespace = stack.enter_context(new_namespace(admin))
        pool = f"door-{secrets.token_hex(4)}"
        node = stack.enter_context(new_node(admin, pool))
        stack.enter_context(new_node(admin, f"{pool}-web"))
        admin.apply(budget(namespace, "held", maxUnavailable=2))
        admin.apply(deployment(namespace, "held", replicas=4, **in_pool(pool)))
        settled_deployment(admin, namespace, replicas=2, **in_pool(f"{pool}-web"))
        stack.enter_context(furnished(admin, namespace, **in_pool(f"{pool}-web")))
        admin.until(path_to("Deployment", "held", namespace), is_settled)
        spare = stack.enter_context(new_node(admin, pool))
        pod, suspect = web_pods(admin, namespace)
        yield Landing(namespace, pod, suspect, node, spare)


Options = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A task. ``options`` makes its options from what it is to work on, a Stage or a Landing."""

    id: str
    module: str
    options: Callable[[Any], Options]
    keywords: Mapping[str, Any] = field(default_factory=dict)


def module_of_action(action: str) -> str:
    """The module's name, which is the action's in other letters; ConfigMap and StatefulSet are one word in it."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower()
    return words.replace("config_map", "configmap").replace("stateful_set", "statefulset")


def reading_cases() -> tuple[Case, ...]:
    """Tasks that change nothing, every module in check mode and each way to be refused; on a Stage."""
    return tuple(case for action in ACTIONS for case in _reading(action)) + _CHECKS + _UNDOING


# One action for each kind of target, and the one with a secret: how a refusal is told does not depend on the action.
_REFUSED = ("ScaleDeployment", "DeletePod", "UpdateSecret", "DrainNode")


def _reading(action: str) -> Iterator[Case]:
    module = module_of_action(action)

    def call(stage: Stage) -> dict[str, Any]:
        return dict(stage.call(action).options)

    yield Case(f"{module} in check mode", module, call, {"check_mode": True, "diff": True})
    if action in _REFUSED:
        yield Case(f"{module} denied", module, lambda stage: {**call(stage), "reason": REFUSE})
        yield Case(f"{module} without target", module, lambda stage: {**call(stage), "name": "missing"})
        yield Case(f"{module} with wrong options", module, lambda stage: {"name": "web", "nonsense": 1})


def _judged(**more: Any) -> Callable[[Stage], Options]:
    def options(stage: Stage) -> Options:
        call = stage.call("ScaleDeployment").options
        return {"action": "ScaleDeployment", "parameters": dict(call), **more}

    return options


_UNDOING = (
    Case("execution_undo without execution", "execution_undo", lambda stage: {"execution": "scale-deployment-0"}),
    Case("execution_undo with wrong options", "execution_undo", lambda stage: {"name": "web"}),
)
_CHECKS = (
    Case("policy_check allowed", "policy_check", _judged()),
    Case("policy_check denied", "policy_check", _judged(reason=REFUSE)),
    Case("policy_check of a document", "policy_check", lambda stage: {"input": {"action": "ScaleDeployment"}}),
    Case("policy_check of no action", "policy_check", lambda stage: {"action": "Dance"}),
    Case("policy_check with wrong options", "policy_check", lambda stage: {"action": "Dance", "input": {}}),
)


def _changed(action: str, **more: Any) -> Callable[[Landing], Options]:
    """What ``CHANGES`` has for the action."""
    return lambda landing: {**CHANGES[action][1], "namespace": landing.namespace, **more}


def _pod(landing: Landing) -> Options:
    return {"name": landing.pod, "namespace": landing.namespace}


def _suspect(landing: Landing) -> Options:
    return {"name": landing.suspect, "namespace": landing.namespace}


def _node(landing: Landing) -> Options:
    return {"name": landing.node}


def _spare(landing: Landing) -> Options:
    return {"name": landing.spare}


def _tainted(landing: Landing) -> Options:
    return {"name": landing.node, "key": "example.com/bad-disk", "effect": "NoExecute"}


def _undo(landing: Landing) -> Options:
    """Of the first scale, whose record only that task knows."""
    return {"execution": "{{ scaled.execution.record }}"}


def _acts(action: str, **more: Any) -> Case:
    module = module_of_action(action)
    return Case(f"{module} acts", module, _changed(action, **more), {"diff": True})


ACTING_CASES = (
    Case("delete_pod acts", "delete_pod", _pod),
    Case("delete_pod again", "delete_pod", _pod),
    Case("quarantine_pod acts", "quarantine_pod", _suspect, {"diff": True}),
    Case(
        "scale_deployment acts", "scale_deployment", _changed("ScaleDeployment"), {"diff": True, "register": "scaled"}
    ),
    Case("scale_deployment again", "scale_deployment", _changed("ScaleDeployment"), {"diff": True}),
    Case("execution_undo in check mode", "execution_undo", _undo, {"check_mode": True, "diff": True}),
    Case("execution_undo acts", "execution_undo", _undo, {"diff": True}),
    Case("execution_undo refused", "execution_undo", _undo),
    _acts("UpdateImage"),
    _acts("UpdateResources"),
    _acts("RollbackDeployment", to_revision=2),
    _acts("RolloutRestart"),
    _acts("ScaleStatefulSet"),
    _acts("UpdateHPA"),
    _acts("ExpandPVC"),
    _acts("UpdateConfigMap"),
    _acts("UpdateSecret"),
    Case("update_secret again", "update_secret", _changed("UpdateSecret"), {"diff": True}),
    _acts("RunJob"),
    _acts("DeleteDeployment"),
    _acts("DeleteStatefulSet"),
    _acts("DeleteService"),
    Case("cordon_node acts", "cordon_node", _spare),
    Case("uncordon_node acts", "uncordon_node", _spare),
    Case("drain_node acts", "drain_node", _node, {"diff": True}),
    Case("drain_node again", "drain_node", _node),
    Case("taint_node acts", "taint_node", _tainted),
)
"""Tasks in the order in which they have to run; on a Landing of their own. What a second run does: test_contract.py."""

# What differs from run to run by nature, and what ansible-core adds for its own use.
_PASSING = {"id", "decision_id", "input_sha256", "evaluation_ms", "api_calls", "duration_s", "invocation", "exception"}
_PASSING |= {"resourceVersion", "resource_version", "_ansible_no_log", "digest", "pod-template-hash"}
# Other runs execute and cordon meanwhile.
_PASSING |= {"history", "rate_limit_state", "available_nodes", "cluster_pods"}
_WORDS = (
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"), "<time>"),
    (re.compile(r"\b(web|held)-[0-9a-z]{6,10}-[0-9a-z]{5}\b"), r"\1-<pod>"),
    (re.compile(r"\bweb-[0-9a-z]{9,10}\b"), "web-<replica set>"),
    (re.compile(r"\bdb-backup-[0-9a-f]{10}\b"), "db-backup-<job>"),
    (re.compile(r"\bvalue [0-9a-f]{8}\b"), "value <mark>"),
    (re.compile(r"\b(gate|door)-[0-9a-f]{8}\b"), r"<own>"),
    (re.compile(r"\b([a-z]+(?:-[a-z]+)+)-[0-9a-f]{12}(-[0-9a-f]{8})?\b"), r"\1-<record>"),
)


def comparable(value: Any) -> Any:
    """A result without ids, times and names that every run has of its own."""
    if isinstance(value, dict):
        return {key: comparable(entry) for key, entry in value.items() if key not in _PASSING}
    if isinstance(value, list):
        return sorted((comparable(entry) for entry in value), key=json.dumps)  # pods come in the order of their end
    if isinstance(value, str):
        for pattern, word in _WORDS:
            value = pattern.sub(word, value)
    return value


def assert_told(result: Result, case: Case) -> None:
    """The result ends as the case's name says, so that two doors that both fail do not pass for equal."""
    ends = {
        "acts": (False, True, None),
        "again": (False, False, None),
        "in check mode": (False, True, None),
        "allowed": (False, False, None),
        "of a document": (False, False, None),
        "denied": (case.module != "policy_check", False, "denied"),
        "without target": (case.module != "delete_pod", False, "invalid_parameters"),
        "with wrong options": (True, False, "invalid_parameters"),
        "without execution": (True, False, "invalid_parameters"),
        "refused": (True, False, "invalid_parameters"),
        "of no action": (True, False, "invalid_parameters"),
    }
    failed, changed, reason = ends[case.id.partition(" ")[2]]
    told = (result["failed"], result["changed"], result.get("reason"))
    assert told == (failed, changed, reason if failed else None), result["msg"]
