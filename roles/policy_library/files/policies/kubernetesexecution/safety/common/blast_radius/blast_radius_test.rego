# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.blast_radius_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.blast_radius

test_nodes_fires if {
	blast_radius.deny == {
		{
			"code": "blast-radius.nodes",
			"details": {"allowed": 2, "cordoned": 3, "others": ["node-2", "node-3"], "total": 8},
			"message": "Node node-1: 3 of 8 nodes would be cordoned; at most 2 may be (25 %).",
		},
	} with input as fixtures.cordon({"nodes": {"cordoned": ["node-2", "node-3"], "cordoned_count": 2}})
		with data.config as fixtures.config({})
}

test_nodes_silent if {
	blast_radius.deny == set() with input as fixtures.uncordon({"nodes": {"cordoned_count": 5}})
		with data.config as fixtures.config({})
}

test_nodes_boundary if {
	blast_radius.deny == set() with input as fixtures.cordon({"nodes": {"cordoned": ["node-2"], "cordoned_count": 1}})
		with data.config as fixtures.config({})
}

test_nodes_silent_for_the_only_cordoned_node if {
	blast_radius.deny == set() with input as fixtures.cordon({"nodes": {"total": 3, "cordoned_count": 0}})
		with data.config as fixtures.config({})
}

test_pool_emptied_fires if {
	blast_radius.warn == {
		{
			"code": "blast-radius.pool-emptied",
			"details": {"pool": "general", "pool_total": 5},
			"message": "Node node-1 is the last available node of the pool general (5 nodes).",
		},
	} with input as fixtures.cordon({"nodes": {"pool_available": 1}})
		with data.config as fixtures.config({})
}

test_pool_emptied_silent if {
	blast_radius.warn == set() with input as fixtures.cordon({"nodes": {"pool": "", "pool_available": 0}})
		with data.config as fixtures.config({})
}

test_pool_emptied_boundary if {
	blast_radius.warn == set() with input as fixtures.cordon({"nodes": {"pool_available": 2}})
		with data.config as fixtures.config({})
}

test_replicas_fires if {
	blast_radius.deny == {
		{
			"code": "blast-radius.replicas",
			"details": {"owner": "Deployment shop/web", "pods": 4, "ready": 4, "replicas": 4},
			"message": "Node node-1: 4 of 4 ready replicas of Deployment shop/web would go at once; at most 75 % may.",
		},
	} with input as fixtures.drain_of({"replicas": 4, "count": 4, "ready": 4}, {})
		with data.config as fixtures.config({})
}

test_replicas_silent if {
	blast_radius.deny == set() with input as fixtures.drain_of({"replicas": 1}, {})
		with data.config as fixtures.config({})
}

test_replicas_boundary if {
	blast_radius.deny == set() with input as fixtures.drain_of({"replicas": 4, "count": 3, "ready": 3}, {})
		with data.config as fixtures.config({})
}

test_replicas_silent_under_a_budget if {
	blast_radius.deny == set() with input as fixtures.drain_of({"replicas": 4, "count": 4, "ready": 4, "under_budget": true}, {})
		with data.config as fixtures.config({})
}

test_replicas_silent_for_pods_that_are_down if {
	blast_radius.deny == set() with input as fixtures.drain_of({"replicas": 4, "count": 4, "ready": 0}, {})
		with data.config as fixtures.config({})
}

test_replicas_silent_for_a_job if {
	blast_radius.deny == set() with input as fixtures.drain_of({"replicas": 4, "count": 4, "ready": 4, "controller": {"kind": "Job", "name": "import"}}, {})
		with data.config as fixtures.config({})
}

test_replicas_elsewhere_fires if {
	blast_radius.warn == {
		{
			"code": "blast-radius.replicas-elsewhere",
			"details": {"owner": "Deployment shop/web", "pods": 4, "ready": 4, "replicas": 4},
			"message": "Node node-1: 4 of 4 ready replicas of Deployment shop/web would go at once; at most 75 % may.",
		},
	} with input as fixtures.drain_of({"replicas": 4, "count": 4, "ready": 4}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_replicas_elsewhere_silent if {
	blast_radius.warn == set() with input as fixtures.drain_of({"replicas": 4, "count": 4, "ready": 4}, {})
		with data.config as fixtures.config({})
}

test_replicas_elsewhere_boundary if {
	blast_radius.warn == set() with input as fixtures.drain_of({"replicas": 4, "count": 3, "ready": 3}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_scale_down_fires if {
	blast_radius.deny == {
		{
			"code": "blast-radius.scale-down",
			"details": {"current": 10, "percent": 75, "replicas": 2},
			"message": "Deployment shop/web: from 10 to 2 replicas takes away more than 75 % at once.",
		},
	} with input as fixtures.scale(2, {"parameters": {"current_replicas": 10}})
		with data.config as fixtures.config({})
}

test_scale_down_silent if {
	blast_radius.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_scale_down_boundary if {
	blast_radius.deny == set() with input as fixtures.scale(1, {"parameters": {"current_replicas": 4}})
		with data.config as fixtures.config({})
}

test_scale_down_silent_elsewhere if {
	blast_radius.deny == set() with input as fixtures.scale(0, fixtures.in_development({"parameters": {"current_replicas": 10}}))
		with data.config as fixtures.config({})
}

test_replicas_silent_elsewhere if {
	blast_radius.deny == set() with input as fixtures.drain_of({"replicas": 4, "count": 4, "ready": 4}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_replicas_silent_for_a_stateful_set_at_the_limit if {
	blast_radius.deny == set() with input as fixtures.drain_of({"controller": {"kind": "StatefulSet", "name": "db"}, "replicas": 4, "count": 3, "ready": 3}, {})
		with data.config as fixtures.config({})
}

test_replicas_silent_under_a_budget_whatever_else_there_is_to_say if {
	blast_radius.deny == set() with input as fixtures.drain_of({"replicas": 4, "count": 4, "ready": 4, "storage": ["hostPath"], "under_budget": true}, {})
		with data.config as fixtures.config({})
}

test_pool_emptied_silent_for_uncordon if {
	blast_radius.warn == set() with input as fixtures.uncordon({"nodes": {"pool_available": 1}})
		with data.config as fixtures.config({})
}

test_nodes_fires_for_a_taint_that_keeps_pods_off if {
	{finding.code | some finding in blast_radius.deny} == {"blast-radius.nodes"} with input as fixtures.taint({"nodes": {"cordoned_count": 2}, "parameters": {"effect": "NoSchedule"}})
		with data.config as fixtures.config({})
}

test_nodes_silent_for_a_taint_that_closes_nothing if {
	blast_radius.deny == set() with input as fixtures.taint({"nodes": {"cordoned_count": 2}, "parameters": {"effect": "PreferNoSchedule", "closes_node": false}})
		with data.config as fixtures.config({})
}

test_nodes_fires_for_the_second_of_a_small_cluster if {
	count(blast_radius.deny) == 1 with input as fixtures.cordon({"nodes": {"total": 3, "cordoned": ["node-2"], "cordoned_count": 1}})
		with data.config as fixtures.config({})
}

test_replicas_fires_for_both_of_two if {
	count(blast_radius.deny) == 1 with input as fixtures.drain_of({"replicas": 2, "count": 2, "ready": 2}, {})
		with data.config as fixtures.config({})
}

test_scale_down_silent_for_other_actions if {
	blast_radius.deny == set() with input as fixtures.restart({"parameters": {"replicas": 1, "current_replicas": 10}})
		with data.config as fixtures.config({})
}

test_of_exactly_one_node_there_is_one if blast_radius.at_least_one(1) == 1
