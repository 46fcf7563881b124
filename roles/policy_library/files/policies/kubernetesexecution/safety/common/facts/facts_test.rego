# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.facts_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.facts

test_required_unavailable_fires if {
	facts.deny == {
		{
			"code": "facts.required-unavailable",
			"details": {"fact": "capacity", "reason": "forbidden"},
			"message": "Node node-1: DrainNode needs the fact capacity, which could not be read: forbidden",
		},
	} with input as fixtures.drain({"unavailable": [{"fact": "capacity", "reason": "forbidden"}]})
		with data.config as fixtures.config({})
}

test_required_unavailable_silent if {
	facts.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({})
}

test_required_unavailable_boundary if {
	facts.deny == set() with input as fixtures.scale(5, {"unavailable": [{"fact": "capacity", "reason": "forbidden"}]})
		with data.config as fixtures.config({})
}

test_required_unavailable_fires_for_a_part_of_a_section if {
	facts.deny == {
		{
			"code": "facts.required-unavailable",
			"details": {"fact": "capacity.quotas", "reason": "forbidden"},
			"message": "Node node-1: DrainNode needs the fact capacity.quotas, which could not be read: forbidden",
		},
	} with input as fixtures.drain({"unavailable": [{"fact": "capacity.quotas", "reason": "forbidden"}]})
		with data.config as fixtures.config({})
}

test_required_unavailable_silent_for_a_name_that_only_begins_alike if {
	facts.deny == set() with input as fixtures.drain({"unavailable": [{"fact": "capacity_of_hub", "reason": "forbidden"}]})
		with data.config as fixtures.config({})
}

test_unavailable_fires if {
	facts.warn == {
		{
			"code": "facts.unavailable",
			"details": {"fact": "capacity", "reason": "forbidden"},
			"message": "Deployment shop/web: the fact capacity could not be read, so rules about it say nothing: forbidden",
		},
	} with input as fixtures.scale(5, {"unavailable": [{"fact": "capacity", "reason": "forbidden"}]})
		with data.config as fixtures.config({})
}

test_unavailable_silent if {
	facts.warn == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_unavailable_boundary if {
	facts.warn == set() with input as fixtures.drain({"unavailable": [{"fact": "capacity", "reason": "forbidden"}]})
		with data.config as fixtures.config({})
}

test_section_missing_fires if {
	facts.deny == {
		{
			"code": "facts.section-missing",
			"details": {"section": "disruption"},
			"message": "Deployment shop/web: the input document has no disruption; a rule that reads it would be silent.",
		},
		{
			"code": "facts.section-missing",
			"details": {"section": "labels"},
			"message": "Deployment shop/web: the input document has no labels; a rule that reads it would be silent.",
		},
	} with input as object.remove(fixtures.scale(5, {}), ["disruption", "labels"])
		with data.config as fixtures.config({})
}

test_section_missing_silent if {
	facts.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_section_missing_boundary if {
	facts.deny == set() with input as fixtures.merge(fixtures.scale(5, {}), {"added": true})
		with data.config as fixtures.config({})
}

test_unusable_parameter_fires if {
	facts.deny == {
		{
			"code": "facts.unusable-parameter",
			"details": {"replicas": "5"},
			"message": "Deployment shop/web: replicas is 5 instead of a number of 0 or more.",
		},
	} with input as fixtures.scale(5, {"parameters": {"replicas": "5"}})
		with data.config as fixtures.config({})
}

test_unusable_parameter_silent if {
	facts.deny == set() with input as fixtures.restart({})
		with data.config as fixtures.config({})
}

test_unusable_parameter_boundary if {
	facts.deny == set() with input as fixtures.scale(0, {})
		with data.config as fixtures.config({})
}

test_unusable_parameter_fires_for_a_negative_number if {
	facts.deny == {
		{
			"code": "facts.unusable-parameter",
			"details": {"replicas": -1},
			"message": "Deployment shop/web: replicas is -1 instead of a number of 0 or more.",
		},
	} with input as fixtures.scale(-1, {})
		with data.config as fixtures.config({})
}

test_unusable_parameter_fires_when_it_is_missing if {
	facts.deny == {
		{
			"code": "facts.unusable-parameter",
			"details": {"replicas": "missing"},
			"message": "Deployment shop/web: replicas is missing instead of a number of 0 or more.",
		},
	} with input as fixtures.document({"parameters": {"deployment_name": "web"}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires if {
	facts.deny == {{"code": "facts.unusable-history", "message": "Deployment shop/web: the history in the input document lacks counts or times, so nobody can tell what was done before."}} with input as object.union(object.remove(fixtures.scale(5, {}), ["history"]), {"history": {"windows": []}})
		with data.config as fixtures.config({})
}

test_unusable_history_silent if {
	facts.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_unusable_history_boundary if {
	facts.deny == set() with input as fixtures.scale(5, {"history": {"consecutive_failures": 1, "last_failure_seconds": 0, "last_success_seconds": 0}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires_for_windows_that_are_no_list if {
	count(facts.deny) == 1 with input as fixtures.scale(5, {"history": {"windows": {}}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires_for_failures_that_are_no_number if {
	count(facts.deny) == 1 with input as fixtures.scale(5, {"history": {"consecutive_failures": "0"}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires_for_failures_without_a_time if {
	count(facts.deny) == 1 with input as fixtures.scale(5, {"history": {"consecutive_failures": 1}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires_for_a_failure_whose_time_is_no_number if {
	count(facts.deny) == 1 with input as fixtures.scale(5, {"history": {"consecutive_failures": 1, "last_failure_seconds": "0"}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires_for_failures_that_are_no_number_at_a_known_time if {
	count(facts.deny) == 1 with input as fixtures.scale(5, {"history": {"consecutive_failures": "1", "last_failure_seconds": 0}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires_for_a_success_whose_time_is_no_number if {
	count(facts.deny) == 1 with input as fixtures.scale(5, {"history": {"last_success_seconds": "0"}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires_for_drains_that_are_not_counted if {
	count(facts.deny) == 1 with input as fixtures.scale(5, {"history": {"draining": []}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires_for_a_count_of_drains_that_is_no_number if {
	count(facts.deny) == 1 with input as fixtures.scale(5, {"history": {"draining": {"count": "0", "nodes": []}}})
		with data.config as fixtures.config({})
}

test_unusable_history_fires_for_drained_nodes_that_are_no_list if {
	count(facts.deny) == 1 with input as fixtures.scale(5, {"history": {"draining": {"count": 0, "nodes": 0}}})
		with data.config as fixtures.config({})
}
