# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.execution_history_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.execution_history

test_cool_down_fires if {
	execution_history.deny == {
		{
			"code": "execution-history.cool-down",
			"details": {"last_success_seconds": 12, "cool_down_seconds": 60, "retry_after_seconds": 48},
			"message": "Deployment shop/web: RolloutRestart succeeded 12 s ago and is not repeated within 60 s. Try again in 48 s.",
		},
	} with input as fixtures.restart({"history": {"last_success_seconds": 12}})
		with data.config as fixtures.config({})
}

test_cool_down_silent if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"last_success_seconds": null}})
		with data.config as fixtures.config({})
}

test_cool_down_boundary if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"last_success_seconds": 60}})
		with data.config as fixtures.config({})
}

test_cool_down_fires_in_the_last_second if {
	execution_history.deny == {
		{
			"code": "execution-history.cool-down",
			"details": {"last_success_seconds": 59, "cool_down_seconds": 60, "retry_after_seconds": 1},
			"message": "Deployment shop/web: RolloutRestart succeeded 59 s ago and is not repeated within 60 s. Try again in 1 s.",
		},
	} with input as fixtures.restart({"history": {"last_success_seconds": 59}})
		with data.config as fixtures.config({})
}

test_cool_down_silent_for_an_action_without_one if {
	execution_history.deny == set() with input as fixtures.scale(5, {"history": {"last_success_seconds": 0}})
		with data.config as fixtures.config({})
}

test_cool_down_silent_for_an_undo if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"last_success_seconds": 12}, "request": {"undoes": "rollout-restart-5e0c2a0e6a0e"}})
		with data.config as fixtures.config({})
}

test_cool_down_silent_when_it_cannot_be_compared if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"last_success_seconds": 12}})
		with data.config as fixtures.config({"cool_down_seconds": {"RolloutRestart": "60"}})
}

test_cool_down_silent_when_it_is_not_stated if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"last_success_seconds": 12}})
		with data.config as fixtures.config({"cool_down_seconds": {"RolloutRestart": null}})
}

test_failure_block_fires if {
	execution_history.deny == {
		{
			"code": "execution-history.failure-block",
			"details": {"consecutive_failures": 3, "last_failure_seconds": 20, "retry_after_seconds": 3580},
			"message": "Deployment shop/web: RolloutRestart failed 3 times in a row, the last time 20 s ago. Look at the messages of these executions first, or try again in 3580 s.",
		},
	} with input as fixtures.restart({"history": {"consecutive_failures": 3, "last_failure_seconds": 20}})
		with data.config as fixtures.config({})
}

test_failure_block_silent if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"consecutive_failures": 2, "last_failure_seconds": 20}})
		with data.config as fixtures.config({})
}

test_failure_block_boundary if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"consecutive_failures": 3, "last_failure_seconds": 3600}})
		with data.config as fixtures.config({})
}

test_failure_block_fires_in_the_last_second if {
	execution_history.deny == {
		{
			"code": "execution-history.failure-block",
			"details": {"consecutive_failures": 4, "last_failure_seconds": 3599, "retry_after_seconds": 1},
			"message": "Deployment shop/web: RolloutRestart failed 4 times in a row, the last time 3599 s ago. Look at the messages of these executions first, or try again in 1 s.",
		},
	} with input as fixtures.restart({"history": {"consecutive_failures": 4, "last_failure_seconds": 3599}})
		with data.config as fixtures.config({})
}

test_failure_block_fires_after_one if {
	execution_history.deny == {
		{
			"code": "execution-history.failure-block",
			"details": {"consecutive_failures": 1, "last_failure_seconds": 0, "retry_after_seconds": 60},
			"message": "Deployment shop/web: RolloutRestart failed 1 time in a row, the last time 0 s ago. Look at the messages of these executions first, or try again in 60 s.",
		},
	} with input as fixtures.restart({"history": {"consecutive_failures": 1, "last_failure_seconds": 0}})
		with data.config as fixtures.config({"failure_block": {"after": 1, "seconds": 60}})
}

test_failure_block_silent_for_an_undo if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"consecutive_failures": 3, "last_failure_seconds": 20}, "request": {"undoes": "rollout-restart-5e0c2a0e6a0e"}})
		with data.config as fixtures.config({})
}

test_failure_block_silent_when_it_cannot_be_compared if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"consecutive_failures": 3, "last_failure_seconds": 20}})
		with data.config as fixtures.config({"failure_block": {"after": 3, "seconds": "3600"}})
}

test_failure_block_silent_when_it_is_not_counted_in_numbers if {
	execution_history.deny == set() with input as fixtures.restart({"history": {"consecutive_failures": 3, "last_failure_seconds": 20}})
		with data.config as fixtures.config({"failure_block": {"after": "3"}})
}

test_concurrent_drains_fires if {
	execution_history.deny == {
		{
			"code": "execution-history.concurrent-drains",
			"details": {"draining": 1, "nodes": ["node-2"], "limit": 1},
			"message": "Node node-1: 1 other node is being drained now (node-2); at most 1 may be at the same time.",
		},
	} with input as fixtures.drain({"history": {"draining": {"count": 1, "nodes": ["node-2"]}}})
		with data.config as fixtures.config({})
}

test_concurrent_drains_silent if {
	execution_history.deny == set() with input as fixtures.drain({"history": {"draining": {"count": 0, "nodes": []}}})
		with data.config as fixtures.config({})
}

test_concurrent_drains_boundary if {
	execution_history.deny == set() with input as fixtures.drain({"history": {"draining": {"count": 1, "nodes": ["node-2"]}}})
		with data.config as fixtures.config({"limits": {"draining_nodes": 2}})
}

test_concurrent_drains_fires_and_names_some if {
	execution_history.deny == {
		{
			"code": "execution-history.concurrent-drains",
			"details": {"draining": 7, "nodes": ["node-2", "node-3", "node-4", "node-5", "node-6"], "limit": 2},
			"message": "Node node-1: 7 other nodes are being drained now (node-2, node-3, node-4, node-5, node-6 and 2 more); at most 2 may be at the same time.",
		},
	} with input as fixtures.drain({"history": {"draining": {"count": 7, "nodes": ["node-2", "node-3", "node-4", "node-5", "node-6"]}}})
		with data.config as fixtures.config({"limits": {"draining_nodes": 2}})
}

test_concurrent_drains_fires_where_nothing_is_drained if {
	execution_history.deny == {
		{
			"code": "execution-history.concurrent-drains",
			"details": {"draining": 0, "nodes": [], "limit": 0},
			"message": "Node node-1: 0 other nodes are being drained now; at most 0 may be at the same time.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"draining_nodes": 0}})
}

test_concurrent_drains_silent_for_a_cordon if {
	execution_history.deny == set() with input as fixtures.cordon({"history": {"draining": {"count": 1, "nodes": ["node-2"]}}})
		with data.config as fixtures.config({})
}
