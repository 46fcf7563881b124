# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Larger volumes
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.volume_expansion

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Storage class does not allow it
# description: >-
#   Only volumes of a class with allowVolumeExpansion grow. A claim without a class was made for a volume by hand.
# custom:
#   code: volume-expansion.not-expandable
#   remedy: >-
#     Create a larger claim and move the data, or have allowVolumeExpansion set where the driver can do it.
#   facts: [parameters]
deny contains {
	"code": "volume-expansion.not-expandable",
	"message": sprintf("%v: %v does not allow its volume to grow.", [request.label, class]),
	"details": {"storage_class": request.parameters.storage_class},
} if {
	request.action == "ExpandPVC"
	not request.parameters.expandable == true
}

class := sprintf("the storage class %v", [request.parameters.storage_class]) if not request.parameters.storage_class == ""

class := "a claim without a storage class" if request.parameters.storage_class == ""
