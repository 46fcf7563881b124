# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Local storage
# description: >-
#   Data that stays behind, or is lost, when a pod leaves its node.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.local_storage

import rego.v1

import data.kubernetesexecution.lib.disruption
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: emptyDir data would be lost
# description: >-
#   An emptyDir is deleted with its pod.
# custom:
#   code: local-storage.empty-dir
#   remedy: >-
#     Set delete_emptydir_data: true if the data may be lost.
#   facts: [disruption, parameters]
deny contains {
	"code": "local-storage.empty-dir",
	"message": sprintf("%v: %v of %v would lose emptyDir data.", [request.label, text.list(group.names, group.count), text.owner(group)]),
	"details": {"owner": text.owner(group), "pods": group.names},
} if {
	some group in ephemeral
	request.drains
	not request.parameters.delete_emptydir_data == true
}

# METADATA
# title: Data bound to the node
# description: >-
#   A replacement on another node starts without the data, or waits for this node to come back (local volumes).
# custom:
#   code: local-storage.node-bound
#   remedy: >-
#     Make sure that the data is replicated or not needed.
#   facts: [disruption]
warn contains {
	"code": "local-storage.node-bound",
	"message": sprintf("%v: %v of %v keeps data on this node (%v), which does not follow it.", [
		request.label,
		text.list(group.names, group.count),
		text.owner(group),
		text.join(", ", bound),
	]),
	"details": {"owner": text.owner(group), "pods": group.names, "storage": bound},
} if {
	some group in storing
	bound := [kind | some kind in group.storage; kind != "emptyDir"]
	count(bound) > 0
}

storing := [group | some group in disruption.groups; group.storage != []]

ephemeral := [group | some group in storing; "emptyDir" in group.storage]
