# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Autoscaled targets
# description: >-
#   Two that set the same number undo each other's work.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.hpa_conflict

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: An autoscaler sets the replicas
# description: >-
#   The HorizontalPodAutoscaler sets the number again within seconds.
# custom:
#   code: hpa-conflict.autoscaled
#   remedy: >-
#     Change the minimum or maximum of the autoscaler instead.
#   facts: [ownership]
deny contains {
	"code": "hpa-conflict.autoscaled",
	"message": sprintf("%v is scaled by %v (%v to %v replicas), which would undo %v replicas.", [
		request.label,
		scaler,
		autoscaler.min_replicas,
		autoscaler.max_replicas,
		request.parameters.replicas,
	]),
	"remedy": sprintf("Change the minimum or maximum of %v instead.", [scaler]),
	"details": {"autoscaler": autoscaler},
} if {
	request.scales
	not is_null(autoscaler)
}

autoscaler := input.ownership.autoscaler

scaler := sprintf("HorizontalPodAutoscaler %v/%v", [input.namespace, autoscaler.name]) if autoscaler.managed_by == ""

scaler := sprintf("ScaledObject %v/%v", [input.namespace, autoscaler.managed_by]) if autoscaler.managed_by != ""
