# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door for everything that does not run in the controller's own process: the action as an ordinary module."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import secret_values
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import parameter_secrets
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import perform_task


def run_as_module(
    action: str,
    argument_spec: dict[str, Any],
    perform: Callable[..., dict[str, Any]] = perform_task,
    /,
    **constraints: Any,
) -> None:
    """Validate the options, pass the gate, exit.

    Args:
        perform: Takes what ``perform_task`` takes and returns the task's result; the gate by default.
        constraints: ``mutually_exclusive``, ``required_one_of``, ... as for ``AnsibleModule``.
    """
    # A module writes its options to syslog when it is made. Of a kubeconfig given inline that would be the credentials.
    module = AnsibleModule(argument_spec=argument_spec, supports_check_mode=True, no_log=True, **constraints)
    module.no_log_values.update(secret_values(module.params) | parameter_secrets(module.params))
    result = perform(action, module.params, check_mode=module.check_mode, environ=os.environ)
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
