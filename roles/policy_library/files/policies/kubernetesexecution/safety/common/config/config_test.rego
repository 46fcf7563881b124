# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.config_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.config

test_limit_unusable_fires if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "replica_ceiling"},
			"message": "Deployment shop/web: the library has no usable data.config.limits.replica_ceiling, which ScaleDeployment is judged by.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"limits": {"replica_ceiling": "20"}})
}

test_limit_unusable_silent if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_limit_unusable_boundary if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"limits": {"eviction_rounds": "10"}})
}

test_limit_unusable_fires_for_a_drain if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "eviction_rounds"},
			"message": "Node node-1: the library has no usable data.config.limits.eviction_rounds, which DrainNode is judged by.",
		},
		{
			"code": "config.limit-unusable",
			"details": {"limit": "nodes_percent"},
			"message": "Node node-1: the library has no usable data.config.limits.nodes_percent, which DrainNode is judged by.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"limits": {"eviction_rounds": null, "nodes_percent": "25"}})
}

test_limit_unusable_fires_for_a_cordon if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "nodes_percent"},
			"message": "Node node-1: the library has no usable data.config.limits.nodes_percent, which CordonNode is judged by.",
		},
	} with input as fixtures.cordon({})
		with data.config as fixtures.config({"limits": {"nodes_percent": "25"}})
}

test_limit_unusable_fires_for_a_pod if {
	config.deny == {
		{
			"code": "config.limit-unusable",
			"details": {"limit": "replicas_percent"},
			"message": "Pod shop/web-1: the library has no usable data.config.limits.replicas_percent, which DeletePod is judged by.",
		},
	} with input as fixtures.delete_pod({})
		with data.config as fixtures.config({"limits": {"replicas_percent": true}})
}

test_key_missing_fires if {
	config.deny == {
		{
			"code": "config.key-missing",
			"details": {"key": "freezes"},
			"message": "Deployment shop/web: the library has no data.config.freezes.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as object.remove(fixtures.config({}), ["freezes"])
}

test_key_missing_silent if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_key_missing_boundary if {
	config.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"own_key": 1})
}
