# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.action_dependencies_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.action_dependencies

test_dry_run_failed_fires if {
	action_dependencies.deny == {
		{
			"code": "action-dependencies.dry-run-failed",
			"details": {"failures": 1, "status": 403},
			"message": "Deployment shop/web: the API server refuses ScaleDeployment: exceeded quota: \"team\"",
		},
	} with input as fixtures.scale(5, {"dry_run_result": {"status": "failed", "code": 403, "message": "exceeded quota: \"team\"", "failures": 1}})
		with data.config as fixtures.config({})
}

test_dry_run_failed_silent if {
	action_dependencies.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_dry_run_failed_boundary if {
	action_dependencies.deny == set() with input as fixtures.scale(5, {"dry_run_result": {"status": "skipped"}})
		with data.config as fixtures.config({})
}

test_dry_run_missing_fires if {
	action_dependencies.deny == {
		{
			"code": "action-dependencies.dry-run-missing",
			"details": {"status": "skipped"},
			"message": "Node node-1: DrainNode needs a dry run that succeeded, and this one was skipped.",
		},
	} with input as fixtures.drain({"dry_run_result": {"status": "skipped"}})
		with data.config as fixtures.config({})
}

test_dry_run_missing_silent if {
	action_dependencies.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({})
}

test_dry_run_missing_boundary if {
	action_dependencies.deny == set() with input as fixtures.cordon({"dry_run_result": {"status": "skipped"}})
		with data.config as fixtures.config({})
}

test_dry_run_failed_fires_alone_for_a_risky_action if {
	action_dependencies.deny == {
		{
			"code": "action-dependencies.dry-run-failed",
			"details": {"failures": 1, "status": 500},
			"message": "Node node-1: the API server refuses DrainNode: webhook",
		},
	} with input as fixtures.drain({"dry_run_result": {"status": "failed", "code": 500, "message": "webhook", "failures": 1}})
		with data.config as fixtures.config({})
}
