# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option groups that the modules share, as argument specs. Their documentation is in ``plugins/doc_fragments/``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connection_options import (
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
GATE_ARGUMENTS: dict[str, dict[str, Any]] = {
    **WAIT_ARGUMENTS,
    **FAILURE_ARGUMENTS,
    **REQUEST_ARGUMENTS,
    **TRAIL_ARGUMENTS,
}


def parameter_secrets(options: Mapping[str, Any]) -> set[str]:
    """Secret values among the parameters of another action (``policy_check``), which its own options say are secret."""
    action, parameters = ACTIONS.get(str(options.get("action") or "")), options.get("parameters")
    if action is None or not isinstance(parameters, Mapping):
        return set()
    hidden = [parameters.get(name) for name, option in action.options.items() if option.get("no_log")]
    return {text for value in hidden for text in _texts(value)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif value not in (None, "") and not isinstance(value, bool):
        yield str(value)


def action_arguments(options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The argument spec of a module: the action's own options, the gate's and the connection's."""
    return {**CONNECTION_ARGUMENTS, **GATE_ARGUMENTS, **options}
