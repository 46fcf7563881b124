# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every action there is, under the name that the library's catalogue and the modules use.

An action is its class, found by the file that it is in, and is loaded when somebody asks for it: a module that runs
through AnsiballZ compiles each file that it imports, at every task.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action

if TYPE_CHECKING:
    # Ansible sends the files along that it finds in imports, wherever those stand.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions import (  # noqa: F401
        cordon_node,
        delete_pod,
        deletion,
        drain_node,
        expand_pvc,
        quarantine_pod,
        rollback_deployment,
        rollout_restart,
        run_job,
        scale_deployment,
        taint_node,
        update_config_map,
        update_hpa,
        update_image,
        update_resources,
        update_secret,
    )

# Name of the action, which is its class's, and the file.
_FILES = {
    "ScaleDeployment": "scale_deployment",
    "ScaleStatefulSet": "scale_deployment",
    "RollbackDeployment": "rollback_deployment",
    "UpdateImage": "update_image",
    "UpdateResources": "update_resources",
    "UpdateHPA": "update_hpa",
    "ExpandPVC": "expand_pvc",
    "UpdateConfigMap": "update_config_map",
    "UpdateSecret": "update_secret",
    "RolloutRestart": "rollout_restart",
    "DeletePod": "delete_pod",
    "QuarantinePod": "quarantine_pod",
    "DeleteDeployment": "deletion",
    "DeleteStatefulSet": "deletion",
    "DeleteService": "deletion",
    "CordonNode": "cordon_node",
    "UncordonNode": "cordon_node",
    "TaintNode": "taint_node",
    "RunJob": "run_job",
    "DrainNode": "drain_node",
}


@cache
def _load(name: str) -> Action:
    package = __name__.rpartition(".")[0]
    action: Action = getattr(importlib.import_module(f"{package}.{_FILES[name]}"), name)()
    return action


class _Catalogue(Mapping[str, Action]):
    """The actions by name. What names there are is known without loading any."""

    def __getitem__(self, name: str) -> Action:
        return _load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_FILES)

    def __len__(self) -> int:
        return len(_FILES)

    def __contains__(self, name: object) -> bool:
        return name in _FILES


ACTIONS: Mapping[str, Action] = _Catalogue()
