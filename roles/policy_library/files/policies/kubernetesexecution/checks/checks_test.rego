# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.checks_test

import rego.v1

import data.kubernetesexecution.checks
import data.kubernetesexecution.lib.fixtures

exception := {
	"name": "a",
	"owner": "b",
	"reason": "c",
	"rules": ["hpa-conflict.autoscaled"],
	"actions": ["ScaleDeployment"],
	"expires": "2026-12-31",
}

test_ordinary_data_passes if {
	checks == {"settings": true, "limits": true} with data.config as fixtures.config({})
}

test_without_data_nothing_passes if {
	checks == {"settings": false, "limits": false} with data.config as {}
}

test_a_pause_of_any_action_counts if {
	checks.settings == false with data.config as fixtures.config({"cool_down_seconds": {"DeletePod": -1}})
}

test_pauses_are_a_mapping if {
	checks.settings == false with data.config as fixtures.config({"cool_down_seconds": []})
}

test_a_quorum_of_any_action_counts if {
	checks.settings == false with data.config as fixtures.config({"approvals": {"quorum": {"default": 1, "DeletePod": 0}}})
}

test_a_quorum_needs_a_default if {
	checks.settings == false with data.config as object.union(
		object.remove(fixtures.config({}), ["approvals"]),
		{"approvals": {"quorum": {"DeletePod": 1}, "max_valid_seconds": 60, "required_for": []}},
	)
}

test_a_complete_exception_passes if {
	checks.settings == true with data.config as fixtures.config({"exceptions": [exception]})
}

test_an_exception_of_any_action_counts if {
	checks.settings == false with data.config as fixtures.config({"exceptions": [object.union(exception, {"expires": "soon"})]})
}

test_an_exception_has_a_name_of_its_own if {
	checks.settings == false with data.config as fixtures.config({"exceptions": [exception, exception]})
}

test_retention_counts if {
	checks.settings == false with data.config as fixtures.config({"retention_days": 0})
}

test_rate_limits_counts if {
	checks.settings == false with data.config as fixtures.config({"rate_limits": [{"scope": "nobody", "max": 1, "window_seconds": 60}]})
}

test_failure_block_counts if {
	checks.settings == false with data.config as fixtures.config({"failure_block": {"after": 0, "seconds": 60}})
}

test_length_of_approvals_counts if {
	checks.settings == false with data.config as fixtures.config({"approvals": {"max_valid_seconds": 0}})
}

test_overrides_counts if {
	checks.settings == false with data.config as fixtures.config({"overrides": {"codes": "all"}})
}

test_image_of_jobs_counts if {
	checks.settings == false with data.config as fixtures.config({"job_mode": {"image": "kubectl:latest"}})
}

test_list_of_exceptions_counts if {
	checks.settings == false with data.config as fixtures.config({"exceptions": {}})
}

test_concurrent_cluster_actions_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"concurrent_cluster_actions": "many"}})
}

test_critical_minimum_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"critical_minimum": "many"}})
}

test_eviction_rounds_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"eviction_rounds": "many"}})
}

test_minimum_available_nodes_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"minimum_available_nodes": "many"}})
}

test_minimum_nodes_for_drain_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"minimum_nodes_for_drain": "many"}})
}

test_nodes_percent_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"nodes_percent": "many"}})
}

test_other_clusters_draining_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"other_clusters_draining": "many"}})
}

test_quorum_members_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"quorum_members": "many"}})
}

test_replica_ceiling_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"replica_ceiling": "many"}})
}

test_replicas_percent_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"replicas_percent": "many"}})
}

test_scale_down_percent_counts if {
	checks.limits == false with data.config as fixtures.config({"limits": {"scale_down_percent": "many"}})
}

test_part_of_a_drain_is_no_limit if {
	checks.limits == false with data.config as fixtures.config({"limits": {"draining_nodes": 1.5}})
}
