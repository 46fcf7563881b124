# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the steps that a plan states to the options that each step's module would have."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import (
    action_named,
    parameter_secrets,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.plans.steps import Step, steps_of
from ansible_collections.guardrail.kubernetes.plugins.modules import remediate
from tests.conftest import ROOT

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
SCALE = {"name": "web", "namespace": "shop", "replicas": "3"}


def validated(*steps: dict[str, Any], **options: Any) -> dict[str, Any]:
    result = ArgumentSpecValidator(remediate.ARGUMENT_SPEC).validate({"steps": list(steps), **options})
    assert not result.error_messages
    found: dict[str, Any] = result.validated_parameters
    return found


def one(step: dict[str, Any], **options: Any) -> Step:
    (found,) = steps_of(validated(step, **options))
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_gated_module_is_an_action_and_no_other(module: str) -> None:
    imported = importlib.import_module(f"ansible_collections.guardrail.kubernetes.plugins.modules.{module}")
    expected = ACTIONS.get(getattr(imported, "ACTION", ""))
    assert action_named(module) is action_named(f"guardrail.kubernetes.{module}") is expected


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_is_known_by_its_own_name(name: str) -> None:
    assert action_named(name) is ACTIONS[name]


def test_a_step_has_what_it_says_and_otherwise_what_the_plan_says() -> None:
    step = {"action": "scale_deployment", "parameters": SCALE, "wait_timeout": 5, "ticket": "OPS-2"}
    found = one(step, reason="peak", ticket="OPS-1", wait_timeout=60, on_failure="rollback")
    told = {key: found.options[key] for key in ("replicas", "wait_timeout", "ticket", "reason", "on_failure", "wait")}
    assert told == {
        "replicas": 3,
        "wait_timeout": 5,
        "ticket": "OPS-2",
        "reason": "peak",
        "on_failure": "rollback",
        "wait": True,
    }
    assert (found.name, found.number, found.deferred, found.stays) == ("scale_deployment", 1, False, False)


def test_a_step_that_says_keep_stays_when_the_plan_is_undone() -> None:
    step = {"action": "scale_deployment", "parameters": SCALE}
    assert one({**step, "on_failure": "keep"}, on_failure="rollback").stays
    assert not one(step, on_failure="keep").stays


def test_options_of_the_connection_are_no_parameters_of_a_step() -> None:
    with pytest.raises(InvalidRequest, match="kubeconfig") as refused:
        one({"action": "scale_deployment", "parameters": {**SCALE, "kubeconfig": "/root/admin"}})
    assert refused.value.code == "plan.invalid"


def test_every_finding_is_told() -> None:
    steps = [{"action": "dance"}, {"action": "cordon_node"}, {"action": "remediate"}]
    with pytest.raises(InvalidRequest) as refused:
        steps_of(validated(*steps))
    for told in ("Step 1 (dance): there is no action 'dance'", "Step 2 (cordon_node): parameters:", "Step 3"):
        assert told in refused.value.message


def test_too_many_steps_are_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        steps_of(validated(*({"action": "cordon_node", "parameters": {"name": "n"}} for _ in range(101))))
    assert refused.value.code == "plan.too-long"


@pytest.mark.parametrize("name", ["update_secret", "UpdateSecret", "guardrail.kubernetes.update_secret"])
def test_secrets_of_every_step_are_known(name: str) -> None:
    steps = [
        {"action": "cordon_node", "parameters": {"name": "n"}},
        {"action": name, "parameters": {"string_data": {"password": "hidden"}}},
    ]
    assert "hidden" in parameter_secrets({"steps": steps})
