# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Rights on the API server
# description: >-
#   required_permissions is what the action cannot do without; rbac_permissions is what the identity really has.
# schemas:
#   - input: schema.input
package kubernetesexecution.rbac.permissions

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Right missing
# description: >-
#   Found out before the first write, not halfway through a drain.
# custom:
#   code: permissions.missing
#   remedy: >-
#     Bind a Role or ClusterRole with this verb and resource to the identity.
#   facts: [rbac_permissions, required_permissions, subject]
deny contains {
	"code": "permissions.missing",
	"message": sprintf(
		"%v: %v lacks the right to %v %v %v, which %v needs.",
		[request.label, input.service_account, needed.verb, resource(needed), place(needed), request.action],
	),
	"details": needed,
} if {
	some needed in input.required_permissions
	not needed in held
	not covered(needed)
}

# METADATA
# title: No right stated
# description: >-
#   Every action needs rights. A document without them cannot be judged.
# custom:
#   code: permissions.none-stated
#   remedy: >-
#     Give policy_check a document as the gate builds it.
#   facts: [required_permissions]
deny contains {
	"code": "permissions.none-stated",
	"message": sprintf("%v: nothing says which rights %v needs, so none was checked.", [request.label, request.action]),
} if {
	not input.required_permissions[0]
}

default held := []

held := input.rbac_permissions

# A right in all namespaces covers each of them.
covered(needed) if {
	some permission in held
	permission.verb == needed.verb
	permission.group == needed.group
	permission.resource == needed.resource
	permission.namespace in {"", needed.namespace}
}

resource(needed) := sprintf("%v.%v", [needed.resource, needed.group]) if needed.group != ""

resource(needed) := needed.resource if needed.group == ""

place(needed) := sprintf("in namespace %v", [needed.namespace]) if needed.namespace != ""

place(needed) := "in the whole cluster" if needed.namespace == ""
