# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.change_calendar_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.change_calendar

test_frozen_fires if {
	change_calendar.deny == {
		{
			"code": "change-calendar.frozen",
			"details": {"freeze": {"from": "2026-11-18", "reason": "inventory", "to": "2026-11-20"}},
			"message": "Deployment shop/web: changes in production are frozen from 2026-11-18 to 2026-11-20 (inventory).",
			"remedy": "Wait until 2026-11-20 is over, or have a policy admin list ScaleDeployment in the allowed_actions of the freeze.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "reason": "inventory"}]})
}

test_frozen_silent if {
	change_calendar.deny == set() with input as fixtures.scale(5, {"request": {"time": "2026-11-17T23:59:59Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "reason": "inventory"}]})
}

test_frozen_boundary if {
	change_calendar.deny == set() with input as fixtures.scale(5, {"request": {"time": "2026-11-21T00:00:00Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "reason": "inventory"}]})
}

test_frozen_fires_on_the_last_day if {
	change_calendar.deny == {
		{
			"code": "change-calendar.frozen",
			"details": {"freeze": {"from": "2026-11-18", "reason": "inventory", "to": "2026-11-20"}},
			"message": "Deployment shop/web: changes in production are frozen from 2026-11-18 to 2026-11-20 (inventory).",
			"remedy": "Wait until 2026-11-20 is over, or have a policy admin list ScaleDeployment in the allowed_actions of the freeze.",
		},
	} with input as fixtures.scale(5, {"request": {"time": "2026-11-20T23:59:59Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "reason": "inventory"}]})
}

test_frozen_silent_elsewhere if {
	change_calendar.deny == set() with input as fixtures.scale(5, fixtures.in_development({}))
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "reason": "inventory", "environments": ["production"]}]})
}

test_frozen_silent_for_allowed_actions if {
	change_calendar.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "reason": "inventory", "allowed_actions": ["ScaleDeployment"]}]})
}

test_frozen_fires_when_other_actions_are_allowed if {
	count(change_calendar.deny) == 1 with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "allowed_actions": ["DrainNode"]}]})
}

test_unusable_entry_fires_for_the_first_day_of_a_freeze if {
	{found.code | some found in change_calendar.deny} == {"change-calendar.unusable-entry"} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026", "to": "2026-11-20"}]})
}

test_unusable_entry_fires_alone_for_a_window_that_cannot_be_read if {
	{found.code | some found in change_calendar.deny} == {"change-calendar.unusable-entry"} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Wednesday"], "from": "9:00", "to": "24:00"}]})
}

test_windows_and_freezes_of_development if {
	change_calendar.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "environments": ["development", "staging"]}]})
}

test_frozen_fires_in_its_time_zone if {
	change_calendar.deny == {
		{
			"code": "change-calendar.frozen",
			"details": {
				"freeze": {
					"from": "2026-11-18",
					"reason": "inventory",
					"time_zone": "Europe/Berlin",
					"to": "2026-11-20",
				},
			},
			"message": "Deployment shop/web: changes in production are frozen from 2026-11-18 to 2026-11-20 (inventory).",
			"remedy": "Wait until 2026-11-20 is over, or have a policy admin list ScaleDeployment in the allowed_actions of the freeze.",
		},
	} with input as fixtures.scale(5, {"request": {"time": "2026-11-17T23:30:00Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "reason": "inventory", "time_zone": "Europe/Berlin"}]})
}

test_outside_window_fires if {
	change_calendar.deny == {
		{
			"code": "change-calendar.outside-window",
			"details": {"windows": ["Wednesday 22:00-04:00 UTC"]},
			"message": "Node node-1: DrainNode in production is done in its windows only (Wednesday 22:00-04:00 UTC).",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Wednesday"], "from": "22:00", "to": "04:00", "actions": ["DrainNode"]}]})
}

test_outside_window_silent if {
	change_calendar.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Wednesday"], "from": "22:00", "to": "04:00", "actions": ["DrainNode"]}]})
}

test_outside_window_boundary if {
	change_calendar.deny == set() with input as fixtures.drain({"request": {"time": "2026-11-19T03:59:00Z"}})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Wednesday"], "from": "22:00", "to": "04:00", "actions": ["DrainNode"]}]})
}

test_outside_window_fires_on_the_night_before if {
	change_calendar.deny == {
		{
			"code": "change-calendar.outside-window",
			"details": {"windows": ["Wednesday 22:00-04:00 UTC"]},
			"message": "Node node-1: DrainNode in production is done in its windows only (Wednesday 22:00-04:00 UTC).",
		},
	} with input as fixtures.drain({"request": {"time": "2026-11-18T03:59:00Z"}})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Wednesday"], "from": "22:00", "to": "04:00", "actions": ["DrainNode"]}]})
}

test_outside_window_fires_when_it_closes if {
	change_calendar.deny == {
		{
			"code": "change-calendar.outside-window",
			"details": {"windows": ["Wednesday 22:00-04:00 UTC"]},
			"message": "Node node-1: DrainNode in production is done in its windows only (Wednesday 22:00-04:00 UTC).",
		},
	} with input as fixtures.drain({"request": {"time": "2026-11-19T04:00:00Z"}})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Wednesday"], "from": "22:00", "to": "04:00", "actions": ["DrainNode"]}]})
}

test_outside_window_silent_when_it_opens if {
	change_calendar.deny == set() with input as fixtures.drain({"request": {"time": "2026-11-18T22:00:00Z"}})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Wednesday"], "from": "22:00", "to": "04:00", "actions": ["DrainNode"]}]})
}

test_outside_window_silent_in_one_of_two if {
	change_calendar.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Monday"], "from": "00:00", "to": "24:00"}, {"days": ["Wednesday"], "from": "12:00", "to": "13:00"}]})
}

test_unusable_entry_fires if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {"entry": {"from": "2026-12-24", "to": "2026-12-32"}, "list": "freezes"},
			"message": "Deployment shop/web: an entry of data.config.freezes cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-24", "to": "2026-12-32"}]})
}

