# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.settings_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.lib.settings

# Names of the settings that are unusable.
names(unusable) := {name | some [name, _] in unusable}

limit(changes) := fixtures.merge({"scope": "target", "max": 1, "window_seconds": 60}, changes)

test_ordinary_settings_are_usable if {
	settings.usable with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_nothing_is_said_about_ordinary_settings if {
	settings.unusable == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_without_any_data_nothing_is_usable if {
	not settings.usable with input as fixtures.scale(5, {})
		with data.config as {}
}

test_settings_that_were_checked_before_are_not_looked_at_again if {
	settings.usable with data.config as {} with data.checked as {"settings": true}
}

test_settings_that_were_found_wanting_before_are_looked_at if {
	not settings.usable with data.config as {} with data.checked as {"settings": false}
}

test_every_setting_that_is_missing_is_named if {
	names(settings.unusable) == {
		"approvals.max_valid_seconds",
		"approvals.quorum",
		"cool_down_seconds",
		"exceptions",
		"failure_block",
		"overrides.codes",
		"rate_limits",
		"retention_days",
	} with input as fixtures.scale(5, {})
		with data.config as {}
}

pinned := "registry.example.com/kubectl@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

# One digit too many.
longer := concat("", [pinned, "0"])

test_no_image_for_jobs_is_usable if {
	settings.job_image_usable with data.config as fixtures.config({"job_mode": {"image": ""}})
}

test_a_pinned_image_for_jobs_is_usable if {
	settings.job_image_usable with data.config as fixtures.config({"job_mode": {"image": pinned}})
}

test_an_image_for_jobs_with_a_tag_alone_is_unusable if {
	settings.unusable == {
		[
			"job_mode.image",
			"empty, or an image that ends in @sha256: and 64 hexadecimal digits",
		],
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"job_mode": {"image": "registry.example.com/kubectl:1.36"}})
}

test_an_image_for_jobs_ends_in_its_digest if {
	not settings.job_image_usable with data.config as fixtures.config({"job_mode": {"image": longer}})
}

test_an_image_for_jobs_is_text if {
	not settings.job_image_usable with data.config as fixtures.config({"job_mode": {"image": 7}})
}

test_every_scope_is_usable if {
	settings.rate_limits_usable with data.config as fixtures.config({
		"rate_limits": [limit({"scope": scope}) |
			some scope in ["target", "action", "namespace", "requester", "global"]
		],
	})
}

test_no_rate_limit_is_usable if {
	settings.rate_limits_usable with data.config as fixtures.config({"rate_limits": []})
}

test_a_rate_limit_of_some_actions_is_usable if {
	settings.rate_limits_usable with data.config as fixtures.config({"rate_limits": [limit({"actions": ["DrainNode"]})]})
}

test_a_window_may_be_as_long_as_records_are_kept if {
	settings.rate_limits_usable with data.config as fixtures.config({"rate_limits": [limit({"window_seconds": 2592000})]})
}

test_a_window_may_be_a_second_or_as_long_as_records_are_kept_for_some_actions_too if {
	settings.rate_limits_usable with data.config as fixtures.config({
		"rate_limits": [
			limit({"window_seconds": 1}),
			limit({"window_seconds": 1, "actions": ["DrainNode"]}),
			limit({"window_seconds": 2592000, "actions": ["DrainNode"]}),
		],
	})
}

test_what_cannot_be_counted_is_no_rate_limit if {
	settings.usable_limits == [] with data.config as fixtures.config({
		"rate_limits": [
			limit({"scope": "cluster"}),
			limit({"max": "10"}),
			limit({"max": 0}),
			limit({"max": null}),
			limit({"max": 1.5}),
			limit({"window_seconds": 60.5}),
			limit({"max": 0, "actions": ["DrainNode"]}),
			limit({"max": 1.5, "actions": ["DrainNode"]}),
			limit({"max": null, "actions": ["DrainNode"]}),
			limit({"max": "1", "actions": ["DrainNode"]}),
			limit({"scope": "cluster", "actions": ["DrainNode"]}),
			limit({"window_seconds": 0, "actions": ["DrainNode"]}),
			limit({"window_seconds": 0.5, "actions": ["DrainNode"]}),
			limit({"window_seconds": 2592001, "actions": ["DrainNode"]}),
			limit({"window_seconds": "60"}),
			limit({"window_seconds": 0}),
			limit({"window_seconds": 2592001}),
			limit({"window_seconds": 60.5, "actions": ["DrainNode"]}),
			limit({"actions": "DrainNode"}),
			limit({"actions": {"first": "DrainNode"}}),
			limit({"actions": [1]}),
			limit({"action": ["DrainNode"]}),
			{"max": 1, "window_seconds": 60, "actions": []},
			{"scope": "target", "window_seconds": 60},
			{"scope": "target", "max": 1},
			"target",
		],
	})
}

test_one_unusable_rate_limit_is_enough if {
	not settings.rate_limits_usable with data.config as fixtures.config({"rate_limits": [limit({}), limit({"max": 0})]})
}

test_rate_limits_are_a_list if {
	not settings.rate_limits_usable with data.config as fixtures.config({"rate_limits": {"a": limit({})}})
}

test_exceptions_are_a_list if {
	not settings.exceptions_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"exceptions": {"a": fixtures.exception({})}})
}

