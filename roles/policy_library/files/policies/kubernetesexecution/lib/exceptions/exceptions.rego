# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Exceptions
# description: >-
#   Which entries of data.config.exceptions concern the request, and whether their day has passed by input.request.time. An
#   entry that is not complete counts for nothing, and safety.common.config denies what it would have concerned. What no
#   exception lifts is left to main.rego.
# schemas:
#   - input: schema.input
package kubernetesexecution.lib.exceptions

import rego.v1

import data.kubernetesexecution.lib.clock
import data.kubernetesexecution.lib.request

# Those that lift something, and those that did.
default current := []

current := [entry | some entry in concerning; clock.date(clock.zone(entry)) <= entry.expires]

default expired := []

expired := [entry | some entry in concerning; clock.date(clock.zone(entry)) > entry.expires]

default concerning := []

concerning := [entry | some entry in fitting; usable(entry)]

# In one comprehension and before anything else is looked at: of a long list few entries fit, and calling a function for
# each costs more than all the rest.
default fitting := []

fitting := [entry |
	some entry in data.config.exceptions
	is_object(entry)
	request.action in object.get(entry, "actions", [request.action])
	request.namespace in object.get(entry, "namespaces", [request.namespace])
	input.target_resource in object.get(entry, "targets", [input.target_resource])
	request.environment in object.get(entry, "environments", [request.environment])
]

required := {"name", "owner", "reason", "rules", "expires"}

scopes := {"actions", "namespaces", "targets"}

known := (required | scopes) | {"environments", "ticket", "time_zone"}

# A misspelt key would widen what it was written to narrow, so every key has to be known.
usable(entry) if {
	is_object(entry)
	keys := object.keys(entry)
	count(required - keys) == 0
	count(scopes & keys) > 0
	count(keys - known) == 0
	every key in {"name", "owner", "reason"} { worded(entry[key]) }
	worded(object.get(entry, "ticket", "none"))
	every key in (scopes | {"rules", "environments"}) & keys { listed(entry[key]) }
	count([code | some code in entry.rules; firm(code)]) == 0
	clock.usable_date(entry.expires)
	is_string(clock.zone(entry))
}

worded(words) if {
	is_string(words)
	trim_space(words) != ""
}

listed(names) if {
	is_array(names)
	count(names) > 0
	every name in names { worded(name) }
}

# What nobody is excepted from, by code. main.rego says the same by package.
firm(code) if startswith(code, "policy.")

firm(code) if startswith(code, "permissions.")

firm(code) if startswith(code, "config.")

firm(code) if startswith(code, "facts.")

firm(code) if startswith(code, "namespace-protection.")

firm(code) if startswith(code, "protected-objects.")

firm(code) if startswith(code, "exceptions.")

unusable_here := [entry | some entry in fitting; not usable(entry)]

# The whole list: asked by the library's tests, and about an action that nobody knows, which is how publishing asks.
unusable := [entry | some entry in data.config.exceptions; not usable(entry)]

doubled := [name |
	names := [entry.name | some entry in data.config.exceptions]
	some name in {one | some one in names}
	count([one | some one in names; one == name]) > 1
]
