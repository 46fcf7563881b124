# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.request_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.lib.request

test_names_an_object_of_a_namespace if {
	request.label == "Deployment shop/web" with input as fixtures.scale(5, {})
}

test_names_a_node if {
	request.label == "Node node-1" with input as fixtures.cordon({})
}

test_has_words_for_a_target_without_a_name if {
	request.label == "The target" with input as {}
}

test_takes_the_strictest_environment_when_none_is_stated if {
	request.production with input as {}
}

test_knows_when_it_is_not_production if {
	not request.production with input as fixtures.scale(5, fixtures.in_development({}))
}

test_computes_with_numbers if {
	request.replicas == 5 with input as fixtures.scale(5, {})
}

test_does_not_compute_with_anything_else if {
	not request.replicas with input as fixtures.scale(5, {"parameters": {"replicas": "5"}})
}

test_does_not_compute_with_anything_else_either if {
	not request.current_replicas with input as fixtures.scale(5, {"parameters": {"current_replicas": "5"}})
}

test_undoes_what_is_named if {
	request.undoes with input as fixtures.scale(5, {"request": {"undoes": "rollout-restart-5e0c2a0e6a0e"}})
}

test_undoes_nothing_that_is_not_named if {
	not request.undoes with input as fixtures.scale(5, {})
}

test_undoes_nothing_without_a_name if {
	not request.undoes with input as fixtures.scale(5, {"request": {"undoes": true}})
}

test_undoes_nothing_when_nothing_is_said if {
	not request.undoes with input as {}
}

test_a_taint_that_deletes_pods_removes_them_and_takes_the_node_out if {
	request.removes_pods with input as fixtures.taint({})
	request.takes_node_out with input as fixtures.taint({})
}

test_taking_a_taint_off_does_neither if {
	not request.removes_pods with input as fixtures.taint({"parameters": {"state": "absent", "closes_node": false}})
	not request.takes_node_out with input as fixtures.taint({"parameters": {"state": "absent", "closes_node": false}})
}

test_a_taint_is_destructive if {
	request.destructive with input as fixtures.taint({})
}

test_what_is_absent_afterwards_is_given_back_by_a_taint_alone if {
	request.destructive with input as fixtures.drain({"parameters": {"state": "absent"}})
}

test_taking_a_taint_off_is_not_destructive if {
	not request.destructive with input as fixtures.taint({"parameters": {"state": "absent"}})
}

test_scaling_does_nothing_but_scale if {
	request.scales == true with input as fixtures.scale(5, {})
	request.updates_image == false with input as fixtures.scale(5, {})
	request.brings_images == false with input as fixtures.scale(5, {})
	request.restarts == false with input as fixtures.scale(5, {})
	request.takes_node_out == false with input as fixtures.scale(5, {})
	request.removes_pods == false with input as fixtures.scale(5, {})
	request.isolates == false with input as fixtures.scale(5, {})
	request.taints_away == false with input as fixtures.scale(5, {})
}

test_deleting_a_pod_removes_it_and_does_not_scale if {
	request.removes_pods == true with input as fixtures.delete_pod({})
	request.scales == false with input as fixtures.delete_pod({})
	request.isolates == false with input as fixtures.delete_pod({})
}

test_quarantine_removes_a_pod_by_isolating_it if {
	request.removes_pods == true with input as fixtures.quarantine({})
	request.isolates == true with input as fixtures.quarantine({})
}

test_an_update_brings_images if {
	request.brings_images == true with input as fixtures.update_image({}, {})
	request.updates_image == true with input as fixtures.update_image({}, {})
}

test_a_rollback_brings_images_and_is_no_update if {
	request.updates_image == false with input as fixtures.rollback({}, {})
	request.brings_images == true with input as fixtures.rollback({}, {})
}

test_parameters_of_a_taint_mean_nothing_elsewhere if {
	request.takes_node_out == false with input as fixtures.uncordon({"parameters": {"closes_node": true, "effect": "NoExecute", "state": "present"}})
	request.taints_away == false with input as fixtures.uncordon({"parameters": {"closes_node": true, "effect": "NoExecute", "state": "present"}})
}

test_a_taint_that_evicts_takes_the_node_out if {
	request.takes_node_out == true with input as fixtures.taint({})
	request.taints_away == true with input as fixtures.taint({})
}

test_a_taint_without_eviction_leaves_pods_alone if {
	request.taints_away == false with input as fixtures.taint({"parameters": {"effect": "NoSchedule"}})
}

test_a_taint_that_is_taken_off_leaves_pods_alone if {
	request.taints_away == false with input as fixtures.taint({"parameters": {"state": "absent"}})
}
