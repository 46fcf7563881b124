# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Dry run before the action
# description: >-
#   The gate itself sends the writes with dryRun: All; nobody can claim the result.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.action_dependencies

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Dry run failed
# description: >-
#   The same writes without dryRun would be refused too, perhaps after some of them were carried out.
# custom:
#   code: action-dependencies.dry-run-failed
#   remedy: >-
#     Read what the API server says and change the request accordingly.
#   facts: [dry_run_result]
deny contains {
	"code": "action-dependencies.dry-run-failed",
	"message": sprintf("%v: the API server refuses %v: %v", [request.label, request.action, result.message]),
	"details": {"status": result.code, "failures": result.failures},
} if {
	result.status == "failed"
}

# METADATA
# title: Dry run missing
# description: >-
#   Actions that the catalogue calls risky are not carried out unrehearsed.
# custom:
#   code: action-dependencies.dry-run-missing
#   remedy: >-
#     Let the gate judge the action itself (not a document without a dry run).
#   facts: [dry_run_result]
deny contains {
	"code": "action-dependencies.dry-run-missing",
	"message": sprintf("%v: %v needs a dry run that succeeded, and this one was %v.", [request.label, request.action, result.status]),
	"details": {"status": result.status},
} if {
	request.risky
	not result.status == "failed"
	not result.status == "succeeded"
}

result := input.dry_run_result
