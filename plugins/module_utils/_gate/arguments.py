# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option groups that the modules share, as argument specs. Their documentation is in ``plugins/doc_fragments/``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    CONNECTION_ARGUMENTS,
)

WAIT_ARGUMENTS: dict[str, dict[str, Any]] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
}
REQUEST_ARGUMENTS: dict[str, dict[str, Any]] = {
    "reason": {"type": "str", "default": ""},
    "ticket": {"type": "str", "default": ""},
    "claims": {"type": "dict", "default": {}},
}
TRAIL_ARGUMENTS: dict[str, dict[str, Any]] = {
    "audit_log": {"type": "path"},
    "audit_key_file": {"type": "path", "no_log": False},
    "audit_format": {"type": "str", "choices": ["plain", "cloudevents"]},
    "audit_required": {"type": "bool", "default": False},
    "metrics_statsd": {"type": "str"},
    "metrics_textfile": {"type": "path"},
}
FAILURE_ARGUMENTS: dict[str, dict[str, Any]] = {
    "on_failure": {"type": "str", "choices": ["keep", "rollback"], "default": "keep"},
}
EXECUTION_ARGUMENTS: dict[str, dict[str, Any]] = {
    "execution": {"type": "str", "choices": ["direct", "job"], "default": "direct"},
}
GATE_ARGUMENTS: dict[str, dict[str, Any]] = {
    **WAIT_ARGUMENTS,
    **FAILURE_ARGUMENTS,
    **REQUEST_ARGUMENTS,
    **TRAIL_ARGUMENTS,
}


def parameter_secrets(options: Mapping[str, Any]) -> set[str]:
    """Secret values among the parameters of other actions, which those actions' own options say are secret.

    Args:
        options: Of ``policy_check``, or of ``remediate``, which has several steps of the kind.
    """
    found: set[str] = set()
    for stated in (options, *(options.get("steps") or ())):
        action = action_named(str(stated.get("action") or "")) if isinstance(stated, Mapping) else None
        if action is not None:
            found |= secret_texts(action.options, stated.get("parameters"))
    return found


def secret_texts(options: Mapping[str, Mapping[str, Any]], parameters: Any) -> set[str]:
    """The texts among ``parameters`` that an action's ``options`` say are secret."""
    if not isinstance(parameters, Mapping):
        return set()
    hidden = [parameters.get(name) for name, option in options.items() if option.get("no_log")]
    return {text for value in hidden for text in _texts(value)}


def action_named(name: str) -> Action | None:
    """The action of a name: ``scale_deployment``, ``guardrail.kubernetes.scale_deployment`` or ``ScaleDeployment``."""
    known = _BY_SPELLING.get(_spelled(name.removeprefix("guardrail.kubernetes.")))
    return ACTIONS[known] if known else None


def _spelled(name: str) -> str:
    """Modules are called as their actions are, but for case and underscores."""
    return name.replace("_", "").lower()


_BY_SPELLING: Mapping[str, str] = {_spelled(name): name for name in ACTIONS}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif value not in (None, "") and not isinstance(value, bool):
        yield str(value)


def action_arguments(options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The argument spec of a module: the action's own options, the gate's and the connection's."""
    return {**CONNECTION_ARGUMENTS, **GATE_ARGUMENTS, **EXECUTION_ARGUMENTS, **options}