test_unusable_entry_silent if {
	change_calendar.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_unusable_entry_boundary if {
	change_calendar.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-24", "to": "2026-12-24"}]})
}

test_unusable_entry_fires_for_a_window if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {"entry": {"days": ["Monday"], "from": "22:00"}, "list": "allow_windows"},
			"message": "Deployment shop/web: an entry of data.config.allow_windows cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Monday"], "from": "22:00"}]})
}

test_unusable_entry_fires_for_an_unknown_environment if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {
				"entry": {
					"environments": ["prod"],
					"from": "2026-11-18",
					"reason": "inventory",
					"to": "2026-11-20",
				},
				"list": "freezes",
			},
			"message": "Deployment shop/web: an entry of data.config.freezes cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-11-18", "to": "2026-11-20", "reason": "inventory", "environments": ["prod"]}]})
}

test_outside_window_silent_elsewhere if {
	change_calendar.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Monday"], "from": "22:00", "to": "23:00", "environments": ["staging"]}]})
}

test_unusable_entry_fires_for_a_date_that_is_a_number if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {"entry": {"from": 20261224, "to": "2026-12-24"}, "list": "freezes"},
			"message": "Deployment shop/web: an entry of data.config.freezes cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": 20261224, "to": "2026-12-24"}]})
}

test_unusable_entry_fires_for_an_end_before_the_start if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {"entry": {"from": "2026-12-25", "to": "2026-12-24"}, "list": "freezes"},
			"message": "Deployment shop/web: an entry of data.config.freezes cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-25", "to": "2026-12-24"}]})
}

test_unusable_entry_fires_for_a_time_zone_that_is_no_text if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {"entry": {"from": "2026-12-24", "time_zone": 1, "to": "2026-12-24"}, "list": "freezes"},
			"message": "Deployment shop/web: an entry of data.config.freezes cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-24", "to": "2026-12-24", "time_zone": 1}]})
}

test_unusable_entry_fires_for_allowed_actions_that_are_no_list if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {
				"entry": {"allowed_actions": "DrainNode", "from": "2026-12-24", "to": "2026-12-24"},
				"list": "freezes",
			},
			"message": "Deployment shop/web: an entry of data.config.freezes cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-24", "to": "2026-12-24", "allowed_actions": "DrainNode"}]})
}

test_unusable_entry_fires_for_environments_that_are_no_list if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {
				"entry": {"environments": {"a": "production"}, "from": "2026-12-24", "to": "2026-12-24"},
				"list": "freezes",
			},
			"message": "Deployment shop/web: an entry of data.config.freezes cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-24", "to": "2026-12-24", "environments": {"a": "production"}}]})
}

test_unusable_entry_fires_for_a_window_with_unknown_environments if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {
				"entry": {"days": ["Monday"], "environments": ["prod"], "from": "22:00", "to": "23:00"},
				"list": "allow_windows",
			},
			"message": "Deployment shop/web: an entry of data.config.allow_windows cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Monday"], "from": "22:00", "to": "23:00", "environments": ["prod"]}]})
}

