# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution_test

import rego.v1

import data.kubernetesexecution
import data.kubernetesexecution.lib.fixtures

codes(findings) := [finding.code | some finding in findings]

test_allows_when_no_rule_has_anything_to_say if {
	kubernetesexecution.decision == {
		"allowed": true,
		"violations": [],
		"violations_text": [],
		"warnings": [],
		"dryrun": [],
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_denies_and_says_why if {
	kubernetesexecution.decision == {
		"allowed": false,
		"violations": [
			{
				"policy": "production/replica_ceiling",
				"code": "replica-ceiling.exceeded",
				"message": "Deployment shop/web: 50 replicas are more than the 20 that production allows.",
				"remedy": "Ask for 20 replicas or fewer, or have a policy admin give shop/web an entry in data.config.replica_ceilings.",
				"details": {"replicas": 50, "ceiling": 20},
			},
		],
		"violations_text": ["Deployment shop/web: 50 replicas are more than the 20 that production allows."],
		"warnings": [],
		"dryrun": [],
	} with input as fixtures.scale(50, {})
		with data.config as fixtures.config({})
}

test_counts_a_group_in_its_own_environment_only if {
	kubernetesexecution.decision.allowed with input as fixtures.scale(50, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_allows_with_warnings if {
	decision := kubernetesexecution.decision with input as fixtures.drain_under({"rounds": 3, "pods": 3}, {})
		with data.config as fixtures.config({})
	decision.allowed
	codes(decision.warnings) == ["disruption-budgets.several-rounds"]
}

test_reports_every_violation_sorted_by_code if {
	decision := kubernetesexecution.decision with input as fixtures.update_image(
		{"image": "docker.io/evil/web:latest", "registry": "docker.io", "repository": "evil/web", "tag": "latest", "digest": ""},
		{"target": {"paused": true}, "dry_run_result": {"status": "skipped"}},
	)
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"]}})
	not decision.allowed
	codes(decision.violations) == [
		"action-dependencies.dry-run-missing",
		"change-approval.required",
		"image-registry.digest-required",
		"image-registry.floating-tag",
		"image-registry.not-allowed",
	]
	codes(decision.warnings) == ["rollout-state.paused-update"]
	decision.violations_text == [violation.message | some violation in decision.violations]
}

test_denies_an_action_that_is_not_in_the_catalogue if {
	decision := kubernetesexecution.decision with input as fixtures.document({"action": "FormatDisk"})
		with data.config as fixtures.config({})
	decision.violations == [
		{
			"policy": "gate",
			"code": "policy.action-not-in-catalogue",
			"message": "The action FormatDisk is not in the library's catalogue.",
			"remedy": "Add the action to data.config.catalogue, or use one that is in it.",
		},
	]
}

test_denies_an_action_whose_catalogue_entry_is_no_mapping if {
	decision := kubernetesexecution.decision with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"catalogue": {"ScaleDeployment": true}})
	codes(decision.violations) == ["policy.action-not-in-catalogue"]
}

test_denies_without_any_data if {
	decision := kubernetesexecution.decision with input as fixtures.scale(5, {})
		with data.config as {}
	not decision.allowed
	"policy.action-not-in-catalogue" in codes(decision.violations)
}

test_a_rule_can_be_lowered_to_a_warning if {
	decision := kubernetesexecution.decision with input as fixtures.scale(50, {})
		with data.config as fixtures.config({"enforcement": {"replica-ceiling.exceeded": "warn"}})
	decision.allowed
	codes(decision.warnings) == ["replica-ceiling.exceeded"]
}

test_a_rule_can_be_tried_out if {
	decision := kubernetesexecution.decision with input as fixtures.scale(50, {})
		with data.config as fixtures.config({"enforcement": {"replica-ceiling.exceeded": "dryrun"}})
	decision.allowed
	decision.warnings == []
	codes(decision.dryrun) == ["replica-ceiling.exceeded"]
}

test_a_warning_can_be_raised_to_a_denial if {
	decision := kubernetesexecution.decision with input as fixtures.restart({"target": {"rollout_in_progress": true}})
		with data.config as fixtures.config({"enforcement": {"rollout-state.in-progress": "deny"}})
	codes(decision.violations) == ["rollout-state.in-progress"]
}

test_an_unknown_level_denies if {
	decision := kubernetesexecution.decision with input as fixtures.restart({"target": {"rollout_in_progress": true}})
		with data.config as fixtures.config({"enforcement": {"rollout-state.in-progress": "off"}})
	codes(decision.violations) == ["rollout-state.in-progress"]
}
