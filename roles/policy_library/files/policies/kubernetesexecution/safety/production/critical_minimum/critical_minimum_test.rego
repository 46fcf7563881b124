# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.production.critical_minimum_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.production.critical_minimum

test_below_minimum_fires if {
	critical_minimum.deny == {
		{
			"code": "critical-minimum.below-minimum",
			"details": {"minimum": 3, "replicas": 2},
			"message": "Deployment shop/web is critical and needs at least 3 replicas in production, not 2.",
		},
	} with input as fixtures.scale(2, {})
		with data.config as fixtures.config({"critical_deployments": ["web"]})
}

test_below_minimum_silent if {
	critical_minimum.deny == set() with input as fixtures.scale(2, {})
		with data.config as fixtures.config({"critical_deployments": ["api", "other/web"]})
}

test_below_minimum_boundary if {
	critical_minimum.deny == set() with input as fixtures.scale(3, {})
		with data.config as fixtures.config({"critical_deployments": ["web"]})
}

test_below_minimum_fires_with_namespace if {
	critical_minimum.deny == {
		{
			"code": "critical-minimum.below-minimum",
			"details": {"minimum": 3, "replicas": 1},
			"message": "Deployment shop/web is critical and needs at least 3 replicas in production, not 1.",
		},
	} with input as fixtures.scale(1, {})
		with data.config as fixtures.config({"critical_deployments": ["shop/web"]})
}

test_scaled_to_zero_fires if {
	critical_minimum.deny == {
		{
			"code": "critical-minimum.scaled-to-zero",
			"details": {"minimum": 3, "replicas": 0},
			"message": "Deployment shop/web is critical; 0 replicas would switch it off, and production needs at least 3.",
		},
	} with input as fixtures.scale(0, {})
		with data.config as fixtures.config({"critical_deployments": ["web"]})
}

test_scaled_to_zero_silent if {
	critical_minimum.deny == set() with input as fixtures.scale(0, {})
		with data.config as fixtures.config({})
}

test_scaled_to_zero_boundary if {
	critical_minimum.deny == set() with input as fixtures.scale(0, {})
		with data.config as fixtures.config({"critical_deployments": ["web"], "limits": {"critical_minimum": 0}})
}

test_autoscaler_below_fires if {
	critical_minimum.deny == {
		{
			"code": "critical-minimum.autoscaler-below",
			"details": {"min_replicas": 2, "minimum": 3},
			"message": "HorizontalPodAutoscaler shop/web-hpa: shop/web is critical and needs at least 3 replicas in production, not 2.",
		},
	} with input as fixtures.update_hpa({"parameters": {"min_replicas": 2, "current_min_replicas": 4}})
		with data.config as fixtures.config({"critical_deployments": ["web"]})
}

test_autoscaler_below_fires_by_full_name if {
	count(critical_minimum.deny) == 1 with input as fixtures.update_hpa({"parameters": {"min_replicas": 2, "current_min_replicas": 4}})
		with data.config as fixtures.config({"critical_deployments": ["shop/web"]})
}

test_autoscaler_below_silent if {
	critical_minimum.deny == set() with input as fixtures.update_hpa({"parameters": {"min_replicas": 2, "current_min_replicas": 4}})
		with data.config as fixtures.config({"critical_deployments": ["bank/web"]})
}

test_autoscaler_below_boundary if {
	critical_minimum.deny == set() with input as fixtures.update_hpa({"parameters": {"min_replicas": 3, "current_min_replicas": 4}})
		with data.config as fixtures.config({"critical_deployments": ["web"]})
}

test_autoscaler_below_fires_when_nobody_knows_what_it_is_now if {
	count(critical_minimum.deny) == 1 with input as fixtures.update_hpa({"parameters": {"min_replicas": 2, "current_min_replicas": null}})
		with data.config as fixtures.config({"critical_deployments": ["web"]})
}

test_autoscaler_below_silent_where_it_rises if {
	critical_minimum.deny == set() with input as fixtures.update_hpa({"parameters": {"min_replicas": 2, "current_min_replicas": 1}})
		with data.config as fixtures.config({"critical_deployments": ["web"]})
}

test_autoscaler_below_silent_without_a_minimum if {
	critical_minimum.deny == set() with input as fixtures.update_hpa({"parameters": {"min_replicas": null, "current_min_replicas": 4}})
		with data.config as fixtures.config({"critical_deployments": ["shop/web"]})
}

test_silent_for_actions_that_do_not_scale if {
	critical_minimum.deny == set() with input as fixtures.restart({"parameters": {"replicas": 0, "current_replicas": 5, "min_replicas": 1, "current_min_replicas": 5, "scales_name": "web"}})
		with data.config as fixtures.config({"critical_deployments": ["web"]})
}

test_below_silent_for_a_restart if {
	critical_minimum.deny == set() with input as fixtures.restart({"parameters": {"replicas": 1, "current_replicas": 5}})
		with data.config as fixtures.config({"critical_deployments": ["web"]})
}
