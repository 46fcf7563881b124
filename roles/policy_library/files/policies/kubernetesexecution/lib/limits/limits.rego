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

replica_ceiling := configured.replica_ceiling if is_number(configured.replica_ceiling)

critical_minimum := configured.critical_minimum if is_number(configured.critical_minimum)

scale_down_percent := configured.scale_down_percent if is_number(configured.scale_down_percent)

replicas_percent := configured.replicas_percent if is_number(configured.replicas_percent)

nodes_percent := configured.nodes_percent if is_number(configured.nodes_percent)

minimum_nodes_for_drain := configured.minimum_nodes_for_drain if is_number(configured.minimum_nodes_for_drain)

minimum_available_nodes := configured.minimum_available_nodes if is_number(configured.minimum_available_nodes)

# The gate counts drains only when this is a whole number.
draining_nodes := configured.draining_nodes if {
	is_number(configured.draining_nodes)
	floor(configured.draining_nodes) == configured.draining_nodes
}

eviction_rounds := configured.eviction_rounds if is_number(configured.eviction_rounds)

quorum_members := configured.quorum_members if is_number(configured.quorum_members)

concurrent_cluster_actions := configured.concurrent_cluster_actions if is_number(configured.concurrent_cluster_actions)

other_clusters_draining := configured.other_clusters_draining if is_number(configured.other_clusters_draining)