test_exceptions_are_usable_for_an_action_that_nobody_knows if {
	settings.exceptions_usable with input as fixtures.drain({"action": "Unknown"})
		with data.config as fixtures.config({"exceptions": [fixtures.exception({})]})
}

test_exceptions_are_a_list_for_an_action_that_nobody_knows_too if {
	not settings.exceptions_usable with input as fixtures.drain({"action": "Unknown"})
		with data.config as fixtures.config({"exceptions": {"a": fixtures.exception({})}})
}

test_a_failure_block_may_be_switched_off if {
	settings.failure_block_usable with data.config as fixtures.config({"failure_block": {"after": 1, "seconds": 0}})
}

test_a_failure_block_may_last_as_long_as_records_are_kept if {
	settings.failure_block_usable with data.config as fixtures.config({"failure_block": {"seconds": 2592000}})
}

test_a_failure_block_lasts_no_longer if {
	not settings.failure_block_usable with data.config as fixtures.config({"failure_block": {"seconds": 2592001}})
}

test_a_failure_block_of_a_text_is_unusable if {
	not settings.failure_block_usable with data.config as fixtures.config({"failure_block": {"seconds": "60"}})
}

test_a_failure_block_of_less_than_nothing_is_unusable if {
	not settings.failure_block_usable with data.config as fixtures.config({"failure_block": {"seconds": -1}})
}

test_a_failure_block_counts_failures if {
	not settings.failure_block_usable with data.config as fixtures.config({"failure_block": {"after": 0}})
}

test_a_failure_block_counts_whole_failures if {
	not settings.failure_block_usable with data.config as fixtures.config({"failure_block": {"after": 1.5}})
}

test_a_failure_block_lasts_whole_seconds if {
	not settings.failure_block_usable with data.config as fixtures.config({"failure_block": {"seconds": 1.5}})
}

test_a_failure_block_counts_with_numbers if {
	not settings.failure_block_usable with data.config as fixtures.config({"failure_block": {"after": "3"}})
}

test_a_cool_down_may_be_as_long_as_records_are_kept if {
	settings.cool_down_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"cool_down_seconds": {"DrainNode": 2592000}})
}

test_a_cool_down_may_be_left_out if {
	settings.cool_down_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"cool_down_seconds": {}})
}

test_a_cool_down_is_no_longer if {
	not settings.cool_down_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"cool_down_seconds": {"DrainNode": 2592001}})
}

test_a_cool_down_is_a_number if {
	not settings.cool_down_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"cool_down_seconds": {"DrainNode": "60"}})
}

test_a_cool_down_is_not_negative if {
	not settings.cool_down_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"cool_down_seconds": {"DrainNode": -1}})
}

test_a_cool_down_is_a_whole_number if {
	not settings.cool_down_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"cool_down_seconds": {"DrainNode": 0.5}})
}

