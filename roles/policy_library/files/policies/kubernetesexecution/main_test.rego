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

# What packages report, as collected.rego hands it over.
report(group, result) := {"policy": "team/rules", "group": group, "result": result}

test_counts_what_is_reported_in_its_own_environment_only if {
	reports := {report("common", "one"), report("production", "two"), report("development", "three")}
	counted := kubernetesexecution.readable_of(reports, "warn") with input as fixtures.scale(5, fixtures.in_development({}))
	{[given, finding.message] | some [given, finding] in counted} == {["warn", "one"], ["warn", "three"]}
}

test_denies_what_cannot_be_read_in_its_own_environment_only if {
	lists := [{report("common", 7), report("common", "readable")}, {report("production", {"code": "a.b"}), report("development", [])}]
	counted := kubernetesexecution.malformed_of(lists) with input as fixtures.scale(5, fixtures.in_development({}))
	[[given, finding.code] | some [given, finding] in counted] == [["deny", "policy.malformed-result"], ["deny", "policy.malformed-result"]]
}

test_no_exception_lifts_a_finding_of_a_firm_package if {
	finding := {"policy": "rbac/team", "code": "team.rights", "message": "no right"}
	settled := kubernetesexecution.settle("deny", finding) with input as fixtures.restart({})
		with data.config as fixtures.config({"exceptions": [fixtures.exception({"rules": ["team.rights"]})]})
	settled == ["deny", finding]
}

