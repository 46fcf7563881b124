# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common

import future.keywords.if
import future.keywords.in

# Whoever asks has to be able to do it.
deny[msg] {
    not permitted
    msg := sprintf("%s may not do %s", [input.service_account, input.action])
}

permitted if {
    verb := verbs[input.action]
    resource := resources[input.action]

    found := input.rbac_permissions[_]
    found.verb == verb
    found.resource == resource
}

verbs := {
    "CordonNode": "update",
    "DeletePod": "delete",
    "DrainNode": "update",
    "RolloutRestart": "update",
    "ScaleDeployment": "update",
    "UpdateConfigMap": "update",
    "UpdateImage": "update",
    "UpdateSecret": "update",
}

resources := {
    "CordonNode": "nodes",
    "DeletePod": "pods",
    "DrainNode": "nodes",
    "RolloutRestart": "deployments",
    "ScaleDeployment": "deployments",
    "UpdateConfigMap": "configmaps",
    "UpdateImage": "deployments",
    "UpdateSecret": "secrets",
}
