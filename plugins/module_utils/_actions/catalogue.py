# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every action there is, under the name that the library's catalogue and the modules use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.cordon_node import CordonNode, UncordonNode
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.delete_pod import DeletePod
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.deletion import (
    DeleteDeployment,
    DeleteService,
    DeleteStatefulSet,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.drain_node import DrainNode
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.expand_pvc import ExpandPVC
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.quarantine_pod import QuarantinePod
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.rollback_deployment import (
    RollbackDeployment,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.rollout_restart import RolloutRestart
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.run_job import RunJob
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.scale_deployment import (
    ScaleDeployment,
    ScaleStatefulSet,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.taint_node import TaintNode
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.update_config_map import UpdateConfigMap
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.update_hpa import UpdateHPA
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.update_image import UpdateImage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.update_resources import UpdateResources
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.update_secret import UpdateSecret

_ALL: tuple[Action, ...] = (
    ScaleDeployment(),
    ScaleStatefulSet(),
    RollbackDeployment(),
    UpdateImage(),
    UpdateResources(),
    UpdateHPA(),
    ExpandPVC(),
    UpdateConfigMap(),
    UpdateSecret(),
    RolloutRestart(),
    DeletePod(),
    QuarantinePod(),
    DeleteDeployment(),
    DeleteStatefulSet(),
    DeleteService(),
    CordonNode(),
    UncordonNode(),
    TaintNode(),
    RunJob(),
    DrainNode(),
)

ACTIONS: Mapping[str, Action] = MappingProxyType({action.name: action for action in _ALL})
