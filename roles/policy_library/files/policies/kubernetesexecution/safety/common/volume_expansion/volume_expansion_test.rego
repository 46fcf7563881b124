# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.volume_expansion_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.volume_expansion

test_not_expandable_fires if {
	volume_expansion.deny == {
		{
			"code": "volume-expansion.not-expandable",
			"details": {"storage_class": "fast"},
			"message": "PersistentVolumeClaim shop/data-db-0: the storage class fast does not allow its volume to grow.",
		},
	} with input as fixtures.expand_pvc({"parameters": {"expandable": false}})
		with data.config as fixtures.config({})
}

test_not_expandable_fires_without_a_class if {
	volume_expansion.deny == {
		{
			"code": "volume-expansion.not-expandable",
			"details": {"storage_class": ""},
			"message": "PersistentVolumeClaim shop/data-db-0: a claim without a storage class does not allow its volume to grow.",
		},
	} with input as fixtures.expand_pvc({"parameters": {"expandable": false, "storage_class": ""}})
		with data.config as fixtures.config({})
}

test_not_expandable_silent if {
	volume_expansion.deny == set() with input as fixtures.expand_pvc({})
		with data.config as fixtures.config({})
}

test_not_expandable_boundary if {
	volume_expansion.deny == set() with input as fixtures.update_config_map({})
		with data.config as fixtures.config({})
}

test_not_expandable_silent_for_other_actions if {
	volume_expansion.deny == set() with input as fixtures.restart({"parameters": {"expandable": false, "storage_class": "fast"}})
		with data.config as fixtures.config({})
}
