# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: The only replica
# description: >-
#   Pods that nobody stands in for.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.single_replica

import rego.v1

import data.kubernetesexecution.lib.disruption
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Only replica in production
# description: >-
#   Its service is down until the replacement is ready.
# custom:
#   code: single-replica.last-replica
#   remedy: >-
#     Scale the workload to 2 or more replicas first, and back afterwards.
#   facts: [disruption]
deny contains {
	"code": "single-replica.last-replica",
	"message": message(group),
	"details": {"owner": text.owner(group), "pods": group.names},
} if {
	request.production
	some group in lonely
}

# METADATA
# title: Only replica outside production
# description: >-
#   The same in production would be denied.
# custom:
#   code: single-replica.last-replica-elsewhere
#   remedy: >-
#     Scale the workload to 2 or more replicas first, and back afterwards.
#   facts: [disruption]
warn contains {
	"code": "single-replica.last-replica-elsewhere",
	"message": message(group),
	"details": {"owner": text.owner(group), "pods": group.names},
} if {
	not request.production
	some group in lonely
}

# METADATA
# title: Pod without a controller
# description: >-
#   Evicting it ends it for good.
# custom:
#   code: single-replica.bare-pod
#   remedy: >-
#     Set force: true if the pod may be lost.
#   facts: [disruption, parameters]
deny contains {
	"code": "single-replica.bare-pod",
	"message": sprintf("%v: %v has no controller, so nothing would start it again.", [request.label, text.owner(group)]),
	"details": {"pods": group.names},
} if {
	some group in bare
	not request.isolates
	not request.parameters.force == true
}

# A pod that is not ready serves nobody, and deleting it is how it is repaired. A Job starts its pod again by itself.
lonely := [group | some group in disruption.groups; group.replicas == 1; group.ready > 0; group.controller.kind != "Job"]

bare := [group | some group in disruption.groups; is_null(group.controller)]

message(group) := sprintf("%v: %v is the only replica of %v.", [
	request.label,
	text.list(group.names, group.count),
	text.owner(group),
])
