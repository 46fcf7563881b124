# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: What earlier executions say
# description: >-
#   An action that just succeeded, or keeps failing, is not repeated at once; nodes are drained one after the other. Limits:
#   data.config.cool_down_seconds, failure_block and limits.draining_nodes.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.execution_history

import rego.v1

import data.kubernetesexecution.lib.limits
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Done a moment ago
# description: >-
#   The action succeeded on this target so recently that its effect cannot be judged yet.
# custom:
#   code: execution-history.cool-down
#   remedy: >-
#     See whether the earlier execution helped. If the action is still needed, wait until the time is over.
#   facts: [history, request]
deny contains {
	"code": "execution-history.cool-down",
	"message": sprintf("%v: %v succeeded %v s ago and is not repeated within %v s. Try again in %v s.", [
		request.label,
		request.action,
		since,
		pause,
		pause - since,
	]),
	"details": {"last_success_seconds": since, "cool_down_seconds": pause, "retry_after_seconds": pause - since},
} if {
	pause := data.config.cool_down_seconds[request.action]
	is_number(pause)
	is_number(history.last_success_seconds)
	since := history.last_success_seconds
	since < pause
	not request.undoes
}

# METADATA
# title: Failed several times in a row
# description: >-
#   What failed repeatedly fails again, and each attempt costs something. Somebody has to look first.
# custom:
#   code: execution-history.failure-block
#   remedy: >-
#     Look at the messages of the failed executions (module execution_info, or kubectl get kexec -n guardrail-system) and
#     remove the cause, or wait until the time is over.
#   facts: [history, request]
deny contains {
	"code": "execution-history.failure-block",
	"message": sprintf(
		"%v: %v failed %v in a row, the last time %v s ago. Look at the messages of these executions first, or try again in %v s.",
		[
			request.label,
			request.action,
			text.counted(history.consecutive_failures, "time", "times"),
			history.last_failure_seconds,
			block.seconds - history.last_failure_seconds,
		],
	),
	"details": {
		"consecutive_failures": history.consecutive_failures,
		"last_failure_seconds": history.last_failure_seconds,
		"retry_after_seconds": block.seconds - history.last_failure_seconds,
	},
} if {
	not history.consecutive_failures == 0
	history.consecutive_failures > 0
	block := data.config.failure_block
	is_number(block.after)
	history.consecutive_failures >= block.after
	is_number(block.seconds)
	is_number(history.last_failure_seconds)
	history.last_failure_seconds < block.seconds
	not request.undoes
}

# METADATA
# title: Other nodes are being drained
# description: >-
#   Drains at the same time take room away from each other's pods.
# custom:
#   code: execution-history.concurrent-drains
#   remedy: >-
#     Wait until the other drains have ended, or have a policy admin raise data.config.limits.draining_nodes.
#   facts: [history]
deny contains {
	"code": "execution-history.concurrent-drains",
	"message": sprintf("%v: %v drained now%v; at most %v may be at the same time.", [
		request.label,
		text.counted(draining.count, "other node is being", "other nodes are being"),
		shown(draining),
		limits.draining_nodes,
	]),
	"details": {"draining": draining.count, "nodes": draining.nodes, "limit": limits.draining_nodes},
} if {
	request.drains
	draining := history.draining
	is_number(draining.count)
	draining.count >= limits.draining_nodes
}

history := input.history

shown(draining) := "" if draining.count == 0

shown(draining) := sprintf(" (%v)", [text.list(draining.nodes, draining.count)]) if draining.count > 0
