# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.config.usable_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.config

# Of each action: with the limits that it is judged by, and with one of them as a text.
names := {finding.details.limit | some finding in config.deny}

test_scale_deployment_is_judged_by_usable_limits if {
	config.usable with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_scale_deployment_needs_critical_minimum if {
	names == {"critical_minimum"} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"limits": {"critical_minimum": "x"}})
}

test_scale_deployment_needs_replica_ceiling if {
	names == {"replica_ceiling"} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"limits": {"replica_ceiling": "x"}})
}

test_scale_deployment_needs_scale_down_percent if {
	names == {"scale_down_percent"} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"limits": {"scale_down_percent": "x"}})
}

test_scale_stateful_set_is_judged_by_usable_limits if {
	config.usable with input as fixtures.scale_stateful_set(3, {})
		with data.config as fixtures.config({})
}

test_scale_stateful_set_needs_critical_minimum if {
	names == {"critical_minimum"} with input as fixtures.scale_stateful_set(3, {})
		with data.config as fixtures.config({"limits": {"critical_minimum": "x"}})
}

test_scale_stateful_set_needs_quorum_members if {
	names == {"quorum_members"} with input as fixtures.scale_stateful_set(3, {})
		with data.config as fixtures.config({"limits": {"quorum_members": "x"}})
}

test_scale_stateful_set_needs_replica_ceiling if {
	names == {"replica_ceiling"} with input as fixtures.scale_stateful_set(3, {})
		with data.config as fixtures.config({"limits": {"replica_ceiling": "x"}})
}

test_scale_stateful_set_needs_scale_down_percent if {
	names == {"scale_down_percent"} with input as fixtures.scale_stateful_set(3, {})
		with data.config as fixtures.config({"limits": {"scale_down_percent": "x"}})
}

test_delete_pod_is_judged_by_usable_limits if {
	config.usable with input as fixtures.delete_pod({})
		with data.config as fixtures.config({})
}

test_delete_pod_needs_concurrent_cluster_actions if {
	names == {"concurrent_cluster_actions"} with input as fixtures.delete_pod({})
		with data.config as fixtures.config({"limits": {"concurrent_cluster_actions": "x"}})
}

test_delete_pod_needs_eviction_rounds if {
	names == {"eviction_rounds"} with input as fixtures.delete_pod({})
		with data.config as fixtures.config({"limits": {"eviction_rounds": "x"}})
}

test_delete_pod_needs_quorum_members if {
	names == {"quorum_members"} with input as fixtures.delete_pod({})
		with data.config as fixtures.config({"limits": {"quorum_members": "x"}})
}

test_delete_pod_needs_replicas_percent if {
	names == {"replicas_percent"} with input as fixtures.delete_pod({})
		with data.config as fixtures.config({"limits": {"replicas_percent": "x"}})
}

test_cordon_node_is_judged_by_usable_limits if {
	config.usable with input as fixtures.cordon({})
		with data.config as fixtures.config({})
}

test_cordon_node_needs_concurrent_cluster_actions if {
	names == {"concurrent_cluster_actions"} with input as fixtures.cordon({})
		with data.config as fixtures.config({"limits": {"concurrent_cluster_actions": "x"}})
}

test_cordon_node_needs_minimum_available_nodes if {
	names == {"minimum_available_nodes"} with input as fixtures.cordon({})
		with data.config as fixtures.config({"limits": {"minimum_available_nodes": "x"}})
}

test_cordon_node_needs_nodes_percent if {
	names == {"nodes_percent"} with input as fixtures.cordon({})
		with data.config as fixtures.config({"limits": {"nodes_percent": "x"}})
}

test_update_hpa_is_judged_by_usable_limits if {
	config.usable with input as fixtures.update_hpa({})
		with data.config as fixtures.config({})
}

test_update_hpa_needs_critical_minimum if {
	names == {"critical_minimum"} with input as fixtures.update_hpa({})
		with data.config as fixtures.config({"limits": {"critical_minimum": "x"}})
}

test_update_hpa_needs_replica_ceiling if {
	names == {"replica_ceiling"} with input as fixtures.update_hpa({})
		with data.config as fixtures.config({"limits": {"replica_ceiling": "x"}})
}

test_quarantine_pod_is_judged_by_usable_limits if {
	config.usable with input as fixtures.quarantine({})
		with data.config as fixtures.config({})
}

test_quarantine_pod_needs_concurrent_cluster_actions if {
	names == {"concurrent_cluster_actions"} with input as fixtures.quarantine({})
		with data.config as fixtures.config({"limits": {"concurrent_cluster_actions": "x"}})
}

test_quarantine_pod_needs_eviction_rounds if {
	names == {"eviction_rounds"} with input as fixtures.quarantine({})
		with data.config as fixtures.config({"limits": {"eviction_rounds": "x"}})
}

test_quarantine_pod_needs_quorum_members if {
	names == {"quorum_members"} with input as fixtures.quarantine({})
		with data.config as fixtures.config({"limits": {"quorum_members": "x"}})
}

