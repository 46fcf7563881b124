# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Most replicas in production
# description: >-
#   data.config.limits.replica_ceiling, or the Deployment's own number in data.config.replica_ceilings
#   ("namespace/name"). That both sides are numbers is seen to by facts and config.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.production.replica_ceiling

import rego.v1

import data.kubernetesexecution.lib.limits
import data.kubernetesexecution.lib.request

# METADATA
# title: Too many replicas
# description: A wrong number, or an alert that feeds back into itself, must not fill the cluster.
# custom:
#   code: replica-ceiling.exceeded
#   remedy: Ask for fewer replicas, or have a policy admin give the Deployment an entry in data.config.replica_ceilings.
#   facts: [parameters]
deny contains {
	"code": "replica-ceiling.exceeded",
	"message": sprintf("%v: %v replicas are more than the %v that production allows.", [request.label, replicas, ceiling]),
	"remedy": sprintf(
		"Ask for %v replicas or fewer, or have a policy admin give %v an entry in data.config.replica_ceilings.",
		[ceiling, deployment],
	),
	"details": {"replicas": replicas, "ceiling": ceiling},
} if {
	request.scales
	replicas > ceiling
}

# METADATA
# title: Autoscaler may scale too far
# description: What may not be asked for once may not be left to an autoscaler either. A maximum that is lowered always may.
# custom:
#   code: replica-ceiling.autoscaler-exceeded
#   remedy: Give a lower maximum, or have a policy admin give the workload an entry in data.config.replica_ceilings.
#   facts: [parameters]
deny contains {
	"code": "replica-ceiling.autoscaler-exceeded",
	"message": sprintf("%v: up to %v replicas of %v are more than the %v that production allows.", [
		request.label,
		most,
		deployment,
		ceiling,
	]),
	"details": {"max_replicas": most, "ceiling": ceiling},
} if {
	request.sets_bounds
	most > ceiling
	most > current_most
}

replicas := request.replicas

most := request.parameters.max_replicas if is_number(request.parameters.max_replicas)

# When nobody knows what it is now, it is raised.
default current_most := 0

current_most := request.parameters.current_max_replicas if is_number(request.parameters.current_max_replicas)

deployment := sprintf("%v/%v", [request.namespace, request.target.name]) if not request.sets_bounds

deployment := sprintf("%v/%v", [request.namespace, request.parameters.scales_name]) if request.sets_bounds

ceilings := data.config.replica_ceilings

default own := false

own if {
	not ceilings == {}
	is_number(ceilings[deployment])
}

ceiling := ceilings[deployment] if own

ceiling := limits.replica_ceiling if not own
