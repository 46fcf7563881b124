# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.disruption_test

import rego.v1

import data.kubernetesexecution.lib.disruption
import data.kubernetesexecution.lib.fixtures

group(changed) := object.union(
	{
		"controller": {"kind": "Deployment", "name": "web"},
		"replicas": 4,
		"ready": 1,
		"storage": [],
		"guards": [],
		"under_budget": false,
	},
	changed,
)

# Whether a group stays for the rules to look at, with half of the replicas as the limit.
document(changed) := {"disruption": {"pods": [group(changed)]}}

config := fixtures.config({"limits": {"replicas_percent": 50}})

test_plain_under_a_budget if {
	disruption.groups == [] with input as document({"under_budget": true, "ready": 4}) with data.config as config
}

test_plain_while_few_enough_are_taken_of_a_deployment if {
	disruption.groups == [] with input as document({"ready": 2}) with data.config as config
}

test_not_plain_when_more_are_taken if {
	count(disruption.groups) == 1 with input as document({"ready": 3}) with data.config as config
}

test_not_plain_of_another_kind if {
	count(disruption.groups) == 1 with input as document({"controller": {"kind": "StatefulSet", "name": "web"}})
		with data.config as config
}

test_plain_with_two_replicas if {
	disruption.groups == [] with input as document({"replicas": 2}) with data.config as config
}

test_not_plain_with_one_replica if {
	count(disruption.groups) == 1 with input as document({"replicas": 1, "under_budget": true})
		with data.config as config
}

test_not_plain_with_storage if {
	count(disruption.groups) == 1 with input as document({"storage": ["emptyDir"]}) with data.config as config
}

test_not_plain_with_a_guard if {
	count(disruption.groups) == 1 with input as document({"guards": ["a=b"]}) with data.config as config
}

# The short cut for ordinary nodes: every group under a budget.
ordinary(changed) := {"disruption": {"pods": [group({"under_budget": true}), group(object.union({"under_budget": true}, changed))]}}

test_an_ordinary_node_is_told_at_once if {
	disruption.all_plain with input as ordinary({})
}

test_a_node_with_nothing_on_it_is_ordinary if {
	disruption.all_plain with input as {"disruption": {"pods": []}}
}

test_no_ordinary_node_with_storage if {
	count(disruption.groups) == 1 with input as ordinary({"storage": ["emptyDir"]}) with data.config as config
}

test_no_ordinary_node_with_a_guard if {
	count(disruption.groups) == 1 with input as ordinary({"guards": ["a=b"]}) with data.config as config
}

test_no_ordinary_node_without_a_controller if {
	not disruption.all_plain with input as ordinary({"controller": null})
}

test_no_ordinary_node_without_a_budget if {
	not disruption.all_plain with input as ordinary({"under_budget": false})
}

test_no_ordinary_node_with_one_replica if {
	count(disruption.groups) == 1 with input as ordinary({"replicas": 1}) with data.config as config
}

test_no_ordinary_node_without_replicas if {
	count(disruption.groups) == 1 with input as ordinary({"replicas": 0}) with data.config as config
}

test_a_group_under_a_budget_is_plain_beside_one_that_is_not if {
	count(disruption.groups) == 1 with input as {
		"disruption": {
			"pods": [
				group({"storage": ["emptyDir"]}),
				group({"under_budget": true, "ready": 4}),
			],
		},
	}
		with data.config as config
}

test_budgets_are_those_of_the_input if {
	disruption.budgets == [] with input as {"disruption": {"budgets": []}}
}