test_an_exception_lifts_the_same_finding_of_another_package if {
	finding := {"policy": "team/rights", "code": "team.rights", "message": "no right"}
	settled := kubernetesexecution.settle("deny", finding) with input as fixtures.restart({})
		with data.config as fixtures.config({"exceptions": [fixtures.exception({"rules": ["team.rights"]})]})
	settled[0] == "warn"
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

	# Rules of an organisation that merged its own into the library may say more.
	found := codes(decision.violations)
	found == sort(found)
	count({
		"action-dependencies.dry-run-missing",
		"change-approval.required",
		"image-registry.digest-required",
		"image-registry.floating-tag",
		"image-registry.not-allowed",
	} - {code | some code in found}) == 0
	"rollout-state.paused-update" in codes(decision.warnings)
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

# A drain in business hours, with data that lets an override lift what it lists.
hours(listed) := fixtures.config({"business_hours": {"enabled": true}, "overrides": {"codes": listed}})

test_an_override_makes_a_warning_and_is_named_in_it if {
	decision := kubernetesexecution.decision with input as fixtures.drain({"approvals": [fixtures.override({})]})
		with data.config as hours(["business-hours.destructive-action"])
	decision.allowed
	decision.violations == []
	decision.violations_text == []
	decision.warnings == [
		{
			"policy": "production/business_hours",
			"code": "business-hours.destructive-action",
			"message": "Node node-1: DrainNode is not done in production between 09:00 and 17:00 (UTC); it is 12:30. Overridden by alice: shop is down.",
			"remedy": "Run it after 17:00 (UTC), or have a policy admin change data.config.business_hours.",
			"details": {
				"time": "2026-11-18T12:30:00Z",
				"from": "09:00",
				"to": "17:00",
				"time_zone": "UTC",
				"override": {"name": "override-1", "approver": "alice", "reason": "shop is down"},
			},
		},
	]
}

test_without_an_override_it_denies if {
	decision := kubernetesexecution.decision with input as fixtures.drain({"approvals": [fixtures.approval({})]})
		with data.config as hours(["business-hours.destructive-action"])
	codes(decision.violations) == ["business-hours.destructive-action"]
}

test_an_override_of_the_requester_lifts_nothing if {
	decision := kubernetesexecution.decision with input as fixtures.drain({"approvals": [fixtures.override({"approver": "system:serviceaccount:guardrail-system:runner"})]})
		with data.config as hours(["business-hours.destructive-action"])
	codes(decision.violations) == ["business-hours.destructive-action"]
}

test_an_override_lifts_only_what_is_listed if {
	decision := kubernetesexecution.decision with input as fixtures.drain({
		"approvals": [fixtures.override({})],
		"history": {"draining": {"count": 1, "nodes": ["node-2"]}},
	})
		with data.config as hours(["execution-history.concurrent-drains"])
	codes(decision.violations) == ["business-hours.destructive-action"]
	codes(decision.warnings) == ["execution-history.concurrent-drains"]
}

test_an_override_leaves_warnings_and_rules_on_trial_alone if {
	decision := kubernetesexecution.decision with input as fixtures.restart({
		"approvals": [fixtures.override({})],
		"target": {"rollout_in_progress": true},
		"history": {"last_success_seconds": 1},
	})
		with data.config as fixtures.config({
			"enforcement": {"execution-history.cool-down": "dryrun"},
			"overrides": {"codes": ["execution-history.cool-down", "rollout-state.in-progress"]},
		})
	decision.violations == []
	codes(decision.warnings) == ["rollout-state.in-progress"]
	codes(decision.dryrun) == ["execution-history.cool-down"]
	count([finding | some finding in decision.warnings; contains(finding.message, "Overridden")]) == 0
	count([finding | some finding in decision.dryrun; contains(finding.message, "Overridden")]) == 0
}

firm_codes := [
	"config.limit-unusable",
	"facts.required-unavailable",
	"namespace-protection.protected-namespace",
	"permissions.missing",
	"policy.action-not-in-catalogue",
	"protected-objects.listed",
]

test_what_is_firm_is_not_overridden_whatever_the_data_says if {
	decision := kubernetesexecution.decision with input as fixtures.scale(5, {
		"approvals": [fixtures.override({})],
		"namespace": "kube-system",
		"rbac_permissions": [],
		"required_permissions": [{"verb": "patch", "group": "apps", "resource": "deployments/scale", "namespace": "shop"}],
		"unavailable": [{"fact": "target", "reason": "forbidden"}],
	})
		with data.config as fixtures.config({
			"limits": {"replica_ceiling": "20"},
			"protected_objects": [{"kind": "Deployment", "namespace": "shop", "name": "web"}],
			"overrides": {"codes": firm_codes},
		})
	codes(decision.violations) == [
		"config.limit-unusable",
		"facts.required-unavailable",
		"namespace-protection.protected-namespace",
		"permissions.missing",
		"protected-objects.listed",
	]
	decision.warnings == []
}

test_an_action_that_is_not_in_the_catalogue_is_not_overridden if {
	decision := kubernetesexecution.decision with input as fixtures.document({"action": "FormatDisk", "approvals": [fixtures.override({})]})
		with data.config as fixtures.config({"overrides": {"codes": firm_codes}})
	codes(decision.violations) == ["policy.action-not-in-catalogue"]
}

test_without_a_list_nothing_is_overridden if {
	decision := kubernetesexecution.decision with input as fixtures.drain({"approvals": [fixtures.override({})]})
		with data.config as object.remove(hours([]), ["overrides"])
	codes(decision.violations) == ["business-hours.destructive-action", "config.setting-unusable"]
}

test_a_text_is_readable if {
	kubernetesexecution.readable({"policy": "common/x", "result": "no"})
}

test_an_object_with_a_message_is_readable if {
	kubernetesexecution.readable({"policy": "common/x", "result": {"message": "no"}})
	kubernetesexecution.readable({"policy": "common/x", "result": {"code": "x.y", "message": "no"}})
}

test_nothing_else_is_readable if {
	not kubernetesexecution.readable({"policy": "common/x", "result": 3})
	not kubernetesexecution.readable({"policy": "common/x", "result": ["no"]})
	not kubernetesexecution.readable({"policy": "common/x", "result": {"message": 3}})
	not kubernetesexecution.readable({"policy": "common/x", "result": {"code": 3, "message": "no"}})
}

test_a_text_is_a_finding if {
	kubernetesexecution.finding_of({"policy": "common/x", "result": "no"}) == {
		"policy": "common/x",
		"code": "common.x",
		"message": "no",
	}
}

test_an_object_is_a_finding_with_its_code_and_details if {
	report := {"policy": "common/x", "result": {"code": "x.y", "message": "no", "details": {"a": 1}}}
	kubernetesexecution.finding_of(report) == {"policy": "common/x", "code": "x.y", "message": "no", "details": {"a": 1}}
}

test_an_object_without_a_code_goes_by_its_package if {
	kubernetesexecution.code_of({"policy": "common/x", "result": {"message": "no"}}) == "common.x"
}

test_what_is_not_readable_is_no_finding if {
	not kubernetesexecution.finding_of({"policy": "common/x", "result": {"message": 3}})
	not kubernetesexecution.finding_of({"policy": "common/x", "result": 3})
	not kubernetesexecution.code_of({"policy": "common/x", "result": 3})
}

test_an_environment_counts_in_itself_alone if {
	kubernetesexecution.counts("common") with input as fixtures.scale(5, {})
	kubernetesexecution.counts("production") with input as fixtures.scale(5, {})
	not kubernetesexecution.counts("development") with input as fixtures.scale(5, {})
}
