# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Freezes and windows
# description: >-
#   data.config.freezes are days on which nothing is changed; data.config.allow_windows are the only times for what
#   they name.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.change_calendar

import rego.v1

import data.kubernetesexecution.lib.clock
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Change freeze
# description: >-
#   Days on which the organisation wants no change.
# custom:
#   code: change-calendar.frozen
#   remedy: >-
#     Wait until the freeze is over, or have a policy admin list the action in its allowed_actions.
#   facts: [request, namespace_info]
deny contains {
	"code": "change-calendar.frozen",
	"message": sprintf("%v: changes in %v are frozen from %v to %v (%v).", [
		request.label,
		request.environment,
		freeze.from,
		freeze.to,
		text.reason(freeze),
	]),
	"remedy": sprintf("Wait until %v is over, or have a policy admin list %v in the allowed_actions of the freeze.", [freeze.to, request.action]),
	"details": {"freeze": freeze},
} if {
	some freeze in data.config.freezes
	usable_freeze(freeze)
	concerns(freeze)
	count([allowed | some allowed in object.get(freeze, "allowed_actions", []); allowed == request.action]) == 0
	today := clock.date(clock.zone(freeze))
	freeze.from <= today
	today <= freeze.to
}

# METADATA
# title: Outside its windows
# description: >-
#   The action has windows in this environment, and none is open.
# custom:
#   code: change-calendar.outside-window
#   remedy: >-
#     Run it inside a window.
#   facts: [request, namespace_info]
deny contains {
	"code": "change-calendar.outside-window",
	"message": sprintf("%v: %v in %v is done in its windows only (%v).", [request.label, request.action, request.environment, text.join("; ", times)]),
	"details": {"windows": times},
} if {
	found := windows
	found[0]
	count([window | some window in found; window.open]) == 0
	times := [window.text | some window in found]
}

# METADATA
# title: Calendar entry that cannot be read
# description: >-
#   A typing error must not lift a freeze.
# custom:
#   code: change-calendar.unusable-entry
#   remedy: >-
#     Have a policy admin write dates as YYYY-MM-DD, times as HH:MM, days as English names, environments and actions as
#     lists.
#   facts: [action]
deny contains {
	"code": "change-calendar.unusable-entry",
	"message": sprintf("%v: an entry of data.config.%v cannot be read, so nobody can tell whether %v is allowed now.", [request.label, list, request.action]),
	"details": {"list": list, "entry": entry},
} if {
	some [list, entry] in unusable
}

# The windows that concern this action, each with whether it is open now.
windows := [{"open": is_open(window), "text": shown(window)} |
	some window in data.config.allow_windows
	usable_window(window)
	concerns(window)
	request.action in object.get(window, "actions", [request.action])
]

is_open(window) if clock.within(window)

is_open(window) := false if not clock.within(window)

shown(window) := sprintf("%v %v-%v %v", [text.join(", ", window.days), window.from, window.to, clock.zone(window)]) if {
	not "dates" in object.keys(window)
}

shown(window) := sprintf("%v %v-%v %v, from %v to %v", [
	text.join(", ", window.days),
	window.from,
	window.to,
	clock.zone(window),
	window.dates.from,
	window.dates.to,
])

unusable contains ["freezes", freeze] if {
	some freeze in data.config.freezes
	not usable_freeze(freeze)
}

unusable contains ["allow_windows", window] if {
	some window in data.config.allow_windows
	not usable_window(window)
}

usable_freeze(freeze) if {
	clock.usable_date(freeze.from)
	clock.usable_date(freeze.to)
	freeze.from <= freeze.to
	is_string(clock.zone(freeze))
	known(object.get(freeze, "environments", []))
	is_array(object.get(freeze, "allowed_actions", []))
}

usable_window(window) if {
	clock.usable_period(window)
	known(object.get(window, "environments", []))
	is_array(object.get(window, "actions", []))
}

known(environments) if {
	is_array(environments)
	every environment in environments { environment in {"production", "staging", "development"} }
}

concerns(entry) if request.environment in object.get(entry, "environments", [request.environment])
