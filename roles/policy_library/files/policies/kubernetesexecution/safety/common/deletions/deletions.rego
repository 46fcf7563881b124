# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: What else a deletion takes away
# description: >-
#   Data that is deleted together with what is named.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.deletions

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Volumes would be deleted
# description: >-
#   The persistentVolumeClaimRetentionPolicy of the StatefulSet says Delete: the claims of the members that go are deleted
#   with them, and with most storage classes their data, too.
# custom:
#   code: deletions.volumes-lost
#   remedy: >-
#     Set the persistentVolumeClaimRetentionPolicy of the StatefulSet to Retain first.
#   facts: [parameters]
deny contains {
	"code": "deletions.volumes-lost",
	"message": sprintf("%v: the volume claims of its members would be deleted with them.", [request.label]),
} if {
	request.parameters.deletes_volumes == true
}

# METADATA
# title: Something still leads to it
# description: >-
#   A Service that selects its pods, or an Ingress that leads to the Service, would lead nowhere.
# custom:
#   code: deletions.in-use
#   remedy: >-
#     Take away or redirect what leads to it first; of a workload, scaling it to 0 is enough.
#   facts: [parameters]
deny contains {
	"code": "deletions.in-use",
	"message": sprintf("%v: %v still leads to it.", [request.label, user]),
	"details": {"used_by": user},
} if {
	some user in request.parameters.used_by
}
