# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Protected namespaces
# description: >-
#   data.config.protected_namespaces, and data.config.namespace_exceptions {namespace, action, name} for single
#   objects.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.namespace_protection

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Namespace is protected
# description: >-
#   The cluster's own namespaces and the gate's are not changed by remediation.
# custom:
#   code: namespace-protection.protected-namespace
#   remedy: >-
#     Have a policy admin add namespace, action and name to data.config.namespace_exceptions if this object may be
#     changed.
#   facts: [namespace, target]
deny contains {
	"code": "namespace-protection.protected-namespace",
	"message": sprintf("%v: %v is not allowed in the protected namespace %v (%v).", [
		request.label,
		request.action,
		request.namespace,
		reason,
	]),
	"details": {"namespace": request.namespace, "action": request.action, "reason": reason},
} if {
	reason := data.config.protected_namespaces[request.namespace]
	not excepted
}

# METADATA
# title: Namespace is being deleted
# description: >-
#   What is changed there is gone a moment later.
# custom:
#   code: namespace-protection.terminating
#   remedy: >-
#     Wait until the namespace is gone, and use another one.
#   facts: [namespace_info]
deny contains {
	"code": "namespace-protection.terminating",
	"message": sprintf("%v: the namespace %v is being deleted.", [request.label, request.namespace]),
	"details": {"namespace": request.namespace, "deletion_timestamp": ending},
} if {
	ending := request.namespace_info.deletion_timestamp
	not is_null(ending)
}

default excepted := false

excepted if {
	some exception in data.config.namespace_exceptions
	exception.namespace == request.namespace
	exception.action == request.action
	exception.name == request.target.name
}
