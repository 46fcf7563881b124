# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.clock_test

import rego.v1

import data.kubernetesexecution.lib.clock

test_reads_the_letter_z if {
	clock.now == 1795264200000000000 with input as {"request": {"time": "2026-11-21T12:30:00Z"}}
}

test_reads_offsets if {
	clock.now == 1795264200000000000 with input as {"request": {"time": "2026-11-21T13:30:00+01:00"}}
}

test_reads_fractions_of_seconds if {
	clock.now == 1795264200250000000 with input as {"request": {"time": "2026-11-21T12:30:00.250Z"}}
}

test_knows_winter_time if {
	clock.minute("Europe/Berlin") == "13:30" with input as {"request": {"time": "2026-11-21T12:30:00Z"}}
}

test_knows_summer_time if {
	clock.minute("Europe/Berlin") == "14:30" with input as {"request": {"time": "2026-07-21T12:30:00Z"}}
}

test_knows_the_date_elsewhere if {
	clock.date("Asia/Tokyo") == "2026-11-22" with input as {"request": {"time": "2026-11-21T23:30:00Z"}}
}

test_a_period_past_midnight_lasts_into_the_next_day if {
	clock.within({"days": ["Friday"], "from": "22:00", "to": "04:00"}) with input as {"request": {"time": "2026-11-21T03:59:00Z"}}
}

test_a_period_past_midnight_does_not_begin_the_night_before if {
	not clock.within({"days": ["Friday"], "from": "22:00", "to": "04:00"}) with input as {"request": {"time": "2026-11-20T03:59:00Z"}}
}

test_a_period_past_midnight_ends if {
	not clock.within({"days": ["Friday"], "from": "22:00", "to": "04:00"}) with input as {"request": {"time": "2026-11-21T04:00:00Z"}}
}

test_a_period_past_midnight_begins_on_its_day if {
	not clock.within({"days": ["Friday"], "from": "22:00", "to": "04:00"}) with input as {"request": {"time": "2026-11-19T23:00:00Z"}}
}

test_a_period_without_length_is_never if {
	not clock.within({"days": ["Friday"], "from": "09:00", "to": "09:00"}) with input as {"request": {"time": "2026-11-20T09:00:00Z"}}
}

test_a_period_without_length_is_not_a_night_either if {
	not clock.within({"days": ["Friday"], "from": "09:00", "to": "09:00"}) with input as {"request": {"time": "2026-11-21T08:00:00Z"}}
}

test_a_day_has_24_hours if {
	clock.day_ns == 86400000000000
}

test_a_whole_day_ends_at_24 if {
	clock.within({"days": ["Saturday"], "from": "00:00", "to": "24:00"}) with input as {"request": {"time": "2026-11-21T23:59:59Z"}}
}

test_refuses_what_cannot_be_compared if {
	clock.usable_period({"days": ["Friday"], "from": "09:00", "to": "17:00"})
	not clock.usable_period({"days": ["Friday"], "from": "9:00", "to": "17:00"})
	not clock.usable_period({"days": ["Friday"], "from": 900, "to": "17:00"})
	not clock.usable_period({"days": [], "from": "09:00", "to": "17:00"})
	not clock.usable_period({"days": ["friday"], "from": "09:00", "to": "17:00"})
	not clock.usable_period({"days": {"first": "Friday"}, "from": "09:00", "to": "17:00"})
	not clock.usable_period({"from": "09:00", "to": "17:00"})
	not clock.usable_period({"days": ["Friday"], "from": "09:00", "to": "17:00", "time_zone": 1})
	not clock.usable_date("2026-13-01")
	not clock.usable_date(20261201)
}

# A window from Friday evening to Saturday morning, on the Friday of 2026-11-20 alone.
night := {"days": ["Friday"], "from": "22:00", "to": "04:00", "dates": {"from": "2026-11-20", "to": "2026-11-20"}}

tokyo := {"days": ["Saturday"], "from": "00:00", "to": "24:00", "time_zone": "Asia/Tokyo", "dates": {"from": "2026-11-21", "to": "2026-11-21"}}

test_a_period_begins_on_its_dates if {
	clock.within(night) with input as {"request": {"time": "2026-11-20T23:00:00Z"}}
}

test_a_period_past_midnight_lasts_beyond_its_dates if {
	clock.within(night) with input as {"request": {"time": "2026-11-21T03:59:00Z"}}
}

test_a_period_is_closed_after_its_dates if {
	not clock.within(night) with input as {"request": {"time": "2026-11-27T23:00:00Z"}}
}

test_a_period_is_closed_in_the_night_after_its_dates if {
	not clock.within(night) with input as {"request": {"time": "2026-11-28T03:59:00Z"}}
}

test_a_period_is_closed_before_its_dates if {
	not clock.within(night) with input as {"request": {"time": "2026-11-13T23:00:00Z"}}
}

test_dates_begin_in_the_time_zone_of_the_period if {
	clock.within(tokyo) with input as {"request": {"time": "2026-11-20T15:00:00Z"}}
}

test_dates_do_not_begin_before if {
	not clock.within(tokyo) with input as {"request": {"time": "2026-11-20T14:59:00Z"}}
}

test_dates_end_in_the_time_zone_of_the_period if {
	not clock.within(tokyo) with input as {"request": {"time": "2026-11-21T15:00:00Z"}}
}

test_dates_have_to_be_a_first_and_a_last_day if {
	clock.usable_period(night)
	usable := [dates |
		some dates in [
			{},
			{"from": "2026-11-20"},
			{"from": "2026-11-20", "to": "2026-11-19"},
			{"from": "2026-11-20", "to": "Friday"},
			{"from": "2026-11-20", "to": "2026-11-20", "day": "Friday"},
			"2026-11-20",
		]
		clock.usable_period(object.union(object.remove(night, ["dates"]), {"dates": dates}))
	]
	usable == []
}

test_a_key_that_nobody_knows_makes_a_period_unusable if {
	not clock.usable_period(object.union(night, {"date": "2026-11-20"}))
}
