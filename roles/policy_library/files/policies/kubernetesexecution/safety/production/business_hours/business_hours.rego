# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Business hours
# description: >-
#   data.config.business_hours {enabled, days, from, to, time_zone}. Off by default. Freezes and windows with dates are in
#   change_calendar.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.production.business_hours

import rego.v1

import data.kubernetesexecution.lib.clock
import data.kubernetesexecution.lib.request

# METADATA
# title: Destructive action in business hours
# description: Actions that end something wait until fewer people depend on it.
# custom:
#   code: business-hours.destructive-action
#   remedy: Run it outside business hours, or have a policy admin change data.config.business_hours.
#   facts: [request]
deny contains {
	"code": "business-hours.destructive-action",
	"message": sprintf("%v: %v is not done in production between %v and %v (%v); it is %v.", [
		request.label,
		request.action,
		hours.from,
		hours.to,
		clock.zone(hours),
		clock.minute(clock.zone(hours)),
	]),
	"remedy": sprintf("Run it after %v (%v), or have a policy admin change data.config.business_hours.", [
		hours.to,
		clock.zone(hours),
	]),
	"details": {"time": input.request.time, "from": hours.from, "to": hours.to, "time_zone": clock.zone(hours)},
} if {
	request.destructive
	not off
	clock.usable_period(hours)
	clock.within(hours)
}

# METADATA
# title: Business hours that cannot be read
# description: Fails closed when the data is incomplete, so that a typing error does not switch the rule off.
# custom:
#   code: business-hours.unusable
#   remedy: >-
#     Give data.config.business_hours enabled (true or false), days (English names), from and to as "HH:MM", and a time_zone.
#   facts: [action]
deny contains {
	"code": "business-hours.unusable",
	"message": sprintf(
		"%v: data.config.business_hours is incomplete, so nobody can tell whether %v is allowed now.",
		[request.label, request.action],
	),
} if {
	request.destructive
	not off
	not clock.usable_period(hours)
}

default hours := {}

hours := data.config.business_hours

default off := false

off if hours.enabled == false
