# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.quarantine_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.quarantine

test_no_replacement_fires if {
	quarantine.deny == {
		{
			"code": "quarantine.no-replacement",
			"message": "Pod shop/web-1 is a member of a StatefulSet, which starts no other while this one keeps the name.",
		},
	} with input as fixtures.quarantine({"parameters": {"controller_kind": "StatefulSet"}})
		with data.config as fixtures.config({})
}

test_no_replacement_silent if {
	quarantine.deny == set() with input as fixtures.quarantine({})
		with data.config as fixtures.config({})
}

test_no_replacement_boundary if {
	quarantine.deny == set() with input as fixtures.quarantine({"parameters": {"controller_kind": "StatefulSet", "state": "released"}})
		with data.config as fixtures.config({})
}

test_still_allowed_fires if {
	quarantine.warn == {
		{
			"code": "quarantine.still-allowed",
			"details": {"policies": ["dns", "metrics"]},
			"message": "Pod shop/web-1: NetworkPolicies of the namespace still allow it something (dns, metrics).",
		},
	} with input as fixtures.quarantine({"parameters": {"still_allowed_by": ["dns", "metrics"]}})
		with data.config as fixtures.config({})
}

test_still_allowed_silent if {
	quarantine.warn == set() with input as fixtures.quarantine({})
		with data.config as fixtures.config({})
}

test_still_allowed_boundary if {
	quarantine.warn == set() with input as fixtures.delete_pod({"parameters": {"still_allowed_by": ["dns"]}})
		with data.config as fixtures.config({})
}

test_no_replacement_silent_for_other_actions if {
	quarantine.deny == set() with input as fixtures.delete_pod({"parameters": {"state": "quarantined", "controller_kind": "StatefulSet"}})
		with data.config as fixtures.config({})
}

test_still_allowed_fires_for_a_single_policy if {
	count(quarantine.warn) == 1 with input as fixtures.quarantine({"parameters": {"still_allowed_by": ["dns"]}})
		with data.config as fixtures.config({})
}
