# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Limits that are numbers
# description: >-
#   data.config.limits, each under its own name. A limit that is no number is undefined here, so that nothing is computed
#   with it; safety.common.config denies the actions that need it.
package kubernetesexecution.lib.limits

import rego.v1

default configured := {}

configured := data.config.limits

names := {
	"concurrent_cluster_actions",
	"critical_minimum",
	"draining_nodes",
	"eviction_rounds",
	"minimum_available_nodes",
	"minimum_nodes_for_drain",
	"nodes_percent",
	"other_clusters_draining",
	"quorum_members",
	"replica_ceiling",
	"replicas_percent",
	"scale_down_percent",
}

# Those that can be compared with.
default numbers := {}

numbers := configured if data.checked.limits == true

numbers := {name: number |
	some name in object.keys(configured)
	number := configured[name]
	is_number(number)
} if {
	not data.checked.limits == true
}

replica_ceiling := numbers.replica_ceiling

critical_minimum := numbers.critical_minimum

scale_down_percent := numbers.scale_down_percent

replicas_percent := numbers.replicas_percent

nodes_percent := numbers.nodes_percent

minimum_nodes_for_drain := numbers.minimum_nodes_for_drain

minimum_available_nodes := numbers.minimum_available_nodes

# The gate counts drains only when this is a whole number.
draining_nodes := numbers.draining_nodes if floor(numbers.draining_nodes) == numbers.draining_nodes

eviction_rounds := numbers.eviction_rounds

quorum_members := numbers.quorum_members

concurrent_cluster_actions := numbers.concurrent_cluster_actions

other_clusters_draining := numbers.other_clusters_draining