test_a_cool_down_is_stated if {
	not settings.cool_down_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"cool_down_seconds": {"DrainNode": null}})
}

test_cool_downs_are_a_mapping if {
	not settings.cool_down_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"cool_down_seconds": "60"})
}

test_a_quorum_is_a_whole_number_of_people if {
	settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 1, "DrainNode": 2}}})
}

test_a_quorum_is_somebody if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 1, "DrainNode": 0}}})
}

test_the_default_quorum_is_somebody if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 0, "DrainNode": 1}}})
}

test_a_quorum_is_whole if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 1, "DrainNode": 1.5}}})
}

test_the_default_quorum_is_whole if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 1.5, "DrainNode": 1}}})
}

test_a_quorum_is_a_number if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 1, "DrainNode": "1"}}})
}

test_the_default_quorum_is_a_number if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": "1", "DrainNode": 1}}})
}

test_a_quorum_is_stated if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 1, "DrainNode": null}}})
}

test_the_default_quorum_is_stated if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": null, "DrainNode": 1}}})
}

test_there_is_a_default_quorum if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as {"approvals": {"quorum": {"DrainNode": 2}}}
}

test_quorums_are_a_mapping if {
	not settings.quorum_usable with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": 1}})
}

test_an_approval_lasts_for_some_time if {
	settings.max_valid_usable with data.config as fixtures.config({"approvals": {"max_valid_seconds": 1}})
}

test_an_approval_that_never_counts_is_unusable if {
	not settings.max_valid_usable with data.config as fixtures.config({"approvals": {"max_valid_seconds": 0}})
}

test_an_approval_lasts_whole_seconds if {
	not settings.max_valid_usable with data.config as fixtures.config({"approvals": {"max_valid_seconds": 1.5}})
}

test_the_life_of_an_approval_is_a_number if {
	not settings.max_valid_usable with data.config as fixtures.config({"approvals": {"max_valid_seconds": "60"}})
}

test_no_codes_are_usable if {
	settings.codes_usable with data.config as fixtures.config({"overrides": {"codes": []}})
}

test_codes_are_a_list if {
	not settings.codes_usable with data.config as fixtures.config({"overrides": {"codes": "rate-limits.exceeded"}})
}

test_records_are_kept_for_a_day if {
	settings.retention_usable with data.config as fixtures.config({"retention_days": 1})
}

test_records_are_kept_at_all if {
	not settings.retention_usable with data.config as fixtures.config({"retention_days": 0})
}

test_records_are_kept_for_a_year if {
	settings.retention_usable with data.config as fixtures.config({"retention_days": 365})
}

test_records_are_kept_no_longer if {
	not settings.retention_usable with data.config as fixtures.config({"retention_days": 366})
}

test_records_are_kept_for_whole_days if {
	not settings.retention_usable with data.config as fixtures.config({"retention_days": 1.5})
}

test_retention_is_a_number if {
	not settings.retention_usable with data.config as fixtures.config({"retention_days": "30"})
}

test_an_unusable_retention_is_said_once if {
	names(settings.unusable) == {"retention_days"} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"retention_days": "30"})
}

test_not_usable_with_unusable_retention_days if {
	settings.usable == false with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"retention_days": 0})
}

test_not_usable_with_unusable_rate_limits if {
	settings.usable == false with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"rate_limits": {}})
}

test_not_usable_with_unusable_cool_down_seconds if {
	settings.usable == false with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"cool_down_seconds": []})
}

test_not_usable_with_unusable_failure_block if {
	settings.usable == false with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"failure_block": {"after": 0, "seconds": 1}})
}

test_not_usable_with_unusable_quorum if {
	settings.usable == false with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 0}}})
}

test_not_usable_with_unusable_max_valid_seconds if {
	settings.usable == false with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"approvals": {"max_valid_seconds": 0}})
}

test_not_usable_with_unusable_codes if {
	settings.usable == false with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"overrides": {"codes": {}}})
}

test_not_usable_with_unusable_job_image if {
	settings.usable == false with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"job_mode": {"image": "registry.example.com/kubectl:1.36"}})
}
