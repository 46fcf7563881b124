# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: The data that is published
# description: >-
#   Looks at the library's own data, not at fixtures. Publishing runs the tests, so that a mistyped value is refused before
#   anything is judged by it.
package kubernetesexecution.safety.common.config.data_test

import rego.v1

import data.kubernetesexecution.lib.clock
import data.kubernetesexecution.lib.exceptions
import data.kubernetesexecution.lib.settings
import data.kubernetesexecution.safety.common.change_calendar
import data.kubernetesexecution.safety.common.config

environments := {"production", "staging", "development"}

test_every_key_is_there if {
	missing := [key | some key in config.keys; not key in object.keys(data.config)]
	missing == []
}

test_every_limit_is_a_number_of_zero_or_more if {
	named := {limit | some limits in config.limits_of; some limit in limits}
	unusable := [limit | some limit in named; not usable_number(data.config.limits[limit])]
	unusable == []
}

usable_number(value) if {
	is_number(value)
	value >= 0
}

test_percentages_are_percentages if {
	unusable := [name | some name in object.keys(data.config.limits); endswith(name, "_percent"); data.config.limits[name] > 100]
	unusable == []
}

test_every_catalogue_entry_is_complete if {
	unusable := [action | some action in object.keys(data.config.catalogue); not complete(data.config.catalogue[action])]
	unusable == []
}

complete(entry) if {
	is_array(entry.required_facts)
	is_boolean(entry.destructive)
	is_boolean(entry.risky)
	is_boolean(entry.manifest)
}

test_destructive_actions_have_a_level if {
	levels := {level | some level in data.config.destructive_actions}
	levels - {"allowed", "approval", "denied"} == set()
	unlisted := [action |
		some action in object.keys(data.config.catalogue)
		data.config.catalogue[action].destructive
		not data.config.destructive_actions[action]
	]
	unlisted == []
}

test_settings_about_history_and_approvals_are_usable if {
	settings.retention_usable
	settings.rate_limits_usable
	settings.failure_block_usable
	settings.max_valid_usable
	settings.codes_usable
}

test_every_cool_down_is_a_time if {
	unusable := [action |
		some action in object.keys(data.config.cool_down_seconds)
		not settings.usable_seconds(data.config.cool_down_seconds[action])
	]
	unusable == []
}

test_every_quorum_is_a_number_of_people if {
	unusable := [action |
		some action in object.keys(data.config.approvals.quorum)
		not settings.usable_quorum(data.config.approvals.quorum[action])
	]
	unusable == []
	data.config.approvals.quorum["default"]
}

test_codes_that_can_be_overridden_are_texts if {
	unusable := [code | some code in data.config.overrides.codes; not is_string(code)]
	unusable == []
}

test_lists_are_lists if {
	is_array(data.config.approvals.required_for)
	is_array(data.config.critical_deployments)
	is_array(data.config.ignored_eviction_guards)
	is_array(data.config.ignored_lock_tools)
	is_array(data.config.images.allowed_registries)
	is_array(data.config.images.floating_tags)
	is_array(data.config.bindings)
}

test_mappings_are_mappings if {
	is_object(data.config.protected_namespaces)
	is_object(data.config.replica_ceilings)
	is_object(data.config.enforcement)
	unusable := [name | some name in object.keys(data.config.replica_ceilings); not is_number(data.config.replica_ceilings[name])]
	unusable == []
}

test_exceptions_and_protected_objects_are_complete if {
	half := [exception |
		some exception in data.config.namespace_exceptions
		not {"namespace", "action", "name"} - object.keys(exception) == set()
	]
	half == []
	nameless := [entry | some entry in data.config.protected_objects; not {"kind", "name"} - object.keys(entry) == set()]
	nameless == []
}

test_environments_are_known if {
	{name | some name in data.config.images.digest_required_in} - environments == set()
	data.config.cluster.environment in environments
	data.config.cluster.default_environment in environments
}

test_levels_of_enforcement_are_known if {
	{level | some level in data.config.enforcement} - {"deny", "warn", "dryrun"} == set()
}

test_the_calendar_can_be_read if {
	change_calendar.unusable == set()
	is_boolean(data.config.business_hours.enabled)
	clock.usable_period(data.config.business_hours)
}

test_every_exception_is_complete if {
	exceptions.unusable == []
	exceptions.doubled == []
}
