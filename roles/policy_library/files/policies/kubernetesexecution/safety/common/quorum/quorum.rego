# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Quorum
# description: >-
#   Members that vote need a majority: the control plane, and small StatefulSets, which are taken for databases.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.quorum

import rego.v1

import data.kubernetesexecution.lib.disruption
import data.kubernetesexecution.lib.limits
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Control plane would lose its majority
# description: >-
#   A drained node is usually restarted next. Without a majority of its members etcd accepts no write.
# custom:
#   code: quorum.control-plane
#   remedy: >-
#     Bring the other control-plane nodes back first.
#   facts: [nodes, target]
deny contains {
	"code": "quorum.control-plane",
	"message": sprintf("%v: %v of %v control-plane nodes would be ready; a majority is %v.", [request.label, ready_after, members, majority(members)]),
	"details": {"members": members, "ready_after": ready_after, "majority": majority(members)},
} if {
	request.drains
	"control-plane" in request.target.roles
	members := at_least_none(input.nodes.control_plane)
	ready_after < majority(members)
}

# METADATA
# title: StatefulSet would lose its majority
# description: >-
#   No disruption budget keeps a majority of the members running.
# custom:
#   code: quorum.stateful-set
#   remedy: >-
#     Give the StatefulSet a PodDisruptionBudget, or move its members to different nodes.
#   facts: [disruption]
deny contains {
	"code": "quorum.stateful-set",
	"message": sprintf("%v: %v of %v members of %v would remain; a majority is %v.", [
		request.label,
		remaining(group),
		group.replicas,
		text.owner(group),
		majority(group.replicas),
	]),
	"details": {"owner": text.owner(group), "pods": group.names, "replicas": group.replicas},
} if {
	some group in outvoted
}

# METADATA
# title: StatefulSet would be scaled below its majority
# description: >-
#   The members that remain are fewer than a majority of those that vote now, so they could decide nothing, not even that
#   the others have left. To 0 is not a question of majorities: it switches the StatefulSet off.
# custom:
#   code: quorum.scale-down
#   remedy: >-
#     Remove the members in steps, each smaller than half, and let the database take them out of its own list in between.
#   facts: [parameters, target]
deny contains {
	"code": "quorum.scale-down",
	"message": sprintf("%v: from %v to %v members; a majority is %v.", [request.label, current, replicas, majority(current)]),
	"details": {"current": current, "replicas": replicas, "majority": majority(current)},
} if {
	request.action == "ScaleStatefulSet"
	current := request.current_replicas
	replicas := request.replicas
	replicas > 0
	replicas < majority(current)
	current >= 3
	current <= limits.quorum_members
}

outvoted := [group |
	some group in disruption.groups
	group.controller.kind == "StatefulSet"
	group.replicas >= 3
	group.replicas <= limits.quorum_members
	remaining(group) < majority(group.replicas)
	not group.under_budget
]

remaining(group) := group.replicas - group.count

majority(members) := floor(members / 2) + 1

ready_after := input.nodes.control_plane_ready - 1 if request.target.ready

ready_after := input.nodes.control_plane_ready if not request.target.ready

at_least_none(number) := number if number >= 0

at_least_none(number) := 0 if number < 0
