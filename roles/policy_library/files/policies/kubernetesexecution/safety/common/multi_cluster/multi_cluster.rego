# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Several clusters
# description: >-
#   What other clusters do comes from a hub cluster; without one both numbers are 0 and nothing is restricted.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.multi_cluster

import rego.v1

import data.kubernetesexecution.lib.limits
import data.kubernetesexecution.lib.request

# METADATA
# title: Destructive actions elsewhere
# description: >-
#   The other clusters carry the load of this one; they are not to be weakened at the same time.
# custom:
#   code: multi-cluster.concurrent-actions
#   remedy: >-
#     Wait until the other cluster's action has ended.
#   facts: [cluster_state]
deny contains {
	"code": "multi-cluster.concurrent-actions",
	"message": sprintf("%v: destructive actions in progress in other clusters: %v; tolerated: %v.", [
		request.label,
		running,
		tolerated,
	]),
	"details": {"concurrent_actions": running, "tolerated": tolerated},
} if {
	request.destructive
	running := input.cluster_state.concurrent_actions
	tolerated := limits.concurrent_cluster_actions
	running > tolerated
}

# METADATA
# title: Drain elsewhere
# description: >-
#   One cluster at a time is drained.
# custom:
#   code: multi-cluster.other-cluster-draining
#   remedy: >-
#     Wait until the other cluster's drain has ended.
#   facts: [cluster_state]
deny contains {
	"code": "multi-cluster.other-cluster-draining",
	"message": sprintf("%v: other clusters that are draining a node: %v; tolerated: %v.", [request.label, draining, tolerated]),
	"details": {"other_clusters_draining": draining, "tolerated": tolerated},
} if {
	request.drains
	draining := input.cluster_state.other_clusters_draining
	tolerated := limits.other_clusters_draining
	draining > tolerated
}
