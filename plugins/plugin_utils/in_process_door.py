# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The in-process door: runs a gated action inside Ansible's worker instead of a module process.

The files in ``plugins/action/`` are links to this one, named after the modules. Ansible loads an action plugin in the
controller before it forks its workers, so what this file imports is imported once per playbook: the policy engine and
the Kubernetes client, whose imports are most of a module's run time. (Routing through ``meta/runtime.yml`` would do
without the links, but the controller does not follow it before the fork: seen with ansible-core 2.19 and 2.21.)

Tasks that belong elsewhere go through the other door, the module itself: another host, ``become``, ``async``, a Python
interpreter of the host's own, or a controller without the engine. Both doors give the same result.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from ansible import constants
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.common.validation import check_type_dict
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import secret_values
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import parameter_secrets
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import perform_task, refuse_options
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import forwarded

_MODULES = "ansible_collections.guardrail.kubernetes.plugins.modules"
_SHARED = "ansible_collections.guardrail.kubernetes.plugins.module_utils"
_CLAIMS = ("awx_", "tower_")
_CLAIM_LENGTH = 256

display = Display()


def _preload(names: Iterable[str]) -> bool:
    """Import them once per playbook, in the process that all workers are forked from. False when one is missing."""
    try:
        for name in names:
            importlib.import_module(name)
    except ImportError:
        return False
    return True


_IN_PROCESS = _preload(("kubernetes.client", "kubernetes.config", "regopy"))
# Named after its link, this file is the plugin of one module; and what many tasks import only where they need it.
_preload((f"{_MODULES}.{__name__.rpartition('.')[2]}", f"{_SHARED}._cluster.capacity", f"{_SHARED}._gate.closer_look"))


class ActionModule(ActionBase):
    """Runs ``guardrail.kubernetes.<action>`` here when it can, as a module otherwise."""

    _supports_check_mode = True
    _supports_async = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        arguments = _with_claims(self._task.args, _claims(task_vars))
        module = importlib.import_module(f"{_MODULES}.{self._task.resolved_action.rpartition('.')[2]}")
        # Before either door: a module would tell wrong options in a result of another shape.
        validator = ArgumentSpecValidator(module.ARGUMENT_SPEC, **getattr(module, "CONSTRAINTS", {}))
        validated = validator.validate(arguments)
        if validated.error_messages:
            result.update(remove_values(refuse_options(map(_in_words, validated.errors)), validated._no_log_values))
        elif self._belongs_here(task_vars):
            result.update(self._pass_gate(module, validated))
        else:
            asynchronous = self._task.async_val and not self._connection.has_native_async
            # The innermost one, so that nothing in the playbook lifts what the operator pinned on the controller.
            self._task.environment = [*(self._task.environment or ()), forwarded(os.environ)]
            result.update(self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=asynchronous))
        return result

    def _belongs_here(self, task_vars: Mapping[str, Any]) -> bool:
        return (
            _IN_PROCESS
            and self._connection.transport == "local"
            # Set for the keyword and for the variable ansible_become; the play context knows the keyword alone.
            and self._connection.become is None
            and not self._task.async_val
            and _is_own_interpreter(self._interpreter(task_vars))
        )

    def _interpreter(self, task_vars: Mapping[str, Any]) -> Any:
        delegate = self._task.delegate_to
        if delegate:
            task_vars = task_vars.get("ansible_delegated_vars", {}).get(delegate, {})
        # The variable, or else the setting: where a module would look.
        configured = constants.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars)
        return self._templar.template(configured)

    def _pass_gate(self, module: ModuleType, validated: ValidationResult) -> dict[str, Any]:
        options = validated.validated_parameters
        title = f"{module.ACTION} {options.get('name', '')}".strip()

        def report(line: str) -> None:
            if not self._task.no_log:
                display.display(f"{title}: {line}")

        # Relative paths mean the same as in a module that runs on a local connection.
        with contextlib.chdir(self._loader.get_basedir()):
            result = perform_task(
                module.ACTION,
                options,
                check_mode=self._task.check_mode,
                environ={**os.environ, **self._task_environment(), **forwarded(os.environ)},
                report=report,
            )
        secrets = validated._no_log_values | secret_values(options) | parameter_secrets(options)
        cleaned: dict[str, Any] = remove_values(result, secrets)
        return cleaned

    def _task_environment(self) -> dict[str, str]:
        """``environment:`` of play, block and task, the innermost last."""
        merged: dict[str, str] = {}
        for entry in self._task.environment or ():
            templated = self._templar.template(entry)
            if isinstance(templated, Mapping):
                merged.update({str(key): str(value) for key, value in templated.items()})
        return merged


def _in_words(error: Exception) -> str:
    """A finding of the validator; what it says about unknown options begins with their names."""
    return f"Unknown option {error}" if isinstance(error, UnsupportedError) else str(error)


def _is_own_interpreter(configured: Any) -> bool:
    """No interpreter of its own, discovery, or the very one that runs Ansible."""
    if not configured or str(configured).startswith("auto"):
        return True
    # Not the real path: two virtual environments may share an interpreter and differ in what they have installed.
    return os.path.abspath(str(configured)) == os.path.abspath(sys.executable)


def _with_claims(arguments: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
    """The task's options and the launcher's claims; what the task itself claims counts first."""
    stated = arguments.get("claims")
    with contextlib.suppress(TypeError):  # left as it is: the validator says what is wrong with it
        return {**arguments, "claims": {**claims, **check_type_dict(stated or {})}}
    return dict(arguments)


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
