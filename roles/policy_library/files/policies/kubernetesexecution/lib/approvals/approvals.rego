# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Who agreed
# description: >-
#   input.approvals holds only what the gate found to count: of exactly this request, neither expired nor used, by somebody
#   who may. Four eyes are looked at here once more, so that no document can lower them.
# schemas:
#   - input: schema.input
package kubernetesexecution.lib.approvals

import rego.v1

import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

by_others := [approval | some approval in input.approvals; approval.approver != input.subject.username]

# Different people, not approvals: nobody counts twice. An override is an approval, too.
given := count({approval.approver | some approval in by_others})

# How many people have to agree to the action. One more than there are when nobody can tell; safety.common.config says why.
required := quorum if quorum_usable

required := given + 1 if not quorum_usable

quorum := object.get(data.config.approvals.quorum, request.action, data.config.approvals.quorum["default"])

default quorum_usable := false

quorum_usable if {
	is_number(quorum)
	quorum >= 1
	floor(quorum) == quorum
}

missing if given < required

# Who agreed and who has to, in words.
shortage := sprintf("%v needs %v in production, by people other than the requester, and has %v", [
	request.action,
	text.counted(required, "approval", "approvals"),
	given,
])

how := "Somebody else approves the digest in the result (playbook guardrail.kubernetes.approve); then run the task again."

# The emergency override that lifts what data.config.overrides lists: the first one, when there are several.
override := overrides[0]

overrides := [approval | some approval in by_others; approval.type == "override"]
