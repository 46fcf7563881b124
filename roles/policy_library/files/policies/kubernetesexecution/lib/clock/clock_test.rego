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

test_the_day_before_is_noon_of_it if {
	clock.day_before("UTC") == 1795176000250000000 with input as {"request": {"time": "2026-11-21T12:30:15.250Z"}}
}

# Clocks go forward on Sunday 2026-03-29 at 02:00 and back on Sunday 2026-10-25 at 03:00, in Berlin.
nightly(day, from, to) := {"days": [day], "from": from, "to": to, "time_zone": "Europe/Berlin"}

test_the_night_after_a_day_of_23_hours_belongs_to_that_day if {
	clock.within(nightly("Sunday", "22:00", "04:00")) with input as {"request": {"time": "2026-03-29T22:30:00Z"}}
}

test_the_night_after_a_day_of_23_hours_is_not_the_night_before if {
	not clock.within(nightly("Saturday", "22:00", "04:00")) with input as {"request": {"time": "2026-03-29T22:30:00Z"}}
}

test_the_evening_of_a_day_of_25_hours_belongs_to_the_night_before if {
	clock.within(nightly("Saturday", "23:50", "23:40")) with input as {"request": {"time": "2026-10-25T22:30:00Z"}}
}

test_an_hour_that_comes_twice_is_inside if {
	clock.within(nightly("Sunday", "02:00", "03:00")) with input as {"request": {"time": "2026-10-25T00:30:00Z"}}
}

test_an_hour_that_comes_twice_is_inside_again if {
	clock.within(nightly("Sunday", "02:00", "03:00")) with input as {"request": {"time": "2026-10-25T01:30:00Z"}}
}

test_an_hour_that_comes_twice_begins_once if {
	not clock.within(nightly("Sunday", "02:00", "03:00")) with input as {"request": {"time": "2026-10-24T23:59:59Z"}}
}

test_an_hour_that_comes_twice_ends_once if {
	not clock.within(nightly("Sunday", "02:00", "03:00")) with input as {"request": {"time": "2026-10-25T02:00:00Z"}}
}

test_an_hour_that_is_left_out_never_comes if {
	not clock.within(nightly("Sunday", "02:00", "03:00")) with input as {"request": {"time": "2026-03-29T01:00:00Z"}}
}

test_a_window_that_begins_in_the_hour_that_is_left_out_opens_after_it if {
	clock.within(nightly("Sunday", "02:30", "05:00")) with input as {"request": {"time": "2026-03-29T01:00:00Z"}}
}

year_end := object.union(nightly("Thursday", "22:00", "04:00"), {"dates": {"from": "2026-12-31", "to": "2026-12-31"}})

test_a_night_lasts_into_the_new_year if {
	clock.within(year_end) with input as {"request": {"time": "2027-01-01T02:59:59Z"}}
}

test_a_night_ends_in_the_new_year if {
	not clock.within(year_end) with input as {"request": {"time": "2027-01-01T03:00:00Z"}}
}

leap_day := {"days": ["Tuesday"], "from": "22:00", "to": "24:00", "dates": {"from": "2028-02-29", "to": "2028-02-29"}}

test_a_leap_day_is_a_day_of_its_own if {
	clock.within(leap_day) with input as {"request": {"time": "2028-02-29T23:59:59Z"}}
}

test_a_leap_day_ends if {
	not clock.within(leap_day) with input as {"request": {"time": "2028-03-01T00:00:00Z"}}
}

test_a_night_after_a_leap_day_belongs_to_it if {
	clock.within(object.union(leap_day, {"to": "04:00"})) with input as {"request": {"time": "2028-03-01T03:59:00Z"}}
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
			{"from": "0", "to": "2026-11-20"},
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
