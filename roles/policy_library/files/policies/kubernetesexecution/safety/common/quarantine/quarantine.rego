# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Isolation of a pod
# description: >-
#   What a quarantine does not reach.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.quarantine

import rego.v1

import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Nothing would replace it
# description: >-
#   A StatefulSet gives the replacement the name of the pod, and that is taken while the pod is kept.
# custom:
#   code: quarantine.no-replacement
#   remedy: >-
#     Take what is needed from the pod and delete it. Where the member may be missing, set this code to warn in
#     data.config.enforcement.
#   facts: [parameters]
deny contains {
	"code": "quarantine.no-replacement",
	"message": sprintf("%v is a member of a StatefulSet, which starts no other while this one keeps the name.", [request.label]),
} if {
	request.isolates
	request.parameters.state == "quarantined"
	request.parameters.controller_kind == "StatefulSet"
}

# METADATA
# title: Something is still allowed
# description: >-
#   NetworkPolicies add up. One that selects every pod of the namespace selects this one, too, whatever its labels are.
# custom:
#   code: quarantine.still-allowed
#   remedy: >-
#     Let the policies select pods by a label that every ordinary pod has.
#   facts: [parameters]
warn contains {
	"code": "quarantine.still-allowed",
	"message": sprintf("%v: NetworkPolicies of the namespace still allow it something (%v).", [
		request.label,
		text.join(", ", request.parameters.still_allowed_by),
	]),
	"details": {"policies": request.parameters.still_allowed_by},
} if {
	request.isolates
	count(request.parameters.still_allowed_by) > 0
}
