# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Facts have to be there
# description: >-
#   Unread is never taken for absent, empty or 0.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.facts

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Required fact could not be read
# description: >-
#   The catalogue says without which facts an action is not decided.
# custom:
#   code: facts.required-unavailable
#   remedy: >-
#     Give the identity the right to read the fact, or wait until the API server answers.
#   facts: [unavailable]
deny contains {
	"code": "facts.required-unavailable",
	"message": sprintf("%v: %v needs the fact %v, which could not be read: %v", [request.label, request.action, unread.fact, unread.reason]),
	"details": unread,
} if {
	some unread in unavailable
	required(unread.fact)
}

# METADATA
# title: Fact could not be read
# description: >-
#   Rules that need this fact are silent. The catalogue does not require it for this action.
# custom:
#   code: facts.unavailable
#   remedy: >-
#     Give the identity the right to read the fact.
#   facts: [unavailable]
warn contains {
	"code": "facts.unavailable",
	"message": sprintf("%v: the fact %v could not be read, so rules about it say nothing: %v", [request.label, unread.fact, unread.reason]),
	"details": unread,
} if {
	some unread in unavailable
	not required(unread.fact)
}

# METADATA
# title: Section missing from the input document
# description: >-
#   Every section is always present, if only empty. A rule that reads a missing key is undefined, and an undefined deny
#   rule allows.
# custom:
#   code: facts.section-missing
#   remedy: >-
#     Give policy_check a document as the gate builds it (policies/schemas/input.json).
#   facts: [version]
deny contains {
	"code": "facts.section-missing",
	"message": sprintf("%v: the input document has no %v; a rule that reads it would be silent.", [request.label, section]),
	"details": {"section": section},
} if {
	count(input) < number_of_sections
	some section in sections
	not section in object.keys(input)
}

# METADATA
# title: Parameter that cannot be compared
# description: >-
#   Rules compare numbers with numbers. Anything else would pass them unseen.
# custom:
#   code: facts.unusable-parameter
#   remedy: >-
#     Give replicas as a whole number.
#   facts: [parameters]
deny contains {
	"code": "facts.unusable-parameter",
	"message": sprintf("%v: replicas is %v instead of a number of 0 or more.", [request.label, replicas]),
	"details": {"replicas": replicas},
} if {
	request.scales
	not countable
	replicas := stated_replicas
}

# METADATA
# title: History that cannot be compared
# description: >-
#   Without the counts and times of earlier executions the rules about them would be silent.
# custom:
#   code: facts.unusable-history
#   remedy: >-
#     Give policy_check a document as this version of the gate builds it (policies/schemas/input.json).
#   facts: [history]
deny contains {
	"code": "facts.unusable-history",
	"message": sprintf(
		"%v: the history in the input document lacks counts or times, so nobody can tell what was done before.",
		[request.label],
	),
} if {
	not history_usable
}

required(fact) if fact in request.entry.required_facts

# A part of a required section: capacity.quotas.
required(fact) if {
	some section in request.entry.required_facts
	startswith(fact, concat("", [section, "."]))
}

unavailable := input.unavailable

default stated_replicas := "missing"

stated_replicas := request.parameters.replicas

default countable := false

countable if {
	request.replicas >= 0
}

history := input.history

default history_usable := false

history_usable if {
	is_array(history.windows)
	draining_usable
	is_array(history.draining.nodes)
	success_usable
	failures_usable
}

# The ordinary value first: to compare costs next to nothing, to ask for the type takes the engine 20 us.
draining_usable if history.draining.count == 0

draining_usable if {
	not history.draining.count == 0
	is_number(history.draining.count)
}

success_usable if is_null(history.last_success_seconds)

success_usable if is_number(history.last_success_seconds)

failures_usable if history.consecutive_failures == 0

failures_usable if {
	not history.consecutive_failures == 0
	is_number(history.consecutive_failures)
	is_number(history.last_failure_seconds)
}

# As a number, because the list is built only when something is missing. A test compares the two.
number_of_sections := 28

sections := [
	"action",
	"approvals",
	"capacity",
	"cluster_info",
	"cluster_state",
	"concurrent_actions",
	"concurrent_cluster",
	"disruption",
	"dry_run",
	"dry_run_result",
	"history",
	"images",
	"labels",
	"namespace",
	"namespace_info",
	"nodes",
	"ownership",
	"parameters",
	"rate_limit_state",
	"rbac_permissions",
	"request",
	"required_permissions",
	"service_account",
	"subject",
	"target",
	"target_resource",
	"unavailable",
	"version",
]
