# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Disruption budgets
# description: >-
#   The eviction API checks one pod at a time, and its dry run does not count. Only the sum over all pods of the action
#   tells, before the node is cordoned, whether a drain can end.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.disruption_budgets

import rego.v1

import data.kubernetesexecution.lib.disruption
import data.kubernetesexecution.lib.limits
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Budget allows nothing
# description: >-
#   Every eviction would be refused until more pods are healthy.
# custom:
#   code: disruption-budgets.nothing-allowed
#   remedy: >-
#     Wait until more of the budget's pods are healthy, scale their workload up, or have its owner change the budget.
#   facts: [disruption]
deny contains {
	"code": "disruption-budgets.nothing-allowed",
	"message": sprintf("%v: %v allows no disruption now (%v healthy, %v wanted); it covers %v.", [
		request.label,
		text.budget(budget),
		budget.current_healthy,
		budget.desired_healthy,
		text.list(budget.names, budget.pods),
	]),
	"details": evidence(budget),
} if {
	some budget in exhausted
}

# METADATA
# title: Pod under two budgets
# description: >-
#   The eviction API supports one budget a pod and answers 500 for more, always.
# custom:
#   code: disruption-budgets.two-budgets
#   remedy: >-
#     Change the selectors so that one budget covers the pod.
#   facts: [disruption]
deny contains {
	"code": "disruption-budgets.two-budgets",
	"message": sprintf("%v: pod %v/%v is covered by %v budgets (%v), and the API server evicts no such pod.", [
		request.label,
		pod.namespace,
		pod.name,
		count(pod.budgets),
		text.join(", ", pod.budgets),
	]),
	"details": {"pod": pod},
} if {
	some pod in input.disruption.shared
}

# METADATA
# title: Budget is stale
# description: >-
#   observedGeneration is behind generation: the controller has not looked at the budget since it was changed.
# custom:
#   code: disruption-budgets.stale
#   remedy: >-
#     Wait a moment; if it stays so, look at the kube-controller-manager.
#   facts: [disruption]
deny contains {
	"code": "disruption-budgets.stale",
	"message": sprintf("%v: the status of %v is older than its spec, so the API server refuses every eviction of %v.", [
		request.label,
		text.budget(budget),
		text.list(budget.names, budget.pods),
	]),
	"details": evidence(budget),
} if {
	some budget in stale
}

# METADATA
# title: Budget can never be met
# description: >-
#   Replacements would not become healthy, so that the budget would not allow the rest.
# custom:
#   code: disruption-budgets.never-finishes
#   remedy: >-
#     Make room for the replacements, or have the owner change the budget.
#   facts: [disruption]
deny contains {
	"code": "disruption-budgets.never-finishes",
	"message": sprintf("%v: under %v the evictions of %v could never all happen.", [
		request.label,
		text.budget(budget),
		text.list(budget.names, budget.pods),
	]),
	"details": evidence(budget),
} if {
	some budget in endless
}

# METADATA
# title: Too many rounds
# description: >-
#   Each round waits for the replacements of the one before; a drain that takes hours is better planned.
# custom:
#   code: disruption-budgets.too-many-rounds
#   remedy: >-
#     Scale the workload up, have its owner change the budget, or have a policy admin raise
#     data.config.limits.eviction_rounds.
#   facts: [disruption]
deny contains {
	"code": "disruption-budgets.too-many-rounds",
	"message": sprintf("%v: %v allows %v of %v pods at a time, which takes %v rounds; at most %v are waited for.", [
		request.label,
		text.budget(budget),
		budget.disruptions_allowed,
		budget.pods,
		budget.rounds,
		most_rounds,
	]),
	"details": object.union(evidence(budget), {"most_rounds": most_rounds}),
} if {
	some budget in long
}

# METADATA
# title: Several rounds
# description: >-
#   The budget is smaller than the sum of its pods; it can be done, but each round waits for replacements.
# custom:
#   code: disruption-budgets.several-rounds
#   remedy: >-
#     Give the task a wait_timeout that is long enough.
#   facts: [disruption]
warn contains {
	"code": "disruption-budgets.several-rounds",
	"message": sprintf("%v: %v allows %v of %v pods at a time, so this takes %v rounds.", [
		request.label,
		text.budget(budget),
		budget.disruptions_allowed,
		budget.pods,
		budget.rounds,
	]),
	"details": evidence(budget),
} if {
	some budget in slow
}

# METADATA
# title: Budget would be passed over
# description: >-
#   A taint with NoExecute deletes the pods that do not tolerate it, all at once and without asking their budgets.
# custom:
#   code: disruption-budgets.bypassed
#   remedy: >-
#     Drain the node instead, and taint it afterwards.
#   facts: [disruption, parameters]
deny contains {
	"code": "disruption-budgets.bypassed",
	"message": sprintf("%v: %v allows %v disruptions now, and all %v of its pods here would be deleted at once.", [
		request.label,
		text.budget(budget),
		budget.disruptions_allowed,
		budget.pods,
	]),
	"details": evidence(budget),
} if {
	request.taints_away
	some budget in moving
	budget.pods > budget.disruptions_allowed
}

most_rounds := limits.eviction_rounds

evidence(budget) := {
	"budget": sprintf("%v/%v", [budget.namespace, budget.name]),
	"disruptions_allowed": budget.disruptions_allowed,
	"pods": budget.pods,
	"rounds": budget.rounds,
}

# Lists are made by comprehensions: an iteration inside a rule costs the engine four times as much (regopy 1.5.2: 27 us an
# element against 6 us), and a node can have a hundred workloads. A budget that lets all its pods go at once is no matter.
default restless := []

restless := [budget | some budget in disruption.budgets; budget.pods > 0; not calm(budget)] if not all_calm

# The ordinary node, without a function or an operator for each budget.
default all_calm := false

all_calm if count(allowing) == count(disruption.budgets)

allowing := [1 |
	some budget in disruption.budgets
	once[budget.rounds]
	not budget.stale
	not none[budget.disruptions_allowed]
]

once := {1}

none := {0}

calm(budget) if {
	budget.rounds == 1
	budget.disruptions_allowed > 0
	not budget.stale
}

stale := [budget | some budget in restless; budget.stale]

settled := [budget | some budget in restless; not budget.stale]

exhausted := [budget | some budget in settled; budget.disruptions_allowed <= 0]

moving := [budget | some budget in settled; budget.disruptions_allowed > 0]

endless := [budget | some budget in moving; budget.rounds <= 0]

slow := [budget | some budget in moving; budget.rounds > 1; budget.rounds <= most_rounds]

long := [budget | some budget in moving; budget.rounds > most_rounds]
