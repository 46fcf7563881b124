# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Protected objects
# description: >-
#   data.config.protected_objects {kind, namespace, name, reason}.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.protected_objects

import rego.v1

import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Object is protected
# description: >-
#   Somebody has said that nothing is to be done to this one object.
# custom:
#   code: protected-objects.listed
#   remedy: >-
#     Have a policy admin take it out of data.config.protected_objects when the reason has gone.
#   facts: [target]
deny contains {
	"code": "protected-objects.listed",
	"message": sprintf("%v is protected: %v.", [request.label, text.reason(entry)]),
	"details": {"entry": entry},
} if {
	some entry in data.config.protected_objects
	entry.kind == request.target.kind
	entry.name == request.target.name
	object.get(entry, "namespace", "") == request.target.namespace
}

# METADATA
# title: Workload to be restarted is protected
# description: >-
#   An update of a ConfigMap or Secret restarts what it names; nothing is to be done to this one.
# custom:
#   code: protected-objects.restart-listed
#   remedy: >-
#     Leave it out of the option restart, or have a policy admin take it out of data.config.protected_objects.
#   facts: [parameters]
deny contains {
	"code": "protected-objects.restart-listed",
	"message": sprintf("%v: %v %v/%v, which would be restarted, is protected: %v.", [
		request.label,
		entry.kind,
		request.target.namespace,
		entry.name,
		text.reason(entry),
	]),
	"details": {"entry": entry},
} if {
	count(request.parameters.restarts) > 0
	some entry in data.config.protected_objects
	object.get(entry, "namespace", "") == request.target.namespace
	sprintf("%v/%v", [entry.kind, entry.name]) in request.parameters.restarts
}