test_unusable_entry_fires_for_a_window_whose_actions_are_no_list if {
	change_calendar.deny == {
		{
			"code": "change-calendar.unusable-entry",
			"details": {
				"entry": {"actions": "DrainNode", "days": ["Monday"], "from": "22:00", "to": "23:00"},
				"list": "allow_windows",
			},
			"message": "Deployment shop/web: an entry of data.config.allow_windows cannot be read, so nobody can tell whether ScaleDeployment is allowed now.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"allow_windows": [{"days": ["Monday"], "from": "22:00", "to": "23:00", "actions": "DrainNode"}]})
}

dated(from, to) := {"allow_windows": [{"days": ["Wednesday"], "from": "08:00", "to": "18:00", "dates": {"from": from, "to": to}}]}

test_outside_window_boundary_of_its_dates if {
	change_calendar.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config(dated("2026-11-18", "2026-11-18"))
}

test_outside_window_fires_on_other_dates if {
	change_calendar.deny == {
		{
			"code": "change-calendar.outside-window",
			"details": {"windows": ["Wednesday 08:00-18:00 UTC, from 2026-11-25 to 2026-12-02"]},
			"message": "Deployment shop/web: ScaleDeployment in production is done in its windows only (Wednesday 08:00-18:00 UTC, from 2026-11-25 to 2026-12-02).",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config(dated("2026-11-25", "2026-12-02"))
}

test_frozen_boundary_first_moment_in_its_time_zone if {
	count(change_calendar.deny) == 1 with input as fixtures.scale(5, {"request": {"time": "2026-12-17T23:00:00Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-18", "to": "2027-01-03", "time_zone": "Europe/Berlin"}]})
}

test_frozen_boundary_moment_before_in_its_time_zone if {
	count(change_calendar.deny) == 0 with input as fixtures.scale(5, {"request": {"time": "2026-12-17T22:59:59Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-18", "to": "2027-01-03", "time_zone": "Europe/Berlin"}]})
}

test_frozen_fires_in_the_new_year if {
	count(change_calendar.deny) == 1 with input as fixtures.scale(5, {"request": {"time": "2027-01-01T00:00:00Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-18", "to": "2027-01-03", "time_zone": "Europe/Berlin"}]})
}

test_frozen_boundary_last_moment_in_its_time_zone if {
	count(change_calendar.deny) == 1 with input as fixtures.scale(5, {"request": {"time": "2027-01-03T22:59:59Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-18", "to": "2027-01-03", "time_zone": "Europe/Berlin"}]})
}

test_frozen_boundary_moment_after_in_its_time_zone if {
	count(change_calendar.deny) == 0 with input as fixtures.scale(5, {"request": {"time": "2027-01-03T23:00:00Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-12-18", "to": "2027-01-03", "time_zone": "Europe/Berlin"}]})
}

test_frozen_boundary_end_of_a_day_of_23_hours if {
	count(change_calendar.deny) == 1 with input as fixtures.scale(5, {"request": {"time": "2026-03-29T21:59:59Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-03-29", "to": "2026-03-29", "time_zone": "Europe/Berlin"}]})
}

test_frozen_boundary_after_a_day_of_23_hours if {
	count(change_calendar.deny) == 0 with input as fixtures.scale(5, {"request": {"time": "2026-03-29T22:00:00Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-03-29", "to": "2026-03-29", "time_zone": "Europe/Berlin"}]})
}

test_frozen_boundary_end_of_a_day_of_25_hours if {
	count(change_calendar.deny) == 1 with input as fixtures.scale(5, {"request": {"time": "2026-10-25T22:59:59Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-10-25", "to": "2026-10-25", "time_zone": "Europe/Berlin"}]})
}

test_frozen_boundary_after_a_day_of_25_hours if {
	count(change_calendar.deny) == 0 with input as fixtures.scale(5, {"request": {"time": "2026-10-25T23:00:00Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2026-10-25", "to": "2026-10-25", "time_zone": "Europe/Berlin"}]})
}

test_frozen_fires_on_a_leap_day if {
	count(change_calendar.deny) == 1 with input as fixtures.scale(5, {"request": {"time": "2028-02-29T23:59:59Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2028-02-29", "to": "2028-02-29"}]})
}

test_frozen_boundary_after_a_leap_day if {
	count(change_calendar.deny) == 0 with input as fixtures.scale(5, {"request": {"time": "2028-03-01T00:00:00Z"}})
		with data.config as fixtures.config({"freezes": [{"from": "2028-02-29", "to": "2028-02-29"}]})
}
