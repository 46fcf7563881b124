# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.multi_cluster_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.multi_cluster

test_concurrent_actions_fires if {
	multi_cluster.deny == {
		{
			"code": "multi-cluster.concurrent-actions",
			"details": {"concurrent_actions": 1, "tolerated": 0},
			"message": "Node node-1: destructive actions in progress in other clusters: 1; tolerated: 0.",
		},
	} with input as fixtures.cordon({"cluster_state": {"concurrent_actions": 1}})
		with data.config as fixtures.config({})
}

test_concurrent_actions_silent if {
	multi_cluster.deny == set() with input as fixtures.scale(5, {"cluster_state": {"concurrent_actions": 1}})
		with data.config as fixtures.config({})
}

test_concurrent_actions_boundary if {
	multi_cluster.deny == set() with input as fixtures.cordon({"cluster_state": {"concurrent_actions": 1}})
		with data.config as fixtures.config({"limits": {"concurrent_cluster_actions": 1}})
}

test_other_cluster_draining_fires if {
	multi_cluster.deny == {
		{
			"code": "multi-cluster.other-cluster-draining",
			"details": {"other_clusters_draining": 1, "tolerated": 0},
			"message": "Node node-1: other clusters that are draining a node: 1; tolerated: 0.",
		},
	} with input as fixtures.drain({"cluster_state": {"other_clusters_draining": 1}})
		with data.config as fixtures.config({})
}

test_other_cluster_draining_silent if {
	multi_cluster.deny == set() with input as fixtures.cordon({"cluster_state": {"other_clusters_draining": 1}})
		with data.config as fixtures.config({})
}

test_other_cluster_draining_boundary if {
	multi_cluster.deny == set() with input as fixtures.drain({"cluster_state": {"other_clusters_draining": 1}})
		with data.config as fixtures.config({"limits": {"other_clusters_draining": 1}})
}
