# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Destructive actions in production
# description: >-
#   data.config.destructive_actions says per action whether it is allowed, needs an approval or is denied. An action that
#   the catalogue calls destructive and that stands in no list is denied.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.production.destructive_actions

import rego.v1

import data.kubernetesexecution.lib.approvals
import data.kubernetesexecution.lib.request

# METADATA
# title: Action denied in production
# description: The library forbids this action in production, whoever asks.
# custom:
#   code: destructive-actions.denied
#   remedy: >-
#     Reach the goal with an action that is allowed in production, or have a policy admin change
#     data.config.destructive_actions.
#   facts: [action]
deny contains {
	"code": "destructive-actions.denied",
	"message": sprintf("%v: %v is denied in production.", [request.label, request.action]),
	"details": {"action": request.action, "level": level},
} if {
	level == "denied"
}

# METADATA
# title: Action needs an approval in production
# description: >-
#   Others than the requester have to agree to this action. Nothing that the requester writes (a label, an extra var) counts.
# custom:
#   code: destructive-actions.approval-required
#   remedy: >-
#     Have the digest in the result approved by enough people (playbook guardrail.kubernetes.approve), then run the task
#     again.
#   facts: [action, approvals]
deny contains {
	"code": "destructive-actions.approval-required",
	"message": sprintf("%v: %v. %v", [request.label, approvals.shortage, approvals.how]),
	"details": {
		"action": request.action,
		"level": level,
		"approval": {"required": approvals.required, "given": approvals.given},
	},
} if {
	level == "approval"
	approvals.missing
}

# METADATA
# title: Destructive action without a level
# description: Fails closed when the data does not say what is to happen with a destructive action, or misspells it.
# custom:
#   code: destructive-actions.level-missing
#   remedy: List the action in data.config.destructive_actions as allowed, approval or denied.
#   facts: [action]
deny contains {
	"code": "destructive-actions.level-missing",
	"message": sprintf(
		"%v: %v ends something, and data.config.destructive_actions says %v about it instead of allowed, approval or denied.",
		[request.label, request.action, level],
	),
	"details": {"action": request.action, "level": level},
} if {
	not stated
}

default level := "nothing"

level := data.config.destructive_actions[entry]

# A level for one state of an action goes before the one for all of them: TaintNode.absent before TaintNode.
entry := of_state if state_stated

entry := request.action if not state_stated

of_state := sprintf("%v.%v", [request.action, request.parameters.state])

default state_stated := false

state_stated if data.config.destructive_actions[of_state]

default stated := false

stated if level == "allowed"

stated if level == "approval"

stated if level == "denied"

stated if {
	level == "nothing"
	not request.destructive
}
