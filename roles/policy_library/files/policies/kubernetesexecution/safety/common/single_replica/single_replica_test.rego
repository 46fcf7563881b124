# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.single_replica_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.single_replica

test_last_replica_fires if {
	single_replica.deny == {
		{
			"code": "single-replica.last-replica",
			"details": {"owner": "Deployment shop/web", "pods": ["web-1"]},
			"message": "Node node-1: web-1 is the only replica of Deployment shop/web.",
		},
	} with input as fixtures.drain_of({"replicas": 1}, {})
		with data.config as fixtures.config({})
}

test_last_replica_silent if {
	single_replica.deny == set() with input as fixtures.drain_of({"replicas": 1}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_last_replica_boundary if {
	single_replica.deny == set() with input as fixtures.drain_of({"replicas": 2}, {})
		with data.config as fixtures.config({})
}

test_last_replica_silent_for_one_of_two_that_other_rules_look_at if {
	single_replica.deny == set() with input as fixtures.drain_of({"replicas": 2, "storage": ["hostPath"]}, {})
		with data.config as fixtures.config({})
}

test_last_replica_silent_when_it_is_not_ready if {
	single_replica.deny == set() with input as fixtures.drain_of({"replicas": 1, "ready": 0}, {})
		with data.config as fixtures.config({})
}

test_last_replica_silent_for_a_job if {
	single_replica.deny == set() with input as fixtures.drain_of({"replicas": 1, "controller": {"kind": "Job", "name": "import"}}, {})
		with data.config as fixtures.config({})
}

test_last_replica_elsewhere_fires if {
	single_replica.warn == {
		{
			"code": "single-replica.last-replica-elsewhere",
			"details": {"owner": "Deployment shop/web", "pods": ["web-1"]},
			"message": "Node node-1: web-1 is the only replica of Deployment shop/web.",
		},
	} with input as fixtures.drain_of({"replicas": 1}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_last_replica_elsewhere_silent if {
	single_replica.warn == set() with input as fixtures.drain_of({"replicas": 1}, {})
		with data.config as fixtures.config({})
}

test_last_replica_elsewhere_boundary if {
	single_replica.warn == set() with input as fixtures.drain_of({"replicas": 2}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_bare_pod_fires if {
	single_replica.deny == {
		{
			"code": "single-replica.bare-pod",
			"details": {"pods": ["web-1"]},
			"message": "Node node-1: Pod shop/web-1 has no controller, so nothing would start it again.",
		},
	} with input as fixtures.drain_of({"controller": null, "replicas": 0}, {})
		with data.config as fixtures.config({})
}

test_bare_pod_silent if {
	single_replica.deny == set() with input as fixtures.drain_of({}, {})
		with data.config as fixtures.config({})
}

test_bare_pod_boundary if {
	single_replica.deny == set() with input as fixtures.drain_of({"controller": null, "replicas": 0}, {"parameters": {"force": true}})
		with data.config as fixtures.config({})
}

test_last_replica_fires_under_a_budget if {
	single_replica.deny == {
		{
			"code": "single-replica.last-replica",
			"details": {"owner": "Deployment shop/web", "pods": ["web-1"]},
			"message": "Node node-1: web-1 is the only replica of Deployment shop/web.",
		},
	} with input as fixtures.drain_of({"replicas": 1, "under_budget": true}, {})
		with data.config as fixtures.config({})
}

# It goes on running.
test_bare_pod_silent_for_a_quarantine if {
	single_replica.deny == set() with input as fixtures.quarantine({"disruption": {"pods": [fixtures.group({"controller": null, "replicas": 0})]}})
		with data.config as fixtures.config({})
}

test_last_replica_fires_for_a_quarantine if {
	{finding.code | some finding in single_replica.deny} == {"single-replica.last-replica"} with input as fixtures.quarantine({"disruption": {"pods": [fixtures.group({"replicas": 1})]}})
		with data.config as fixtures.config({})
}
