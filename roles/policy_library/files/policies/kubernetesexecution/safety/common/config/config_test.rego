# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.config_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.config

test_limit_unusable_fires if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "replica_ceiling"},
			"message": "Deployment shop/web: the library has no usable data.config.limits.replica_ceiling, which ScaleDeployment is judged by.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"limits": {"replica_ceiling": "20"}})
}

test_limit_unusable_silent if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_limit_unusable_silent_when_the_limits_were_checked_before if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"limits": {"replica_ceiling": "20"}})
		with data.checked as {"limits": true}
}

test_limit_unusable_boundary if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"limits": {"eviction_rounds": "10"}})
}

test_limit_unusable_fires_for_a_drain if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "eviction_rounds"},
			"message": "Node node-1: the library has no usable data.config.limits.eviction_rounds, which DrainNode is judged by.",
		},
		{
			"code": "config.limit-unusable",
			"details": {"limit": "nodes_percent"},
			"message": "Node node-1: the library has no usable data.config.limits.nodes_percent, which DrainNode is judged by.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"eviction_rounds": null, "nodes_percent": "25"}})
}

test_limit_unusable_fires_for_a_cordon if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "nodes_percent"},
			"message": "Node node-1: the library has no usable data.config.limits.nodes_percent, which CordonNode is judged by.",
		},
	} with input as fixtures.cordon({})
		with data.config as fixtures.config({"limits": {"nodes_percent": "25"}})
}

test_limit_unusable_fires_for_a_pod if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "replicas_percent"},
			"message": "Pod shop/web-1: the library has no usable data.config.limits.replicas_percent, which DeletePod is judged by.",
		},
	} with input as fixtures.delete_pod({})
		with data.config as fixtures.config({"limits": {"replicas_percent": true}})
}

test_key_missing_fires if {
	config.deny == {
		{
			"code": "config.key-missing",
			"details": {"key": "freezes"},
			"message": "Deployment shop/web: the library has no data.config.freezes.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as object.remove(fixtures.config({}), ["freezes"])
}

test_key_missing_silent if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_key_missing_boundary if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"own_key": 1})
}

test_setting_unusable_fires if {
	config.deny == {
		{
			"code": "config.setting-unusable",
			"details": {"setting": "approvals.quorum"},
			"message": "Deployment shop/web: data.config.approvals.quorum of the library has to be a mapping of actions, and default, to whole numbers of 1 or more.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 0}}})
}

test_setting_unusable_silent if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_setting_unusable_boundary if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"rate_limits": [], "cool_down_seconds": {}, "overrides": {"codes": []}})
}

test_setting_unusable_fires_for_each if {
	found := config.deny with input as fixtures.scale(5, {})
		with data.config as object.remove(
			fixtures.config({"approvals": {"max_valid_seconds": 0}}),
			["cool_down_seconds", "failure_block", "overrides", "rate_limits", "retention_days"],
		)
	settings := {finding.details.setting | some finding in found}
	settings == {
		"approvals.max_valid_seconds",
		"cool_down_seconds",
		"failure_block",
		"overrides.codes",
		"rate_limits",
		"retention_days",
	}
	codes := {finding.code | some finding in found}
	codes == {"config.setting-unusable"}
}

test_limit_unusable_fires_for_concurrent_drains if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "draining_nodes"},
			"message": "Node node-1: the library has no usable data.config.limits.draining_nodes, which DrainNode is judged by.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"draining_nodes": "1"}})
}

test_limit_unusable_fires_for_half_a_drain if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "draining_nodes"},
			"message": "Node node-1: the library has no usable data.config.limits.draining_nodes, which DrainNode is judged by.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"draining_nodes": 1.5}})
}

test_setting_unusable_silent_for_the_entry_of_another_action if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"cool_down_seconds": {"DrainNode": "60"}})
}

test_setting_unusable_fires_for_the_entry_of_the_action if {
	config.deny == {
		{
			"code": "config.setting-unusable",
			"details": {"setting": "cool_down_seconds"},
			"message": "Node node-1: data.config.cool_down_seconds of the library has to be a mapping of actions to whole seconds, none longer than retention_days.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"cool_down_seconds": {"DrainNode": "60"}})
}

exceptions_message := "Deployment shop/web: data.config.exceptions of the library has to be a list of {name, owner, reason, rules, expires}, each with actions, namespaces or targets, and perhaps environments, ticket and time_zone: every name once, dates as YYYY-MM-DD, no rule that nobody is excepted from."

listing(entries) := fixtures.config({"exceptions": entries})

whole := [fixtures.exception({})]

twice := [fixtures.exception({"owner": owner}) | some owner in ["a", "b"]]

incomplete := [fixtures.exception({"owner": ""})]

test_setting_unusable_fires_for_an_exception_without_an_owner if {
	config.deny == {{"code": "config.setting-unusable", "details": {"setting": "exceptions"}, "message": exceptions_message}} with input as fixtures.restart({})
		with data.config as listing(incomplete)
}

test_setting_unusable_silent_where_such_an_exception_does_not_count if {
	config.deny == set() with input as fixtures.drain({})
		with data.config as listing(incomplete)
}

test_setting_unusable_fires_for_it_when_the_action_is_unknown if {
	count(config.deny) == 1 with input as fixtures.restart({"action": "FormatDisk"})
		with data.config as listing(incomplete)
}

test_setting_unusable_fires_for_a_name_that_stands_twice if {
	count(config.deny) == 1 with input as fixtures.restart({"action": "FormatDisk"})
		with data.config as listing(twice)
}

test_setting_unusable_boundary_an_exception_that_is_complete if {
	config.deny == set() with input as fixtures.restart({})
		with data.config as listing(whole)
}
