# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common

import future.keywords.if

# No more than one node can hold.
deny[msg] {
    input.action == "ScaleDeployment"
    wanted := input.parameters.replicas
    room := 110 # as kubelet has it
    wanted > room
    msg := sprintf("%d replicas find no room, there is room for %d", [wanted, room])
}

# Two nodes cannot spare one.
deny[msg] {
    input.action == "DrainNode"
    nodes := input.cluster_info.total_nodes
    nodes < 3
    msg := "a cluster of fewer than 3 nodes spares none"
}

# Somewhere the pods have to go.
deny[msg] {
    input.action == "CordonNode"
    free := input.cluster_info.available_nodes
    free <= 1
    msg := "this is the last node that takes pods"
}
