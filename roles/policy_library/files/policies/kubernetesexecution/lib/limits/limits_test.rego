# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.limits_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.lib.limits

test_a_limit_that_is_a_number_is_there if {
	limits.replica_ceiling == 20 with data.config as fixtures.config({})
}

test_a_limit_that_is_no_number_is_nothing if {
	not limits.replica_ceiling with data.config as fixtures.config({"limits": {"replica_ceiling": "20"}})
}

test_limits_that_were_checked_before_are_not_looked_at_again if {
	limits.replica_ceiling == "20" with data.config as fixtures.config({"limits": {"replica_ceiling": "20"}})
		with data.checked as {"limits": true}
}

test_a_limit_that_is_missing_is_nothing if {
	not limits.replica_ceiling with data.config as {}
}

test_zero_is_a_number if {
	limits.other_clusters_draining with data.config as fixtures.config({})
}

numbers := {
	"concurrent_cluster_actions": 0,
	"critical_minimum": 1,
	"draining_nodes": 2,
	"eviction_rounds": 3,
	"minimum_available_nodes": 4,
	"minimum_nodes_for_drain": 5,
	"nodes_percent": 6,
	"other_clusters_draining": 7,
	"quorum_members": 8,
	"replica_ceiling": 9,
	"replicas_percent": 10,
	"scale_down_percent": 11,
}

texts := {
	"concurrent_cluster_actions": "0",
	"critical_minimum": "1",
	"draining_nodes": "2",
	"eviction_rounds": "3",
	"minimum_available_nodes": "4",
	"minimum_nodes_for_drain": "5",
	"nodes_percent": "6",
	"other_clusters_draining": "7",
	"quorum_members": "8",
	"replica_ceiling": "9",
	"replicas_percent": "10",
	"scale_down_percent": "11",
}

test_every_limit_has_its_own_value if {
	limits.concurrent_cluster_actions == 0 with data.config as {"limits": numbers}
	limits.critical_minimum == 1 with data.config as {"limits": numbers}
	limits.draining_nodes == 2 with data.config as {"limits": numbers}
	limits.eviction_rounds == 3 with data.config as {"limits": numbers}
	limits.minimum_available_nodes == 4 with data.config as {"limits": numbers}
	limits.minimum_nodes_for_drain == 5 with data.config as {"limits": numbers}
	limits.nodes_percent == 6 with data.config as {"limits": numbers}
	limits.other_clusters_draining == 7 with data.config as {"limits": numbers}
	limits.quorum_members == 8 with data.config as {"limits": numbers}
	limits.replica_ceiling == 9 with data.config as {"limits": numbers}
	limits.replicas_percent == 10 with data.config as {"limits": numbers}
	limits.scale_down_percent == 11 with data.config as {"limits": numbers}
}

test_no_limit_that_is_a_text_is_there if {
	not limits.concurrent_cluster_actions with data.config as {"limits": texts}
	not limits.critical_minimum with data.config as {"limits": texts}
	not limits.draining_nodes with data.config as {"limits": texts}
	not limits.eviction_rounds with data.config as {"limits": texts}
	not limits.minimum_available_nodes with data.config as {"limits": texts}
	not limits.minimum_nodes_for_drain with data.config as {"limits": texts}
	not limits.nodes_percent with data.config as {"limits": texts}
	not limits.other_clusters_draining with data.config as {"limits": texts}
	not limits.quorum_members with data.config as {"limits": texts}
	not limits.replica_ceiling with data.config as {"limits": texts}
	not limits.replicas_percent with data.config as {"limits": texts}
	not limits.scale_down_percent with data.config as {"limits": texts}
}

test_half_a_drain_cannot_be_counted if {
	not limits.draining_nodes with data.config as {"limits": {"draining_nodes": 1.5}}
}
