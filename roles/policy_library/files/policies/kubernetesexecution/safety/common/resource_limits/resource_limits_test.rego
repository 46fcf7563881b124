# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.resource_limits_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.resource_limits

test_cluster_capacity_fires if {
	resource_limits.deny == {
		{
			"code": "resource-limits.cluster-capacity",
			"details": {"cluster_pods": 5, "replicas": 6},
			"message": "Deployment shop/web: 6 replicas are more than the 5 pods that the available nodes can run.",
		},
	} with input as fixtures.scale(6, {"capacity": {"cluster_pods": 5}})
		with data.config as fixtures.config({})
}

test_cluster_capacity_silent if {
	resource_limits.deny == set() with input as fixtures.scale(1, {"capacity": {"pods": 0, "cluster_pods": 0}})
		with data.config as fixtures.config({})
}

test_cluster_capacity_boundary if {
	resource_limits.deny == set() with input as fixtures.scale(5, {"capacity": {"cluster_pods": 5}})
		with data.config as fixtures.config({})
}

test_cluster_capacity_fires_for_a_single_pod_more if {
	{violation.code | some violation in resource_limits.deny} == {"resource-limits.cluster-capacity"} with input as fixtures.scale(6, {"capacity": {"pods": 1, "cluster_pods": 5}})
		with data.config as fixtures.config({})
}

test_small_cluster_fires if {
	resource_limits.deny == {
		{
			"code": "resource-limits.small-cluster",
			"details": {"minimum": 3, "total_nodes": 2},
			"message": "Node node-1 is one of 2 nodes; a cluster with fewer than 3 nodes is not drained.",
		},
	} with input as fixtures.drain({"cluster_info": {"total_nodes": 2}})
		with data.config as fixtures.config({})
}

test_small_cluster_silent if {
	resource_limits.deny == set() with input as fixtures.cordon({"cluster_info": {"total_nodes": 2}})
		with data.config as fixtures.config({})
}

test_small_cluster_boundary if {
	resource_limits.deny == set() with input as fixtures.drain({"cluster_info": {"total_nodes": 3}})
		with data.config as fixtures.config({})
}

test_last_available_node_fires if {
	resource_limits.deny == {
		{
			"code": "resource-limits.last-available-node",
			"details": {"available_nodes": 1, "minimum": 1, "remaining": 0},
			"message": "Node node-1: 0 Ready and schedulable nodes would remain; at least 1 have to.",
		},
	} with input as fixtures.cordon({"cluster_info": {"available_nodes": 1}})
		with data.config as fixtures.config({})
}

test_last_available_node_silent if {
	resource_limits.deny == set() with input as fixtures.uncordon({"cluster_info": {"available_nodes": 0}})
		with data.config as fixtures.config({})
}

test_last_available_node_boundary if {
	resource_limits.deny == set() with input as fixtures.cordon({"cluster_info": {"available_nodes": 2}})
		with data.config as fixtures.config({})
}

test_last_available_node_silent_when_the_node_is_cordoned_already if {
	resource_limits.deny == set() with input as fixtures.drain({"cluster_info": {"available_nodes": 1}, "target": {"unschedulable": true}})
		with data.config as fixtures.config({})
}

test_last_available_node_silent_when_the_node_is_not_ready if {
	resource_limits.deny == set() with input as fixtures.drain({"cluster_info": {"available_nodes": 1}, "target": {"ready": false}})
		with data.config as fixtures.config({})
}

test_last_available_node_fires_when_none_is_left_beside_a_cordoned_one if {
	{violation.code | some violation in resource_limits.deny} == {"resource-limits.last-available-node"} with input as fixtures.drain({"cluster_info": {"available_nodes": 0}, "target": {"unschedulable": true}})
		with data.config as fixtures.config({})
}

test_quota_exceeded_fires if {
	resource_limits.deny == {
		{
			"code": "resource-limits.quota-exceeded",
			"details": {"after": 5, "hard": 4, "name": "team", "resource": "pods", "used": 2},
			"message": "Deployment shop/web: ResourceQuota shop/team allows 4 pods, and 5 would be used.",
		},
	} with input as fixtures.scale(5, {"capacity": {"quotas": [{"name": "team", "resource": "pods", "hard": 4, "used": 2, "after": 5}]}})
		with data.config as fixtures.config({})
}

test_quota_exceeded_silent if {
	resource_limits.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_quota_exceeded_boundary if {
	resource_limits.deny == set() with input as fixtures.scale(5, {"capacity": {"quotas": [{"name": "team", "resource": "pods", "hard": 5, "used": 2, "after": 5}]}})
		with data.config as fixtures.config({})
}

test_quota_exceeded_silent_when_nothing_is_added if {
	resource_limits.deny == set() with input as fixtures.scale(5, {"capacity": {"quotas": [{"name": "team", "resource": "pods", "hard": 4, "used": 6, "after": 6}]}})
		with data.config as fixtures.config({})
}

test_cluster_capacity_silent_for_other_actions if {
	resource_limits.deny == set() with input as fixtures.restart({"parameters": {"replicas": 100000, "current_replicas": 3}, "capacity": {"pods": 1, "cluster_pods": 5}})
		with data.config as fixtures.config({})
}
