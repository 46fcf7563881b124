# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Rate limits and one action per target
# description: >-
#   Counts come from the records of earlier executions. history.windows holds every limit of data.config.rate_limits that
#   concerns the request. rate_limit_state, the tightest of them, is for policies that know nothing else; it counts alone
#   where no window is full, and a max_count of 0 means no limit there.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.rate_limits

import rego.v1

import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Rate limit reached
# description: >-
#   A remediation that repeats itself does not help; it hides the cause. What takes an earlier execution back is not held
#   up.
# custom:
#   code: rate-limits.exceeded
#   remedy: >-
#     Look for what triggers the action, or wait until the window has room again.
#   facts: [history, rate_limit_state, request]
deny contains {
	"code": "rate-limits.exceeded",
	"message": sprintf("%v: %v; the limit is %v.%v", [request.label, reached(window), window.max_count, retry(window)]),
	"details": window,
} if {
	some window in exceeded
	not request.undoes
}

# METADATA
# title: Target is busy
# description: >-
#   One action per target at a time.
# custom:
#   code: rate-limits.target-busy
#   remedy: >-
#     Wait until the other action has ended.
#   facts: [concurrent_actions]
deny contains {
	"code": "rate-limits.target-busy",
	"message": sprintf("%v: another action on it is still in progress.", [request.label]),
	"details": {"running": running},
} if {
	running := input.concurrent_actions[input.target_resource].count
	running > 0
}

full := [window | some window in input.history.windows; window.count >= window.max_count]

default exceeded := []

exceeded := full if full[0]

exceeded := [state] if {
	not full[0]
	not state.max_count == 0
	state.max_count > 0
	state.count >= state.max_count
}

state := input.rate_limit_state

# "10 executions of DrainNode in the cluster in the last 3600 seconds"
reached(window) := text.join(" ", array.concat(
	[text.counted(window.count, "execution", "executions")],
	array.concat(subject(window), [sprintf("in the last %v seconds", [window.window_seconds])]),
))

subject(window) := [sprintf("of %v", [request.action]), "in the cluster"] if window.scope == "action"

subject(window) := array.concat(
	[sprintf("of %v", [text.join(", ", actions)]) | actions := window.actions; count(actions) > 0],
	[words | some [scope, words] in places; scope == window.scope],
) if {
	not window.scope == "action"
}

places := [
	["target", "on this target"],
	["namespace", inside],
	["requester", sprintf("by %v", [input.service_account])],
	["global", "in the cluster"],
]

inside := sprintf("in namespace %v", [request.namespace]) if not request.namespace == ""

inside := "outside of namespaces" if request.namespace == ""

retry(window) := sprintf(" Try again in %v s.", [window.retry_after_seconds]) if window.retry_after_seconds

retry(window) := "" if not window.retry_after_seconds
