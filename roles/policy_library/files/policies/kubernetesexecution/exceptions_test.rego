# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What exceptions do to a decision; which of them count is tested in lib/exceptions.
package kubernetesexecution_test

import rego.v1

import data.kubernetesexecution
import data.kubernetesexecution.lib.fixtures

excepting(changes) := fixtures.config({"exceptions": [fixtures.exception(changes)]})

# Too soon after the last restart.
hasty := fixtures.restart({"history": {"last_success_seconds": 1}})

at_night := fixtures.exception({"rules": ["business-hours.destructive-action"], "actions": ["DrainNode"]})

side_by_side := fixtures.exception({"rules": ["execution-history.concurrent-drains"], "actions": ["DrainNode"]})

test_an_exception_makes_a_warning_and_is_named_in_it if {
	decision := kubernetesexecution.decision with input as fixtures.drain({})
		with data.config as fixtures.config({"business_hours": {"enabled": true}, "exceptions": [at_night]})
	decision.allowed
	decision.violations == []
	[{"code": warning.code, "message": warning.message, "exception": warning.details.exception, "time_zone": warning.details.time_zone} | some warning in decision.warnings] == [
		{
			"code": "business-hours.destructive-action",
			"message": "Node node-1: DrainNode is not done in production between 09:00 and 17:00 (UTC); it is 12:30. Excepted until 2026-12-31 by team-shop (web-alone): the second replica waits for its licence.",
			"exception": at_night,
			"time_zone": "UTC",
		},
	]
}

test_an_expired_exception_lifts_nothing_and_is_reported if {
	decision := kubernetesexecution.decision with input as hasty
		with data.config as excepting({"rules": ["execution-history.cool-down"], "expires": "2026-11-17"})
	not decision.allowed
	codes(decision.violations) == ["execution-history.cool-down"]
	codes(decision.warnings) == ["exceptions.expired"]
}

test_an_exception_lifts_only_the_rules_that_it_names if {
	decision := kubernetesexecution.decision with input as hasty
		with data.config as excepting({"rules": ["execution-history.other"]})
	codes(decision.violations) == ["execution-history.cool-down"]
	decision.warnings == []
}

test_an_exception_leaves_rules_on_trial_alone if {
	decision := kubernetesexecution.decision with input as hasty
		with data.config as object.union(
			excepting({"rules": ["execution-history.cool-down"]}),
			{"enforcement": {"execution-history.cool-down": "dryrun"}},
		)
	decision.warnings == []
	count([finding | some finding in decision.dryrun; contains(finding.message, "Excepted")]) == 0
}

test_a_bad_exception_denies_and_lifts_nothing if {
	decision := kubernetesexecution.decision with input as hasty
		with data.config as excepting({"rules": ["execution-history.cool-down"], "owner": ""})
	codes(decision.violations) == ["config.setting-unusable", "execution-history.cool-down"]
}

test_what_is_firm_is_not_excepted if {
	decision := kubernetesexecution.decision with input as fixtures.restart({})
		with data.config as fixtures.config({
			"exceptions": [fixtures.exception({"rules": ["protected-objects.listed"]})],
			"protected_objects": [{"kind": "Deployment", "namespace": "shop", "name": "web"}],
		})
	codes(decision.violations) == ["config.setting-unusable", "protected-objects.listed"]
}

gate_codes := ["policy.malformed-result", "policy.action-not-in-catalogue", "config.limit-unusable", "exceptions.expired"]

too_much := [fixtures.exception({"name": code, "rules": [code, "execution-history.cool-down"]}) | some code in gate_codes]

# Whatever the data says about it: an exception that names one of them is none, and lifts nothing else that it names.
test_what_the_gate_and_the_config_say_is_not_excepted if {
	decision := kubernetesexecution.decision with input as hasty
		with data.config as fixtures.config({"exceptions": too_much})
	{violation.code | some violation in decision.violations} == {"config.setting-unusable", "execution-history.cool-down"}
	decision.warnings == []
}

test_an_action_that_nobody_knows_is_not_excepted if {
	decision := kubernetesexecution.decision with input as object.union(fixtures.restart({}), {"action": "Explode"})
		with data.config as fixtures.config({
			"exceptions": [
				fixtures.exception({
					"rules": ["policy.action-not-in-catalogue"],
					"actions": ["Explode"],
				}),
			],
		})
	"policy.action-not-in-catalogue" in {violation.code | some violation in decision.violations}
}

# The warning that an exception is over stays one, with an exception from it and with an override.
test_the_report_of_an_expired_exception_is_not_lifted if {
	decision := kubernetesexecution.decision with input as fixtures.restart({"approvals": [fixtures.override({})]})
		with data.config as fixtures.config({
			"enforcement": {"exceptions.expired": "deny"},
			"exceptions": [fixtures.exception({"rules": ["execution-history.cool-down"], "expires": "2026-11-17"})],
			"overrides": {"codes": ["exceptions.expired"]},
		})
	codes(decision.violations) == ["exceptions.expired"]
}

test_an_exception_and_an_override_both_count if {
	decision := kubernetesexecution.decision with input as fixtures.drain({
		"approvals": [fixtures.override({})],
		"history": {"draining": {"count": 1, "nodes": ["node-2"]}},
	})
		with data.config as fixtures.config({
			"business_hours": {"enabled": true},
			"exceptions": [side_by_side],
			"overrides": {"codes": ["business-hours.destructive-action", "execution-history.concurrent-drains"]},
		})
	decision.allowed
	codes(decision.warnings) == ["business-hours.destructive-action", "execution-history.concurrent-drains"]
	contains(decision.warnings[0].message, "Overridden by alice")
	contains(decision.warnings[1].message, "Excepted until 2026-12-31 by team-shop")
	not contains(decision.warnings[1].message, "Overridden")
}
