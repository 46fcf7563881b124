# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.rollout_state_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.rollout_state

test_paused_fires if {
	rollout_state.deny == {
		{
			"code": "rollout-state.paused",
			"details": {"paused": true},
			"message": "Deployment shop/web is paused, so a restart would not happen.",
		},
	} with input as fixtures.restart({"target": {"paused": true}})
		with data.config as fixtures.config({})
}

test_paused_silent if {
	rollout_state.deny == set() with input as fixtures.restart({})
		with data.config as fixtures.config({})
}

test_paused_boundary if {
	rollout_state.deny == set() with input as fixtures.scale(5, {"target": {"paused": true}})
		with data.config as fixtures.config({})
}

test_paused_update_fires if {
	rollout_state.warn == {
		{
			"code": "rollout-state.paused-update",
			"details": {"paused": true},
			"message": "Deployment shop/web is paused, so its pods take the change only after the rollout is resumed.",
		},
	} with input as fixtures.update_image({}, {"target": {"paused": true}})
		with data.config as fixtures.config({})
}

test_paused_update_silent if {
	rollout_state.warn == set() with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({})
}

test_paused_update_boundary if {
	rollout_state.warn == set() with input as fixtures.restart({"target": {"paused": true}})
		with data.config as fixtures.config({})
}

test_in_progress_fires if {
	rollout_state.warn == {
		{
			"code": "rollout-state.in-progress",
			"details": {"generation": 4, "observed_generation": 3},
			"message": "Deployment shop/web: a rollout is still in progress; this one would overtake it.",
		},
	} with input as fixtures.restart({"target": {"rollout_in_progress": true, "generation": 4}})
		with data.config as fixtures.config({})
}

test_in_progress_fires_for_another_image if {
	{violation.code | some violation in rollout_state.warn} == {"rollout-state.in-progress"} with input as fixtures.update_image({}, {"target": {"rollout_in_progress": true}})
		with data.config as fixtures.config({})
}

test_in_progress_silent if {
	rollout_state.warn == set() with input as fixtures.restart({})
		with data.config as fixtures.config({})
}

test_in_progress_boundary if {
	rollout_state.warn == set() with input as fixtures.scale(5, {"target": {"rollout_in_progress": true}})
		with data.config as fixtures.config({})
}

test_terminating_fires if {
	rollout_state.deny == {
		{
			"code": "rollout-state.terminating",
			"details": {"deletion_timestamp": "2026-11-18T12:00:00Z"},
			"message": "Deployment shop/web is being deleted.",
		},
	} with input as fixtures.scale(5, {"target": {"deletion_timestamp": "2026-11-18T12:00:00Z"}})
		with data.config as fixtures.config({})
}

test_terminating_silent if {
	rollout_state.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_terminating_boundary if {
	rollout_state.deny == set() with input as fixtures.delete_pod({"target": {"deletion_timestamp": "2026-11-18T12:00:00Z"}})
		with data.config as fixtures.config({})
}

test_paused_update_fires_for_resources if {
	rollout_state.warn == {
		{
			"code": "rollout-state.paused-update",
			"details": {"paused": true},
			"message": "Deployment shop/web is paused, so its pods take the change only after the rollout is resumed.",
		},
	} with input as fixtures.update_resources({"target": {"paused": true}})
		with data.config as fixtures.config({})
}

# It is how a rollout that went wrong is repaired.
test_in_progress_silent_for_a_rollback if {
	rollout_state.warn == set() with input as fixtures.rollback({}, {"target": {"rollout_in_progress": true}})
		with data.config as fixtures.config({})
}
