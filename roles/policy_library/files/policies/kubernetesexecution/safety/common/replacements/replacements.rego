# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Room for replacements
# description: >-
#   Whether the pods that have to be placed fit on the nodes that remain.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.replacements

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Evicted pods fit nowhere else
# description: >-
#   They would stay Pending, and their service would have fewer replicas than it asks for.
# custom:
#   code: replacements.no-room
#   remedy: >-
#     Add or uncordon nodes, or free what is short on the remaining ones.
#   facts: [capacity]
deny contains {
	"code": "replacements.no-room",
	"message": sprintf("%v: %v pods of %v in namespace %v would fit on no remaining node (%v).", [
		request.label,
		shortage.count,
		shortage.owner,
		shortage.namespace,
		shortage.why,
	]),
	"details": {"shortage": shortage},
} if {
	some shortage in shortages
	request.removes_pods
}

# METADATA
# title: New pods fit nowhere
# description: >-
#   A scale-up or a rollout would stand still. Where nodes are added on demand, set this code to warn in
#   data.config.enforcement.
# custom:
#   code: replacements.no-room-for-new
#   remedy: >-
#     Add nodes, ask for fewer or smaller pods, or free what is short.
#   facts: [capacity]
deny contains {
	"code": "replacements.no-room-for-new",
	"message": sprintf("%v: %v new pods of %v in namespace %v would fit on no node (%v).", [
		request.label,
		shortage.count,
		shortage.owner,
		shortage.namespace,
		shortage.why,
	]),
	"details": {"shortage": shortage},
} if {
	some shortage in shortages
	not request.removes_pods
}

shortages := [shortage | some shortage in input.capacity.shortages; shortage.count > 0]
