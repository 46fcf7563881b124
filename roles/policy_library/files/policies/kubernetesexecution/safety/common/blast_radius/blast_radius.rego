# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Blast radius
# description: >-
#   How large a part of the nodes or of a workload one action takes away.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.blast_radius

import rego.v1

import data.kubernetesexecution.lib.disruption
import data.kubernetesexecution.lib.limits
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Too many nodes cordoned
# description: >-
#   Nodes that are cordoned count, whoever did it. One node is always allowed.
# custom:
#   code: blast-radius.nodes
#   remedy: >-
#     Uncordon nodes that are ready again, or have a policy admin raise data.config.limits.nodes_percent.
#   facts: [nodes]
deny contains {
	"code": "blast-radius.nodes",
	"message": sprintf("%v: %v of %v nodes would be cordoned; at most %v may be (%v %%).", [
		request.label,
		cordoned,
		nodes.total,
		allowed_nodes,
		limits.nodes_percent,
	]),
	"details": {"cordoned": cordoned, "allowed": allowed_nodes, "total": nodes.total, "others": nodes.cordoned},
} if {
	request.takes_node_out
	cordoned > allowed_nodes
}

# METADATA
# title: Last available node of its pool
# description: >-
#   Pods that ask for this pool cannot be scheduled until another of its nodes is available.
# custom:
#   code: blast-radius.pool-emptied
#   remedy: >-
#     Add or uncordon a node of the pool first.
#   facts: [nodes]
warn contains {
	"code": "blast-radius.pool-emptied",
	"message": sprintf("%v is the last available node of the pool %v (%v nodes).", [request.label, nodes.pool, nodes.pool_total]),
	"details": {"pool": nodes.pool, "pool_total": nodes.pool_total},
} if {
	request.takes_node_out
	not nodes.pool == ""
	nodes.pool_available <= 1
}

# METADATA
# title: Too many replicas at once
# description: >-
#   No disruption budget holds these pods back, so all of them go at the same time.
# custom:
#   code: blast-radius.replicas
#   remedy: >-
#     Give the workload a PodDisruptionBudget: then its pods are evicted in rounds. Or spread its pods over more nodes.
#   facts: [disruption]
deny contains {
	"code": "blast-radius.replicas",
	"message": crowded_message(group),
	"details": {"owner": text.owner(group), "pods": group.count, "ready": group.ready, "replicas": group.replicas},
} if {
	some group in crowded
	request.production
}

# METADATA
# title: Many replicas at once outside production
# description: >-
#   The same as in production would be denied.
# custom:
#   code: blast-radius.replicas-elsewhere
#   remedy: >-
#     Give the workload a PodDisruptionBudget: then its pods are evicted in rounds.
#   facts: [disruption]
warn contains {
	"code": "blast-radius.replicas-elsewhere",
	"message": crowded_message(group),
	"details": {"owner": text.owner(group), "pods": group.count, "ready": group.ready, "replicas": group.replicas},
} if {
	some group in crowded
	not request.production
}

# METADATA
# title: Scale-down too steep in production
# description: >-
#   The replicas that remain get the whole load at once.
# custom:
#   code: blast-radius.scale-down
#   remedy: >-
#     Scale down in steps, or have a policy admin raise data.config.limits.scale_down_percent.
#   facts: [parameters]
deny contains {
	"code": "blast-radius.scale-down",
	"message": sprintf("%v: from %v to %v replicas takes away more than %v %% at once.", [
		request.label,
		current,
		replicas,
		percent,
	]),
	"details": {"current": current, "replicas": replicas, "percent": percent},
} if {
	request.scales
	request.production
	current := request.current_replicas
	replicas := request.replicas
	percent := limits.scale_down_percent
	100 * (current - replicas) > percent * current
}

nodes := input.nodes

cordoned := nodes.cordoned_count + 1

allowed_nodes := at_least_one(floor((nodes.total * limits.nodes_percent) / 100))

at_least_one(number) := number if number >= 1

at_least_one(number) := 1 if number < 1

# Groups of which a larger part than allowed would be down at once. Pods that are not ready are down already; the pods of a
# Job replace nobody.
crowded := [group |
	some group in disruption.groups
	group.ready * 100 > limits.replicas_percent * group.replicas
	group.replicas > 1
	group.controller.kind != "Job"
	not group.under_budget
]

crowded_message(group) := sprintf("%v: %v of %v ready replicas of %v would go at once; at most %v %% may.", [
	request.label,
	group.ready,
	group.replicas,
	text.owner(group),
	limits.replicas_percent,
])
