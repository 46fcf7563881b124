# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.replacements_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.replacements

test_no_room_fires if {
	replacements.deny == {
		{
			"code": "replacements.no-room",
			"details": {
				"shortage": {"count": 2, "namespace": "shop", "owner": "ReplicaSet shop/web-6d4cf", "why": "memory"},
			},
			"message": "Node node-1: 2 pods of ReplicaSet shop/web-6d4cf in namespace shop would fit on no remaining node (memory).",
		},
	} with input as fixtures.drain({"capacity": {"shortages": [{"owner": "ReplicaSet shop/web-6d4cf", "namespace": "shop", "count": 2, "why": "memory"}]}})
		with data.config as fixtures.config({})
}

test_no_room_silent if {
	replacements.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({})
}

test_no_room_boundary if {
	replacements.deny == set() with input as fixtures.drain({"capacity": {"shortages": [{"owner": "ReplicaSet shop/web-6d4cf", "namespace": "shop", "count": 0, "why": "memory"}]}})
		with data.config as fixtures.config({})
}

test_no_room_for_new_fires if {
	replacements.deny == {
		{
			"code": "replacements.no-room-for-new",
			"details": {
				"shortage": {"count": 3, "namespace": "shop", "owner": "ReplicaSet shop/web-6d4cf", "why": "memory"},
			},
			"message": "Deployment shop/web: 3 new pods of ReplicaSet shop/web-6d4cf in namespace shop would fit on no node (memory).",
		},
	} with input as fixtures.scale(5, {"capacity": {"shortages": [{"owner": "ReplicaSet shop/web-6d4cf", "namespace": "shop", "count": 3, "why": "memory"}]}})
		with data.config as fixtures.config({})
}

test_no_room_for_new_silent if {
	replacements.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_no_room_for_new_boundary if {
	replacements.deny == set() with input as fixtures.scale(5, {"capacity": {"shortages": [{"owner": "ReplicaSet shop/web-6d4cf", "namespace": "shop", "count": 0, "why": "memory"}]}})
		with data.config as fixtures.config({})
}

test_no_room_fires_for_a_single_pod if {
	count(replacements.deny) == 1 with input as fixtures.drain({"capacity": {"shortages": [{"owner": "ReplicaSet shop/web-6d4cf", "namespace": "shop", "count": 1, "why": "memory"}]}})
		with data.config as fixtures.config({})
}
