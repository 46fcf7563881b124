# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Fewest replicas of critical Deployments
# description: >-
#   data.config.critical_deployments names them ("namespace/name", or "name" for every namespace),
#   data.config.limits.critical_minimum is the number.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.production.critical_minimum

import rego.v1

import data.kubernetesexecution.lib.limits
import data.kubernetesexecution.lib.request

# METADATA
# title: Critical Deployment below its minimum
# description: A critical Deployment keeps enough replicas to survive the loss of a node during a rollout.
# custom:
#   code: critical-minimum.below-minimum
#   remedy: Ask for at least the minimum, or have a policy admin take the Deployment out of data.config.critical_deployments.
#   facts: [parameters, target]
deny contains {
	"code": "critical-minimum.below-minimum",
	"message": sprintf(
		"%v is critical and needs at least %v replicas in production, not %v.",
		[request.label, minimum, replicas],
	),
	"details": {"replicas": replicas, "minimum": minimum},
} if {
	request.scales
	replicas < minimum
	not replicas == 0
	critical
}

# METADATA
# title: Critical Deployment switched off
# description: Zero replicas is an outage, and a horizontal autoscaler does not come back from it by itself.
# custom:
#   code: critical-minimum.scaled-to-zero
#   remedy: Ask for at least the minimum, or have a policy admin take the Deployment out of data.config.critical_deployments.
#   facts: [parameters, target]
deny contains {
	"code": "critical-minimum.scaled-to-zero",
	"message": sprintf(
		"%v is critical; 0 replicas would switch it off, and production needs at least %v.",
		[request.label, minimum],
	),
	"details": {"replicas": replicas, "minimum": minimum},
} if {
	request.scales
	replicas == 0
	replicas < minimum
	critical
}

# METADATA
# title: Autoscaler may go below the minimum
# description: At night, with nothing to do, the autoscaler would take the replicas away that a critical Deployment keeps.
# custom:
#   code: critical-minimum.autoscaler-below
#   remedy: Give a minimum of at least that number, or have a policy admin take the Deployment out of data.config.critical_deployments.
#   facts: [parameters]
deny contains {
	"code": "critical-minimum.autoscaler-below",
	"message": sprintf("%v: %v is critical and needs at least %v replicas in production, not %v.", [
		request.label,
		scaled,
		minimum,
		least,
	]),
	"details": {"min_replicas": least, "minimum": minimum},
} if {
	request.sets_bounds
	least < minimum
	least < current_least
	critical_scaled
}

least := request.parameters.min_replicas if is_number(request.parameters.min_replicas)

# When nobody knows what it is now, it is lowered.
default current_least := 2147483647

current_least := request.parameters.current_min_replicas if is_number(request.parameters.current_min_replicas)

scaled := sprintf("%v/%v", [request.namespace, request.parameters.scales_name])

critical_scaled if scaled in data.config.critical_deployments

critical_scaled if request.parameters.scales_name in data.config.critical_deployments

replicas := request.replicas

minimum := limits.critical_minimum

critical if request.target.name in data.config.critical_deployments

critical if sprintf("%v/%v", [request.namespace, request.target.name]) in data.config.critical_deployments
