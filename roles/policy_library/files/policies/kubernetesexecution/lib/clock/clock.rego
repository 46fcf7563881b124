# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: The time of the request
# description: >-
#   Time comes from input.request.time, never from a clock, so that a decision can be repeated. regopy reads offsets but
#   not the letter Z (1.5.2), and takes time zones from the system's database (tzdata); an unknown time zone is an error of
#   the evaluation, and with it a denial.
# schemas:
#   - input: schema.input
package kubernetesexecution.lib.clock

import rego.v1

days := {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

now := time.parse_rfc3339_ns(regex.replace(input.request.time, "[Zz]$", "+00:00"))

second_ns := 1000000000

# Noon of the day before, give or take the hour that a change to or from summer time takes: a day has 23 to 25 hours, so
# that 24 hours ago may be another day.
day_before(zone_name) := (now - (passed * second_ns)) - (((12 * 60) * 60) * second_ns) if {
	clock := time.clock([now, zone_name])
	passed := (((clock[0] * 60) + clock[1]) * 60) + clock[2]
}

zone(entry) := entry.time_zone

zone(entry) := "UTC" if not "time_zone" in object.keys(entry)

date(zone_name) := sprintf("%04d-%02d-%02d", time.date([now, zone_name]))

minute(zone_name) := sprintf("%02d:%02d", [hour, minutes]) if {
	[hour, minutes, _] := time.clock([now, zone_name])
}

# Whether now lies in a period {days, from, to, time_zone, dates}. One that runs past midnight belongs to the day it began
# on; dates {from, to} are days on which it may begin, both included.
within(period) if {
	on_date(period, now)
	time.weekday([now, zone(period)]) in period.days
	minute(zone(period)) >= period.from
	minute(zone(period)) < period.to
}

within(period) if {
	period.from > period.to
	on_date(period, now)
	time.weekday([now, zone(period)]) in period.days
	minute(zone(period)) >= period.from
}

within(period) if {
	period.from > period.to
	evening := day_before(zone(period))
	on_date(period, evening)
	time.weekday([evening, zone(period)]) in period.days
	minute(zone(period)) < period.to
}

on_date(period, _) if not "dates" in object.keys(period)

on_date(period, moment) if {
	day := sprintf("%04d-%02d-%02d", time.date([moment, zone(period)]))
	period.dates.from <= day
	day <= period.dates.to
}

# Whether a period can be compared with at all. A misspelt key could leave it open when it was to be closed.
usable_period(period) if {
	count(object.keys(period) - period_keys) == 0
	usable_dates(object.get(period, "dates", {"from": "2000-01-01", "to": "2000-01-01"}))
	is_array(period.days)
	count(period.days) > 0
	every day in period.days { day in days }
	usable_minute(period.from)
	usable_minute(period.to)
	is_string(zone(period))
}

period_keys := {"days", "from", "to", "time_zone", "dates", "environments", "actions", "enabled", "name", "reason"}

usable_dates(dates) if {
	is_object(dates)
	object.keys(dates) == {"from", "to"}
	usable_date(dates.from)
	usable_date(dates.to)
	dates.from <= dates.to
}

usable_minute(text) if {
	is_string(text)
	regex.match("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", text)
}

usable_date(text) if {
	is_string(text)
	regex.match("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", text)
}
