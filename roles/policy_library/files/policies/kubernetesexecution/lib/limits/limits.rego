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

default all := {}

all := data.config.limits

replica_ceiling := all.replica_ceiling if is_number(all.replica_ceiling)

critical_minimum := all.critical_minimum if is_number(all.critical_minimum)

scale_down_percent := all.scale_down_percent if is_number(all.scale_down_percent)

replicas_percent := all.replicas_percent if is_number(all.replicas_percent)

nodes_percent := all.nodes_percent if is_number(all.nodes_percent)

minimum_nodes_for_drain := all.minimum_nodes_for_drain if is_number(all.minimum_nodes_for_drain)

minimum_available_nodes := all.minimum_available_nodes if is_number(all.minimum_available_nodes)

# The gate counts drains only when this is a whole number.
draining_nodes := all.draining_nodes if {
	is_number(all.draining_nodes)
	floor(all.draining_nodes) == all.draining_nodes
}

eviction_rounds := all.eviction_rounds if is_number(all.eviction_rounds)

quorum_members := all.quorum_members if is_number(all.quorum_members)

concurrent_cluster_actions := all.concurrent_cluster_actions if is_number(all.concurrent_cluster_actions)

other_clusters_draining := all.other_clusters_draining if is_number(all.other_clusters_draining)
