# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.production.change_approval_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.production.change_approval

test_required_fires if {
	change_approval.deny == {
		{
			"code": "change-approval.required",
			"details": {"action": "UpdateImage"},
			"message": "Deployment shop/web: UpdateImage needs an approval in production, and approvals are not available in this version.",
		},
	} with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"]}})
}

test_required_silent if {
	change_approval.deny == set() with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({})
}

test_required_boundary if {
	change_approval.deny == set() with input as fixtures.restart({})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"]}})
}
