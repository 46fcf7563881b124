# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: The library's own data
# description: >-
#   A limit that is missing or mistyped must not switch a rule off.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.config

import rego.v1

import data.kubernetesexecution.lib.limits
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.settings

# METADATA
# title: Limit missing or not a number
# description: >-
#   A rule that compares with it would be undefined, and so allow.
# custom:
#   code: config.limit-unusable
#   remedy: >-
#     Have a policy admin set the number in config/limits.yaml and publish the library.
#   facts: [action]
deny contains {
	"code": "config.limit-unusable",
	"message": sprintf("%v: the library has no usable data.config.limits.%v, which %v is judged by.", [request.label, limit, request.action]),
	"details": {"limit": limit},
} if {
	not usable
	some limit in limits_of[request.action]
	not numeric(limit)
}

# METADATA
# title: Part of the data missing
# description: >-
#   A list that is missing is not an empty list.
# custom:
#   code: config.key-missing
#   remedy: >-
#     Have a policy admin restore the key (empty, if that is meant) and publish the library.
#   facts: [action]
deny contains {
	"code": "config.key-missing",
	"message": sprintf("%v: the library has no data.config.%v.", [request.label, key]),
	"details": {"key": key},
} if {
	not complete
	some key in keys
	not key in object.keys(data.config)
}

# METADATA
# title: Setting that cannot be used
# description: >-
#   A rate limit that nobody can count, or a quorum of nobody, must not pass for none.
# custom:
#   code: config.setting-unusable
#   remedy: >-
#     Have a policy admin correct it in config/history.yaml, config/approvals.yaml or config/exceptions.yaml and publish the library.
#   facts: [action]
deny contains {
	"code": "config.setting-unusable",
	"message": sprintf("%v: data.config.%v of the library has to be %v.", [request.label, setting, expected]),
	"details": {"setting": setting},
} if {
	not settings.usable
	some [setting, expected] in settings.unusable
}

numeric(limit) if {
	limit != "draining_nodes"
	is_number(limits.configured[limit])
}

numeric("draining_nodes") if is_number(limits.draining_nodes)

# Written out by action, because this is part of every evaluation: the list is gone through only when something is wrong.
default usable := false

usable if data.checked.limits == true

usable if {
	not data.checked.limits == true
	usable_here
}

default usable_here := false

usable_here if {
	request.action == "ScaleDeployment"
	scaling_usable
}

usable_here if {
	request.action == "ScaleStatefulSet"
	scaling_usable
	limits.quorum_members
}

usable_here if {
	request.sets_bounds
	limits.critical_minimum
	limits.replica_ceiling
}

usable_here if {
	request.removes_pods
	not request.takes_node_out
	removal_usable
}

usable_here if {
	request.takes_node_out
	not request.removes_pods
	outage_usable
}

usable_here if {
	request.taints_away
	removal_usable
	outage_usable
}

usable_here if {
	request.drains
	removal_usable
	outage_usable
	limits.draining_nodes
	limits.minimum_nodes_for_drain
	limits.other_clusters_draining
}

usable_here if {
	not request.scales
	not request.removes_pods
	not request.takes_node_out
	not request.sets_bounds
}

default scaling_usable := false

scaling_usable if {
	limits.critical_minimum
	limits.replica_ceiling
	limits.scale_down_percent
}

default removal_usable := false

removal_usable if {
	limits.concurrent_cluster_actions
	limits.eviction_rounds
	limits.quorum_members
	limits.replicas_percent
}

default outage_usable := false

outage_usable if {
	limits.concurrent_cluster_actions
	limits.minimum_available_nodes
	limits.nodes_percent
}

limits_of := {
	"ScaleDeployment": ["critical_minimum", "replica_ceiling", "scale_down_percent"],
	"ScaleStatefulSet": ["critical_minimum", "quorum_members", "replica_ceiling", "scale_down_percent"],
	"DeletePod": ["concurrent_cluster_actions", "eviction_rounds", "quorum_members", "replicas_percent"],
	"CordonNode": ["concurrent_cluster_actions", "minimum_available_nodes", "nodes_percent"],
	"UpdateHPA": ["critical_minimum", "replica_ceiling"],
	"QuarantinePod": ["concurrent_cluster_actions", "eviction_rounds", "quorum_members", "replicas_percent"],
	"TaintNode": [
		"concurrent_cluster_actions",
		"eviction_rounds",
		"minimum_available_nodes",
		"nodes_percent",
		"quorum_members",
		"replicas_percent",
	],
	"DrainNode": [
		"concurrent_cluster_actions",
		"draining_nodes",
		"eviction_rounds",
		"minimum_available_nodes",
		"minimum_nodes_for_drain",
		"nodes_percent",
		"other_clusters_draining",
		"quorum_members",
		"replicas_percent",
	],
}

# Keys without which a rule would be silent. Without any of the others a rule denies by itself.
default complete := false

complete if {
	data.config.allow_windows
	data.config.approvals
	data.config.freezes
	data.config.protected_namespaces
	data.config.protected_objects
	own_complete
}

default own_complete := false

own_complete if {
	request.scales
	data.config.critical_deployments
}

own_complete if {
	request.sets_bounds
	data.config.critical_deployments
}

own_complete if {
	request.brings_images
	data.config.images
}

own_complete if {
	not request.scales
	not request.sets_bounds
	not request.brings_images
}

keys := [
	"allow_windows",
	"approvals",
	"business_hours",
	"catalogue",
	"critical_deployments",
	"destructive_actions",
	"enforcement",
	"exceptions",
	"freezes",
	"ignored_eviction_guards",
	"ignored_lock_tools",
	"images",
	"jobs",
	"limits",
	"namespace_exceptions",
	"protected_namespaces",
	"protected_objects",
	"replica_ceilings",
]
