# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Changes that need an approval in production
# description: data.config.approvals.required_for lists the actions.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.production.change_approval

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Approval required
# description: >-
#   Somebody other than the requester has to agree to this change. This version of the gate cannot look approvals up yet,
#   and nothing that the requester writes (a label, an extra var) counts as one.
# custom:
#   code: change-approval.required
#   remedy: >-
#     Until approvals are available, make the change where no approval is needed, or have a policy admin take the action out
#     of data.config.approvals.required_for.
#   facts: [action, approvals]
deny contains {
	"code": "change-approval.required",
	"message": sprintf(
		"%v: %v needs an approval in production, and approvals are not available in this version.",
		[request.label, request.action],
	),
	"details": {"action": request.action},
} if {
	request.action in data.config.approvals.required_for
}
