# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Pods that the action ends
# schemas:
#   - input: schema.input
package kubernetesexecution.lib.disruption

import rego.v1

import data.kubernetesexecution.lib.limits

budgets := input.disruption.budgets

# Groups that some rule may have to say something about. Most groups of a busy node are plain, and sorting them out once is
# much faster than every rule going through all of them. A rule that looks at something new has to say so here.
default groups := []

groups := [group | some group in input.disruption.pods; not plain(group)] if not all_plain

# The ordinary node. Asked first, and without a function or an operator for each group: the engine takes ten times as long for
# those, and inside a comprehension for == as well, as for a key that is there or not (regopy 1.5.2: 15 us against 2).
default all_plain := false

all_plain if count(budgeted) == count(input.disruption.pods)

budgeted := [1 |
	some group in input.disruption.pods
	group.under_budget
	group.controller.kind
	not group.storage[0]
	not group.guards[0]
	not few[group.replicas]
]

few := {0, 1}

plain(group) if {
	group.replicas > 1
	group.storage == []
	group.guards == []
	held_back(group)
}

held_back(group) if group.under_budget

held_back(group) if {
	group.controller.kind == "Deployment"
	group.ready * 100 <= limits.replicas_percent * group.replicas
}
