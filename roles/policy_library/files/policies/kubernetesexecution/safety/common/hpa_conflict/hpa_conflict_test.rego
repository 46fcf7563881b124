# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.hpa_conflict_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.hpa_conflict

test_autoscaled_fires if {
	hpa_conflict.deny == {
		{
			"code": "hpa-conflict.autoscaled",
			"details": {"autoscaler": {"managed_by": "", "max_replicas": 10, "min_replicas": 2, "name": "web"}},
			"message": "Deployment shop/web is scaled by HorizontalPodAutoscaler shop/web (2 to 10 replicas), which would undo 5 replicas.",
			"remedy": "Change the minimum or maximum of HorizontalPodAutoscaler shop/web instead.",
		},
	} with input as fixtures.scale(5, {"ownership": {"autoscaler": {"name": "web", "min_replicas": 2, "max_replicas": 10, "managed_by": ""}}})
		with data.config as fixtures.config({})
}

test_autoscaled_silent if {
	hpa_conflict.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_autoscaled_boundary if {
	hpa_conflict.deny == set() with input as fixtures.restart({"ownership": {"autoscaler": {"name": "web", "min_replicas": 2, "max_replicas": 10, "managed_by": ""}}})
		with data.config as fixtures.config({})
}

test_autoscaled_fires_for_keda if {
	hpa_conflict.deny == {
		{
			"code": "hpa-conflict.autoscaled",
			"details": {
				"autoscaler": {"managed_by": "web-keda", "max_replicas": 10, "min_replicas": 2, "name": "web"},
			},
			"message": "Deployment shop/web is scaled by ScaledObject shop/web-keda (2 to 10 replicas), which would undo 5 replicas.",
			"remedy": "Change the minimum or maximum of ScaledObject shop/web-keda instead.",
		},
	} with input as fixtures.scale(5, {"ownership": {"autoscaler": {"name": "web", "min_replicas": 2, "max_replicas": 10, "managed_by": "web-keda"}}})
		with data.config as fixtures.config({})
}

test_autoscaled_silent_for_other_actions if {
	hpa_conflict.deny == set() with input as fixtures.restart({"parameters": {"replicas": 5}, "ownership": {"autoscaler": {"name": "web", "managed_by": "", "min_replicas": 2, "max_replicas": 8}}})
		with data.config as fixtures.config({})
}
