# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The in-process door: runs a gated action inside Ansible's worker instead of a module process.

The files in ``plugins/action/`` are links to this one, named after the modules. Ansible loads an action plugin in the
controller before it forks its workers, so what this file imports is imported once per playbook: the policy engine and the
Kubernetes client, whose imports are most of a module's run time. (Routing through ``meta/runtime.yml`` would do without the
links, but the controller does not follow it before the fork: seen with ansible-core 2.19 and 2.21.)

Tasks that belong elsewhere go through the other door, the module itself: another host, ``become``, ``async``, a Python
interpreter of the host's own, or a controller without the engine. Both doors give the same result.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import perform_task

try:
    # Once per playbook, in the process that all workers are forked from.
    import kubernetes.client  # noqa: F401
    import kubernetes.config  # noqa: F401
    import regopy  # noqa: F401
except ImportError:
    _IN_PROCESS = False
else:
    _IN_PROCESS = True

_MODULES = "ansible_collections.guardrail.kubernetes.plugins.modules"
_CLAIMS = ("awx_", "tower_")
_CLAIM_LENGTH = 256

display = Display()


class ActionModule(ActionBase):
    """Runs ``guardrail.kubernetes.<action>`` here when it can, as a module otherwise."""

    _supports_check_mode = True
    _supports_async = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        arguments = {**self._task.args, "claims": {**_claims(task_vars), **(self._task.args.get("claims") or {})}}
        if not self._belongs_here(task_vars):
            asynchronous = self._task.async_val and not self._connection.has_native_async
            result.update(self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=asynchronous))
            return result
        result.update(self._pass_gate(arguments))
        return result

    def _belongs_here(self, task_vars: Mapping[str, Any]) -> bool:
        return (
            _IN_PROCESS
            and self._connection.transport == "local"
            and not self._play_context.become
            and not self._task.async_val
            and _is_own_interpreter(self._interpreter(task_vars))
        )

    def _interpreter(self, task_vars: Mapping[str, Any]) -> Any:
        delegate = self._task.delegate_to
        if delegate:
            task_vars = task_vars.get("ansible_delegated_vars", {}).get(delegate, {})
        return task_vars.get("ansible_python_interpreter")

    def _pass_gate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        module = importlib.import_module(f"{_MODULES}.{self._task.action.rpartition('.')[2]}")
        validated = ArgumentSpecValidator(module.ARGUMENT_SPEC, **getattr(module, "CONSTRAINTS", {})).validate(
            arguments
        )
        if validated.error_messages:
            return {
                "failed": True,
                "changed": False,
                "reason": "invalid_parameters",
                "code": "request.options-invalid",
                "msg": ". ".join(validated.error_messages),
            }
        title = f"{module.ACTION} {arguments.get('name', '')}".strip()
        result = perform_task(
            module.ACTION,
            validated.validated_parameters,
            check_mode=self._task.check_mode,
            environ={**os.environ, **self._task_environment()},
            report=lambda line: display.display(f"{title}: {line}"),
        )
        cleaned: dict[str, Any] = remove_values(result, validated._no_log_values)
        return cleaned

    def _task_environment(self) -> dict[str, str]:
        """``environment:`` of play, block and task, the innermost last."""
        merged: dict[str, str] = {}
        for entry in self._task.environment or ():
            templated = self._templar.template(entry)
            if isinstance(templated, Mapping):
                merged.update({str(key): str(value) for key, value in templated.items()})
        return merged


def _is_own_interpreter(configured: Any) -> bool:
    """No interpreter of its own, discovery, or the very one that runs Ansible."""
    if configured is None or str(configured).startswith("auto"):
        return True
    # Not the real path: two virtual environments may share an interpreter and differ in what they have installed.
    return os.path.abspath(str(configured)) == os.path.abspath(sys.executable)


def _claims(task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """What AWX and Event-Driven Ansible say about the launch. Anyone can set these variables: claims, not proof."""
    claims: dict[str, Any] = {
        key: value if isinstance(value, (bool, int)) else str(value)[:_CLAIM_LENGTH]
        for key, value in task_vars.items()
        if key.startswith(_CLAIMS) and isinstance(value, (bool, int, str))
    }
    event = task_vars.get("ansible_eda")
    if isinstance(event, Mapping):
        for key in ("ruleset", "rule"):
            if isinstance(event.get(key), str):
                claims[f"eda_{key}"] = event[key][:_CLAIM_LENGTH]
    return claims
