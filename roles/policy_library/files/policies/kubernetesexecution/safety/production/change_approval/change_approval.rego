# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Changes that need an approval in production
# description: data.config.approvals.required_for lists the actions, approvals.quorum says how many people have to agree.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.production.change_approval

import rego.v1

import data.kubernetesexecution.lib.approvals
import data.kubernetesexecution.lib.request

# METADATA
# title: Approval required
# description: >-
#   Others than the requester have to agree to this change. Nothing that the requester writes (a label, an extra var) counts.
# custom:
#   code: change-approval.required
#   remedy: >-
#     Have the digest in the result approved by enough people (playbook guardrail.kubernetes.approve), then run the task
#     again.
#   facts: [action, approvals]
deny contains {
	"code": "change-approval.required",
	"message": sprintf("%v: %v. %v", [request.label, approvals.shortage, approvals.how]),
	"details": {"action": request.action, "approval": {"required": approvals.required, "given": approvals.given}},
} if {
	request.action in data.config.approvals.required_for
	approvals.missing
}
