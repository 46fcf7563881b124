# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.rate_limits_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.rate_limits

test_exceeded_fires if {
	rate_limits.deny == {
		{
			"code": "rate-limits.exceeded",
			"details": {"count": 5, "max_count": 5, "window_seconds": 600},
			"message": "Deployment shop/web: 5 actions in the last 600 seconds; the limit is 5.",
		},
	} with input as fixtures.scale(5, {"rate_limit_state": {"count": 5, "max_count": 5, "window_seconds": 600}})
		with data.config as fixtures.config({})
}

test_exceeded_silent if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"rate_limit_state": {"count": 5, "max_count": 0, "window_seconds": 0}})
		with data.config as fixtures.config({})
}

test_exceeded_boundary if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"rate_limit_state": {"count": 4, "max_count": 5, "window_seconds": 600}})
		with data.config as fixtures.config({})
}

test_target_busy_fires if {
	rate_limits.deny == {
		{
			"code": "rate-limits.target-busy",
			"details": {"running": 1},
			"message": "Deployment shop/web: another action on it is still in progress.",
		},
	} with input as fixtures.scale(5, {"concurrent_actions": {"Deployment/shop/web": {"count": 1}}})
		with data.config as fixtures.config({})
}

test_target_busy_silent if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"concurrent_actions": {"Deployment/shop/api": {"count": 1}}})
		with data.config as fixtures.config({})
}

test_target_busy_boundary if {
	rate_limits.deny == set() with input as fixtures.scale(5, {"concurrent_actions": {"Deployment/shop/web": {"count": 0}}})
		with data.config as fixtures.config({})
}
