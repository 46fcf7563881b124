# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.deletions_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.deletions

test_volumes_lost_fires if {
	deletions.deny == {
		{
			"code": "deletions.volumes-lost",
			"message": "StatefulSet shop/db: the volume claims of its members would be deleted with them.",
		},
	} with input as fixtures.scale_stateful_set(2, {"parameters": {"deletes_volumes": true}})
		with data.config as fixtures.config({})
}

test_volumes_lost_silent if {
	deletions.deny == set() with input as fixtures.scale_stateful_set(2, {})
		with data.config as fixtures.config({})
}

test_volumes_lost_boundary if {
	deletions.deny == set() with input as fixtures.scale(2, {})
		with data.config as fixtures.config({})
}

test_volumes_lost_fires_for_a_deletion if {
	{finding.code | some finding in deletions.deny} == {"deletions.volumes-lost"} with input as fixtures.deletion({"action": "DeleteStatefulSet", "parameters": {"deletes_volumes": true}})
		with data.config as fixtures.config({})
}

test_in_use_fires if {
	deletions.deny == {
		{
			"code": "deletions.in-use",
			"message": "Service shop/web: Ingress shop/front still leads to it.",
			"details": {"used_by": "Ingress shop/front"},
		},
		{
			"code": "deletions.in-use",
			"message": "Service shop/web: Ingress shop/back still leads to it.",
			"details": {"used_by": "Ingress shop/back"},
		},
	} with input as fixtures.deletion({"parameters": {"used_by": ["Ingress shop/front", "Ingress shop/back"]}})
		with data.config as fixtures.config({})
}

test_in_use_silent if {
	deletions.deny == set() with input as fixtures.deletion({})
		with data.config as fixtures.config({})
}

test_in_use_boundary if {
	deletions.deny == set() with input as fixtures.delete_pod({})
		with data.config as fixtures.config({})
}
