# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.rate_limits_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.rate_limits

test_exceeded_fires if {
	rate_limits.deny == {
		{
			"code": "rate-limits.exceeded",
			"details": {"scope": "target", "actions": [], "count": 10, "max_count": 10, "window_seconds": 3600, "retry_after_seconds": 540},
			"message": "Deployment shop/web: 10 executions on this target in the last 3600 seconds; the limit is 10. Try again in 540 s.",
		},
	} with input as fixtures.scale(5, {"history": {"windows": [fixtures.window({})]}})
		with data.config as fixtures.config({})
}

test_exceeded_silent if {
	rate_limits.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_exceeded_boundary if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"history": {"windows": [fixtures.window({"count": 9})]}})
		with data.config as fixtures.config({})
}

test_exceeded_fires_for_every_full_window if {
	found := rate_limits.deny with input as fixtures.scale(5, {
		"history": {
			"windows": [
				fixtures.window({"scope": "target"}),
				fixtures.window({"scope": "action", "count": 11}),
				fixtures.window({"scope": "namespace", "actions": ["DrainNode", "ScaleDeployment"]}),
				fixtures.window({"scope": "requester", "count": 1, "max_count": 1}),
				fixtures.window({"scope": "global"}),
				fixtures.window({"scope": "global", "count": 9}),
			],
		},
	})
		with data.config as fixtures.config({})
	messages := {finding.message | some finding in found}
	messages == {
		"Deployment shop/web: 10 executions on this target in the last 3600 seconds; the limit is 10. Try again in 540 s.",
		"Deployment shop/web: 11 executions of ScaleDeployment in the cluster in the last 3600 seconds; the limit is 10. Try again in 540 s.",
		"Deployment shop/web: 10 executions of DrainNode, ScaleDeployment in namespace shop in the last 3600 seconds; the limit is 10. Try again in 540 s.",
		"Deployment shop/web: 1 execution by system:serviceaccount:guardrail-system:runner in the last 3600 seconds; the limit is 1. Try again in 540 s.",
		"Deployment shop/web: 10 executions in the cluster in the last 3600 seconds; the limit is 10. Try again in 540 s.",
	}
}

test_exceeded_fires_for_a_node_which_is_in_no_namespace if {
	found := rate_limits.deny with input as fixtures.drain({"history": {"windows": [fixtures.window({"scope": "namespace"})]}})
		with data.config as fixtures.config({})
	{finding.message | some finding in found} == {"Node node-1: 10 executions outside of namespaces in the last 3600 seconds; the limit is 10. Try again in 540 s."}
}

test_exceeded_fires_for_the_state_alone if {
	rate_limits.deny == {
		{
			"code": "rate-limits.exceeded",
			"details": {"count": 5, "max_count": 5, "window_seconds": 600},
			"message": "Deployment shop/web: 5 executions in the last 600 seconds; the limit is 5.",
		},
	} with input as fixtures.scale(5, {"rate_limit_state": {"count": 5, "max_count": 5, "window_seconds": 600}})
		with data.config as fixtures.config({})
}

test_exceeded_silent_for_a_state_without_a_limit if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"rate_limit_state": {"count": 5, "max_count": 0, "window_seconds": 0}})
		with data.config as fixtures.config({})
}

test_exceeded_boundary_of_the_state if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"rate_limit_state": {"count": 4, "max_count": 5, "window_seconds": 600}})
		with data.config as fixtures.config({})
}

test_exceeded_fires_once_when_the_state_is_the_tightest_window if {
	found := rate_limits.deny with input as fixtures.scale(5, {
		"history": {"windows": [fixtures.window({})]},
		"rate_limit_state": {"count": 10, "max_count": 10, "window_seconds": 3600},
	})
		with data.config as fixtures.config({})
	count(found) == 1
}

test_exceeded_silent_for_an_undo if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"history": {"windows": [fixtures.window({})]}, "rate_limit_state": {"count": 10, "max_count": 10, "window_seconds": 3600}, "request": {"undoes": "scale-deployment-5e0c2a0e6a0e"}})
		with data.config as fixtures.config({})
}

test_target_busy_fires if {
	rate_limits.deny == {
		{
			"code": "rate-limits.target-busy",
			"details": {"running": 1},
			"message": "Deployment shop/web: another action on it is still in progress.",
		},
	} with input as fixtures.scale(5, {"concurrent_actions": {"Deployment/shop/web": {"count": 1}}})
		with data.config as fixtures.config({})
}

test_target_busy_silent if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"concurrent_actions": {"Deployment/shop/api": {"count": 1}}})
		with data.config as fixtures.config({})
}

test_target_busy_boundary if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"concurrent_actions": {"Deployment/shop/web": {"count": 0}}})
		with data.config as fixtures.config({})
}

test_target_busy_fires_for_an_undo if {
	rate_limits.deny == {
		{
			"code": "rate-limits.target-busy",
			"details": {"running": 1},
			"message": "Deployment shop/web: another action on it is still in progress.",
		},
	} with input as fixtures.scale(5, {"concurrent_actions": {"Deployment/shop/web": {"count": 1}}, "request": {"undoes": "scale-deployment-5e0c2a0e6a0e"}})
		with data.config as fixtures.config({})
}

test_exceeded_fires_for_a_limit_of_one if {
	count(rate_limits.deny) == 1 with input as fixtures.scale(5, {"rate_limit_state": {"count": 1, "max_count": 1, "window_seconds": 60}})
		with data.config as fixtures.config({})
}

test_exceeded_names_a_single_action_of_a_limit if {
	{contains(finding.message, "of ScaleDeployment") | some finding in rate_limits.deny} == {true} with input as fixtures.scale(5, {"history": {"windows": [fixtures.window({"actions": ["ScaleDeployment"]})]}})
		with data.config as fixtures.config({})
}
