# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Pods that ask not to be evicted
# description: >-
#   Annotations of Karpenter, of the cluster-autoscaler and of the descheduler. data.config.ignored_eviction_guards
#   lists keys that do not count.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.eviction_guards

import rego.v1

import data.kubernetesexecution.lib.disruption
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Pod asks not to be evicted
# description: >-
#   Its owner has told the tools that move pods to leave it alone, mostly because a long computation would be lost.
# custom:
#   code: eviction-guards.guarded
#   remedy: >-
#     Wait until the pod has finished, or ask its owner to remove the annotation.
#   facts: [disruption]
deny contains {
	"code": "eviction-guards.guarded",
	"message": sprintf("%v: %v of %v asks not to be evicted (%v).", [
		request.label,
		text.list(group.names, group.count),
		text.owner(group),
		text.join(", ", guards),
	]),
	"details": {"owner": text.owner(group), "pods": group.names, "guards": guards},
} if {
	not request.isolates
	some group in guarded
	guards := [guard | some guard in group.guards; counts(guard)]
	count(guards) > 0
}

guarded := [group | some group in disruption.groups; group.guards != []]

counts(guard) if not split(guard, "=")[0] in data.config.ignored_eviction_guards