test_quarantine_pod_needs_replicas_percent if {
	names == {"replicas_percent"} with input as fixtures.quarantine({})
		with data.config as fixtures.config({"limits": {"replicas_percent": "x"}})
}

test_taint_node_is_judged_by_usable_limits if {
	config.usable with input as fixtures.taint({})
		with data.config as fixtures.config({})
}

test_taint_node_needs_concurrent_cluster_actions if {
	names == {"concurrent_cluster_actions"} with input as fixtures.taint({})
		with data.config as fixtures.config({"limits": {"concurrent_cluster_actions": "x"}})
}

test_taint_node_needs_eviction_rounds if {
	names == {"eviction_rounds"} with input as fixtures.taint({})
		with data.config as fixtures.config({"limits": {"eviction_rounds": "x"}})
}

test_taint_node_needs_minimum_available_nodes if {
	names == {"minimum_available_nodes"} with input as fixtures.taint({})
		with data.config as fixtures.config({"limits": {"minimum_available_nodes": "x"}})
}

test_taint_node_needs_nodes_percent if {
	names == {"nodes_percent"} with input as fixtures.taint({})
		with data.config as fixtures.config({"limits": {"nodes_percent": "x"}})
}

test_taint_node_needs_quorum_members if {
	names == {"quorum_members"} with input as fixtures.taint({})
		with data.config as fixtures.config({"limits": {"quorum_members": "x"}})
}

test_taint_node_needs_replicas_percent if {
	names == {"replicas_percent"} with input as fixtures.taint({})
		with data.config as fixtures.config({"limits": {"replicas_percent": "x"}})
}

test_drain_node_is_judged_by_usable_limits if {
	config.usable with input as fixtures.drain({})
		with data.config as fixtures.config({})
}

test_drain_node_needs_concurrent_cluster_actions if {
	names == {"concurrent_cluster_actions"} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"concurrent_cluster_actions": "x"}})
}

test_drain_node_needs_draining_nodes if {
	names == {"draining_nodes"} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"draining_nodes": "x"}})
}

test_drain_node_needs_eviction_rounds if {
	names == {"eviction_rounds"} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"eviction_rounds": "x"}})
}

test_drain_node_needs_minimum_available_nodes if {
	names == {"minimum_available_nodes"} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"minimum_available_nodes": "x"}})
}

test_drain_node_needs_minimum_nodes_for_drain if {
	names == {"minimum_nodes_for_drain"} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"minimum_nodes_for_drain": "x"}})
}

test_drain_node_needs_nodes_percent if {
	names == {"nodes_percent"} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"nodes_percent": "x"}})
}

test_drain_node_needs_other_clusters_draining if {
	names == {"other_clusters_draining"} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"other_clusters_draining": "x"}})
}

test_drain_node_needs_quorum_members if {
	names == {"quorum_members"} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"quorum_members": "x"}})
}

test_drain_node_needs_replicas_percent if {
	names == {"replicas_percent"} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"replicas_percent": "x"}})
}

test_other_actions_need_no_limit if {
	config.usable with input as fixtures.restart({})
		with data.config as {}
}

test_complete_for_scaling if {
	config.complete with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_complete_for_bounds if {
	config.complete with input as fixtures.update_hpa({})
		with data.config as fixtures.config({})
}

test_complete_for_an_image if {
	config.complete with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({})
}

test_complete_for_anything_else if {
	config.complete with input as fixtures.cordon({})
		with data.config as fixtures.config({})
}

test_not_complete_without_allow_windows if {
	not config.complete with input as fixtures.cordon({})
		with data.config as object.remove(fixtures.config({}), ["allow_windows"])
}

test_not_complete_without_approvals if {
	not config.complete with input as fixtures.cordon({})
		with data.config as object.remove(fixtures.config({}), ["approvals"])
}

test_not_complete_without_freezes if {
	not config.complete with input as fixtures.cordon({})
		with data.config as object.remove(fixtures.config({}), ["freezes"])
}

test_not_complete_without_protected_namespaces if {
	not config.complete with input as fixtures.cordon({})
		with data.config as object.remove(fixtures.config({}), ["protected_namespaces"])
}

test_not_complete_without_protected_objects if {
	not config.complete with input as fixtures.cordon({})
		with data.config as object.remove(fixtures.config({}), ["protected_objects"])
}

test_scaling_not_complete_without_critical_deployments if {
	not config.complete with input as fixtures.scale(5, {})
		with data.config as object.remove(fixtures.config({}), ["critical_deployments"])
}

test_bounds_not_complete_without_critical_deployments if {
	not config.complete with input as fixtures.update_hpa({})
		with data.config as object.remove(fixtures.config({}), ["critical_deployments"])
}

test_an_image_not_complete_without_images if {
	not config.complete with input as fixtures.update_image({}, {})
		with data.config as object.remove(fixtures.config({}), ["images"])
}
