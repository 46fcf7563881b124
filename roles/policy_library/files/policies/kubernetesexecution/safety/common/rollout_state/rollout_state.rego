# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: State of the rollout
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.rollout_state

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Rollout is paused
# description: >-
#   The restart would be written and carried out only when somebody resumes the rollout.
# custom:
#   code: rollout-state.paused
#   remedy: >-
#     Resume the rollout first (kubectl rollout resume).
#   facts: [target]
deny contains {
	"code": "rollout-state.paused",
	"message": sprintf("%v is paused, so a restart would not happen.", [request.label]),
	"details": {"paused": true},
} if {
	request.restarts
	target.paused
}

# METADATA
# title: Change of a paused workload
# description: >-
#   The change is written, and nothing happens until somebody resumes the rollout.
# custom:
#   code: rollout-state.paused-update
#   remedy: >-
#     Resume the rollout afterwards (kubectl rollout resume).
#   facts: [target]
warn contains {
	"code": "rollout-state.paused-update",
	"message": sprintf("%v is paused, so its pods take the change only after the rollout is resumed.", [request.label]),
	"details": {"paused": true},
} if {
	changes_template
	target.paused
}

# METADATA
# title: Rollout in progress
# description: >-
#   Overtaking is how a rollout that is stuck is repaired, and how two changes get mixed up.
# custom:
#   code: rollout-state.in-progress
#   remedy: >-
#     Wait for the rollout, unless it is the one that has to be repaired.
#   facts: [target]
warn contains {
	"code": "rollout-state.in-progress",
	"message": sprintf("%v: a rollout is still in progress; this one would overtake it.", [request.label]),
	"details": {"generation": target.generation, "observed_generation": target.observed_generation},
} if {
	rolls_out
	target.rollout_in_progress
}

# METADATA
# title: Target is being deleted
# description: >-
#   What is changed is gone a moment later. A pod that does not end may be deleted again.
# custom:
#   code: rollout-state.terminating
#   remedy: >-
#     Wait until it is gone.
#   facts: [target]
deny contains {
	"code": "rollout-state.terminating",
	"message": sprintf("%v is being deleted.", [request.label]),
	"details": {"deletion_timestamp": target.deletion_timestamp},
} if {
	not is_null(target.deletion_timestamp)
	not target.kind == "Pod"
}

target := request.target

default rolls_out := false

rolls_out if request.restarts

rolls_out if changes_template

default changes_template := false

changes_template if request.updates_image

changes_template if request.action == "UpdateResources"
