# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a remediation plan: any actions of the catalogue, by the name of their module or their own. Pure.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import (
    EXECUTION_ARGUMENTS,
    GATE_ARGUMENTS,
    action_named,
)

AT_ITS_TURN = "at_its_turn"
_MOST_STEPS = 100
# Who asks is a matter of the whole plan, and so is the trail.
_OF_A_STEP = ("wait", "wait_timeout", "on_failure", "execution", "reason", "ticket")
_SHARED: Mapping[str, Mapping[str, Any]] = {**GATE_ARGUMENTS, **EXECUTION_ARGUMENTS}

STEP_ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "name": {"type": "str"},
    "action": {"type": "str", "required": True},
    "parameters": {"type": "dict", "default": {}},
    "judged": {"type": "str", "choices": ["beforehand", AT_ITS_TURN], "default": "beforehand"},
    **{name: {key: it for key, it in _SHARED[name].items() if key != "default"} for name in _OF_A_STEP},
}


@dataclass(frozen=True)
class Step:
    """One step of a plan.

    Attributes:
        number: From 1.
        name: For people.
        action: What it does.
        options: The options that the action's module would have, validated; without those of the connection.
        deferred: A refusal beforehand does not count: an earlier step may be what makes it possible.
        stays: What it changes is not undone with the rest.
    """

    number: int
    name: str
    action: Action
    options: Mapping[str, Any]
    deferred: bool
    stays: bool


def steps_of(options: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps that validated options state; what a step does not say, the plan says for all.

    Raises:
        InvalidRequest: There is none, or too many, or some cannot be; every finding in one message.
    """
    stated: Sequence[Mapping[str, Any]] = options["steps"]
    if not stated:
        raise InvalidRequest("plan.empty", "The plan has no step.", "State at least one, with an action.")
    if len(stated) > _MOST_STEPS:
        raise InvalidRequest("plan.too-long", f"The plan has {len(stated)} steps.", f"Use {_MOST_STEPS} or fewer.")
    steps: list[Step] = []
    findings: list[str] = []
    for number, entry in enumerate(stated, start=1):
        try:
            steps.append(_step(number, entry, options))
        except InvalidRequest as failure:
            findings.append(str(failure.message))
    if findings:
        raise InvalidRequest("plan.invalid", " ".join(findings), "Nothing was judged and nothing was changed.")
    return tuple(steps)


def _step(number: int, entry: Mapping[str, Any], options: Mapping[str, Any]) -> Step:
    name = entry.get("name") or str(entry["action"])
    action = action_named(str(entry["action"]))
    if action is None:
        known = ", ".join(ACTIONS)
        raise InvalidRequest(
            "plan.invalid",
            f"Step {number} ({name[:80]}): there is no action {entry['action'][:80]!r}; there are {known}.",
        )
    validated = ArgumentSpecValidator(dict(action.options)).validate(dict(entry["parameters"]))
    if validated.error_messages:
        said = ". ".join(_in_words(message) for message in validated.error_messages)
        raise InvalidRequest("plan.invalid", f"Step {number} ({name[:80]}): parameters: {said}.")
    own = {key: entry[key] for key in _OF_A_STEP if entry.get(key) is not None}
    shared = {key: value for key, value in options.items() if key in _SHARED}
    return Step(
        number=number,
        name=name,
        action=action,
        options={**validated.validated_parameters, **shared, **own},
        deferred=entry["judged"] == AT_ITS_TURN,
        stays=own.get("on_failure") == "keep",
    )


def _in_words(message: str) -> str:
    """A finding of the validator, short enough for one line: what it quotes may be anything."""
    text = message.rstrip(".")
    return text if len(text) <= 300 else f"{text[:299]}…"
