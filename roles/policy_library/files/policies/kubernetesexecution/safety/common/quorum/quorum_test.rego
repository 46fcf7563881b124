# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.quorum_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.quorum

test_control_plane_fires if {
	quorum.deny == {
		{
			"code": "quorum.control-plane",
			"details": {"majority": 2, "members": 3, "ready_after": 1},
			"message": "Node node-1: 1 of 3 control-plane nodes would be ready; a majority is 2.",
		},
	} with input as fixtures.drain({"target": {"roles": ["control-plane"], "ready": true}, "nodes": {"control_plane_ready": 2}})
		with data.config as fixtures.config({})
}

test_control_plane_silent if {
	quorum.deny == set() with input as fixtures.drain({"nodes": {"control_plane_ready": 1}})
		with data.config as fixtures.config({})
}

test_control_plane_boundary if {
	quorum.deny == set() with input as fixtures.drain({"target": {"roles": ["control-plane"], "ready": true}, "nodes": {"control_plane_ready": 3}})
		with data.config as fixtures.config({})
}

test_control_plane_silent_when_the_node_is_down_already if {
	quorum.deny == set() with input as fixtures.drain({"target": {"roles": ["control-plane"], "ready": false}, "nodes": {"control_plane_ready": 2}})
		with data.config as fixtures.config({})
}

test_control_plane_counts_no_fewer_than_no_members if {
	quorum.deny == {
		{
			"code": "quorum.control-plane",
			"details": {"members": 0, "ready_after": -1, "majority": 1},
			"message": "Node node-1: -1 of 0 control-plane nodes would be ready; a majority is 1.",
		},
	} with input as fixtures.drain({"target": {"roles": ["control-plane"]}, "nodes": {"control_plane": -1, "control_plane_ready": 0}})
		with data.config as fixtures.config({})
}

test_stateful_set_fires if {
	quorum.deny == {
		{
			"code": "quorum.stateful-set",
			"details": {"owner": "StatefulSet shop/db", "pods": ["db-0", "db-1"], "replicas": 3},
			"message": "Node node-1: 1 of 3 members of StatefulSet shop/db would remain; a majority is 2.",
		},
	} with input as fixtures.drain_of({"controller": {"kind": "StatefulSet", "name": "db"}, "replicas": 3, "count": 2, "names": ["db-0", "db-1"]}, {})
		with data.config as fixtures.config({})
}

test_stateful_set_silent if {
	quorum.deny == set() with input as fixtures.drain_of({"controller": {"kind": "Deployment", "name": "db"}, "replicas": 3, "count": 2, "names": ["db-0", "db-1"]}, {})
		with data.config as fixtures.config({})
}

test_stateful_set_boundary if {
	quorum.deny == set() with input as fixtures.drain_of({"controller": {"kind": "StatefulSet", "name": "db"}, "replicas": 3, "count": 1, "names": ["db-0", "db-1"]}, {})
		with data.config as fixtures.config({})
}

test_stateful_set_silent_for_a_large_one if {
	quorum.deny == set() with input as fixtures.drain_of({"controller": {"kind": "StatefulSet", "name": "db"}, "replicas": 10, "count": 9}, {})
		with data.config as fixtures.config({})
}

test_stateful_set_silent_under_a_budget if {
	quorum.deny == set() with input as fixtures.drain_of({"controller": {"kind": "StatefulSet", "name": "db"}, "replicas": 3, "count": 2, "under_budget": true}, {})
		with data.config as fixtures.config({})
}

test_control_plane_silent_for_a_cordon if {
	quorum.deny == set() with input as fixtures.cordon({"target": {"roles": ["control-plane"], "ready": true}, "nodes": {"control_plane_ready": 2}})
		with data.config as fixtures.config({})
}

test_stateful_set_silent_for_another_kind if {
	quorum.deny == set() with input as fixtures.drain_of({"controller": {"kind": "Deployment", "name": "db"}, "storage": ["emptyDir"], "replicas": 3, "count": 2, "ready": 1}, {})
		with data.config as fixtures.config({})
}

test_stateful_set_silent_for_two_members if {
	quorum.deny == set() with input as fixtures.drain_of({"controller": {"kind": "StatefulSet", "name": "db"}, "storage": ["emptyDir"], "replicas": 2, "count": 2, "ready": 1}, {})
		with data.config as fixtures.config({})
}

test_stateful_set_fires_for_the_largest_one if {
	quorum.deny == {
		{
			"code": "quorum.stateful-set",
			"details": {"owner": "StatefulSet shop/db", "pods": ["web-1"], "replicas": 9},
			"message": "Node node-1: 4 of 9 members of StatefulSet shop/db would remain; a majority is 5.",
		},
	} with input as fixtures.drain_of({"controller": {"kind": "StatefulSet", "name": "db"}, "storage": ["emptyDir"], "replicas": 9, "count": 5, "ready": 1}, {})
		with data.config as fixtures.config({})
}

test_stateful_set_silent_under_a_budget_whatever_else_there_is_to_say if {
	quorum.deny == set() with input as fixtures.drain_of({"controller": {"kind": "StatefulSet", "name": "db"}, "storage": ["emptyDir"], "replicas": 3, "count": 2, "ready": 1, "under_budget": true}, {})
		with data.config as fixtures.config({})
}

test_scale_down_fires if {
	quorum.deny == {
		{
			"code": "quorum.scale-down",
			"details": {"current": 5, "majority": 3, "replicas": 2},
			"message": "StatefulSet shop/db: from 5 to 2 members; a majority is 3.",
		},
	} with input as fixtures.scale_stateful_set(2, {})
		with data.config as fixtures.config({})
}

test_scale_down_boundary if {
	quorum.deny == set() with input as fixtures.scale_stateful_set(3, {})
		with data.config as fixtures.config({})
}

test_scale_down_silent if {
	quorum.deny == set() with input as fixtures.scale(1, {"parameters": {"current_replicas": 5}})
		with data.config as fixtures.config({})
}

test_scale_down_silent_when_it_is_switched_off if {
	quorum.deny == set() with input as fixtures.scale_stateful_set(0, {})
		with data.config as fixtures.config({})
}

test_scale_down_silent_for_two if {
	quorum.deny == set() with input as fixtures.scale_stateful_set(1, {"parameters": {"current_replicas": 2}})
		with data.config as fixtures.config({})
}

test_scale_down_fires_for_three if {
	count(quorum.deny) == 1 with input as fixtures.scale_stateful_set(1, {"parameters": {"current_replicas": 3}})
		with data.config as fixtures.config({})
}

test_scale_down_fires_for_as_many_as_may_vote if {
	count(quorum.deny) == 1 with input as fixtures.scale_stateful_set(4, {"parameters": {"current_replicas": 9}})
		with data.config as fixtures.config({})
}

test_scale_down_silent_for_more_than_may_vote if {
	quorum.deny == set() with input as fixtures.scale_stateful_set(4, {"parameters": {"current_replicas": 10}})
		with data.config as fixtures.config({})
}

test_control_plane_fires_for_what_is_lost_already if {
	count(quorum.deny) == 1 with input as fixtures.drain({"target": {"roles": ["control-plane"], "ready": false}, "nodes": {"control_plane_ready": 1}})
		with data.config as fixtures.config({})
}

test_no_member_is_a_number_of_members if quorum.at_least_none(0) == 0
