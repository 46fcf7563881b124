# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Exceptions that are over
# description: >-
#   data.config.exceptions lists what does not apply to whom, and until when.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.exceptions

import rego.v1

import data.kubernetesexecution.lib.exceptions
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Exception expired
# description: >-
#   The rules that it names apply again. Somebody should renew it, or take it out of the list.
# custom:
#   code: exceptions.expired
#   remedy: >-
#     Ask its owner; then have a policy admin renew or remove it in config/exceptions.yaml and publish the library.
#   facts: [request]
warn contains {
	"code": "exceptions.expired",
	"message": sprintf("%v: the exception %v of %v from %v expired on %v and counts for nothing.", [
		request.label,
		entry.name,
		entry.owner,
		text.join(", ", entry.rules),
		entry.expires,
	]),
	"details": {"exception": entry},
} if {
	some entry in exceptions.expired
}
