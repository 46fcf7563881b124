# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common

import future.keywords.if
import future.keywords.in

# Hands off the namespaces that the cluster itself lives in.
deny[msg] {
    reserved
    msg := sprintf("nobody works in the namespace %s", [input.namespace])
}

reserved if {
    names := [
        "kube-node-lease",
        "kube-public",
        "kube-system",
        "robots",
    ]
    input.namespace in names
}

allow if {
    input.namespace == "robots"
    input.action == "ScaleDeployment"
    a_robot
}

a_robot if {
    robots := [
        "collector",
        "janitor",
    ]
    input.parameters.deployment_name in robots
}
