# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Rate limits and one action per target
# description: >-
#   Counts come from the records of earlier executions. A maximum of 0 means that there is no limit.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.rate_limits

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Rate limit reached
# description: >-
#   A remediation that repeats itself does not help; it hides the cause.
# custom:
#   code: rate-limits.exceeded
#   remedy: >-
#     Look for what triggers the action, or wait until the window has passed.
#   facts: [rate_limit_state]
deny contains {
	"code": "rate-limits.exceeded",
	"message": sprintf(
		"%v: %v actions in the last %v seconds; the limit is %v.",
		[request.label, state.count, state.window_seconds, state.max_count],
	),
	"details": state,
} if {
	state := input.rate_limit_state
	state.max_count > 0
	state.count >= state.max_count
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
