# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.production.replica_ceiling_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.production.replica_ceiling

test_exceeded_fires if {
	replica_ceiling.deny == {
		{
			"code": "replica-ceiling.exceeded",
			"details": {"ceiling": 20, "replicas": 50},
			"message": "Deployment shop/web: 50 replicas are more than the 20 that production allows.",
			"remedy": "Ask for 20 replicas or fewer, or have a policy admin give shop/web an entry in data.config.replica_ceilings.",
		},
	} with input as fixtures.scale(50, {})
		with data.config as fixtures.config({})
}

test_exceeded_silent if {
	replica_ceiling.deny == set() with input as fixtures.restart({})
		with data.config as fixtures.config({})
}

test_exceeded_boundary if {
	replica_ceiling.deny == set() with input as fixtures.scale(20, {})
		with data.config as fixtures.config({})
}

test_exceeded_fires_just_above if {
	replica_ceiling.deny == {
		{
			"code": "replica-ceiling.exceeded",
			"details": {"ceiling": 20, "replicas": 21},
			"message": "Deployment shop/web: 21 replicas are more than the 20 that production allows.",
			"remedy": "Ask for 20 replicas or fewer, or have a policy admin give shop/web an entry in data.config.replica_ceilings.",
		},
	} with input as fixtures.scale(21, {})
		with data.config as fixtures.config({})
}

test_exceeded_silent_with_own_ceiling if {
	replica_ceiling.deny == set() with input as fixtures.scale(50, {})
		with data.config as fixtures.config({"replica_ceilings": {"shop/web": 50}})
}

test_exceeded_fires_above_own_ceiling if {
	replica_ceiling.deny == {
		{
			"code": "replica-ceiling.exceeded",
			"details": {"ceiling": 5, "replicas": 6},
			"message": "Deployment shop/web: 6 replicas are more than the 5 that production allows.",
			"remedy": "Ask for 5 replicas or fewer, or have a policy admin give shop/web an entry in data.config.replica_ceilings.",
		},
	} with input as fixtures.scale(6, {})
		with data.config as fixtures.config({"replica_ceilings": {"shop/web": 5}})
}

test_exceeded_fires_when_the_own_ceiling_is_no_number if {
	replica_ceiling.deny == {
		{
			"code": "replica-ceiling.exceeded",
			"details": {"ceiling": 20, "replicas": 50},
			"message": "Deployment shop/web: 50 replicas are more than the 20 that production allows.",
			"remedy": "Ask for 20 replicas or fewer, or have a policy admin give shop/web an entry in data.config.replica_ceilings.",
		},
	} with input as fixtures.scale(50, {})
		with data.config as fixtures.config({"replica_ceilings": {"shop/web": "50"}})
}

test_exceeded_fires_for_a_stateful_set if {
	replica_ceiling.deny == {
		{
			"code": "replica-ceiling.exceeded",
			"details": {"ceiling": 20, "replicas": 21},
			"message": "StatefulSet shop/db: 21 replicas are more than the 20 that production allows.",
			"remedy": "Ask for 20 replicas or fewer, or have a policy admin give shop/db an entry in data.config.replica_ceilings.",
		},
	} with input as fixtures.scale_stateful_set(21, {})
		with data.config as fixtures.config({})
}

test_autoscaler_exceeded_fires if {
	replica_ceiling.deny == {
		{
			"code": "replica-ceiling.autoscaler-exceeded",
			"details": {"max_replicas": 21, "ceiling": 20},
			"message": "HorizontalPodAutoscaler shop/web-hpa: up to 21 replicas of shop/web are more than the 20 that production allows.",
		},
	} with input as fixtures.update_hpa({"parameters": {"max_replicas": 21}})
		with data.config as fixtures.config({})
}

test_autoscaler_exceeded_fires_when_nobody_knows_what_it_is_now if {
	count(replica_ceiling.deny) == 1 with input as fixtures.update_hpa({"parameters": {"max_replicas": 21, "current_max_replicas": "50"}})
		with data.config as fixtures.config({})
}

test_autoscaler_exceeded_silent if {
	replica_ceiling.deny == set() with input as fixtures.update_hpa({"parameters": {"max_replicas": 20}})
		with data.config as fixtures.config({})
}

test_autoscaler_exceeded_boundary if {
	replica_ceiling.deny == set() with input as fixtures.update_hpa({"parameters": {"max_replicas": 40, "current_max_replicas": 40}})
		with data.config as fixtures.config({})
}

test_autoscaler_exceeded_silent_with_own_ceiling if {
	replica_ceiling.deny == set() with input as fixtures.update_hpa({"parameters": {"max_replicas": 21}})
		with data.config as fixtures.config({"replica_ceilings": {"shop/web": 30}})
}

test_silent_for_actions_that_do_not_scale if {
	replica_ceiling.deny == set() with input as fixtures.restart({"parameters": {"replicas": 100, "max_replicas": 100, "current_max_replicas": 5, "scales_name": "web"}})
		with data.config as fixtures.config({})
}
