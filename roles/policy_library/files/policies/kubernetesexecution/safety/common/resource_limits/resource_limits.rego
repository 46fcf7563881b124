# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Limits of the cluster
# description: >-
#   Room for pods in the cluster, clusters that are too small to be drained, the last available node, quotas.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.resource_limits

import rego.v1

import data.kubernetesexecution.lib.limits
import data.kubernetesexecution.lib.request

# METADATA
# title: More replicas than the cluster can run
# description: >-
#   The sum of the pods that the nodes allow is the upper bound of every Deployment.
# custom:
#   code: resource-limits.cluster-capacity
#   remedy: >-
#     Ask for fewer replicas or add nodes.
#   facts: [parameters, capacity]
deny contains {
	"code": "resource-limits.cluster-capacity",
	"message": sprintf("%v: %v replicas are more than the %v pods that the available nodes can run.", [request.label, replicas, capacity]),
	"details": {"replicas": replicas, "cluster_pods": capacity},
} if {
	request.scales
	replicas := request.replicas
	capacity := room.cluster_pods
	replicas > capacity
	room.pods > 0
}

# METADATA
# title: Cluster too small to drain a node
# description: >-
#   With few nodes a drain takes away a large part of the cluster.
# custom:
#   code: resource-limits.small-cluster
#   remedy: >-
#     Add a node before draining this one, or have a policy admin lower data.config.limits.minimum_nodes_for_drain.
#   facts: [cluster_info]
deny contains {
	"code": "resource-limits.small-cluster",
	"message": sprintf("%v is one of %v nodes; a cluster with fewer than %v nodes is not drained.", [request.label, total, minimum]),
	"details": {"total_nodes": total, "minimum": minimum},
} if {
	request.drains
	total := input.cluster_info.total_nodes
	minimum := limits.minimum_nodes_for_drain
	total < minimum
}

# METADATA
# title: Last available node
# description: >-
#   Without an available node nothing can be scheduled any more, not even the replacements of this node's pods.
# custom:
#   code: resource-limits.last-available-node
#   remedy: >-
#     Uncordon or add another node first.
#   facts: [cluster_info, target]
deny contains {
	"code": "resource-limits.last-available-node",
	"message": sprintf("%v: %v Ready and schedulable nodes would remain; at least %v have to.", [request.label, remaining, minimum]),
	"details": {"available_nodes": input.cluster_info.available_nodes, "remaining": remaining, "minimum": minimum},
} if {
	request.takes_node_out
	minimum := limits.minimum_available_nodes
	remaining < minimum
}

# METADATA
# title: Quota exceeded
# description: >-
#   The API server would refuse the pods one by one, long after the change was accepted.
# custom:
#   code: resource-limits.quota-exceeded
#   remedy: >-
#     Ask for less, or have the quota raised.
#   facts: [capacity]
deny contains {
	"code": "resource-limits.quota-exceeded",
	"message": sprintf(
		"%v: ResourceQuota %v/%v allows %v %v, and %v would be used.",
		[request.label, input.namespace, quota.name, quota.hard, quota.resource, quota.after],
	),
	"details": quota,
} if {
	some quota in room.quotas
	quota.after > quota.hard
	quota.after > quota.used
}

room := input.capacity

# A node that is cordoned or not Ready is not among the available ones.
remaining := input.cluster_info.available_nodes - 1 if counted

remaining := input.cluster_info.available_nodes if not counted

default counted := false

counted if {
	request.target.ready
	not request.target.unschedulable
}
