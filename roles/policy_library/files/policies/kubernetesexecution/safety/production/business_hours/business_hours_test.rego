# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.production.business_hours_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.production.business_hours

test_destructive_action_fires if {
	business_hours.deny == {
		{
			"code": "business-hours.destructive-action",
			"details": {"from": "09:00", "time": "2026-11-18T12:30:00Z", "time_zone": "UTC", "to": "17:00"},
			"message": "Node node-1: DrainNode is not done in production between 09:00 and 17:00 (UTC); it is 12:30.",
			"remedy": "Run it after 17:00 (UTC), or have a policy admin change data.config.business_hours.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"business_hours": {"enabled": true}})
}

test_destructive_action_silent if {
	business_hours.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({})
}

test_destructive_action_boundary if {
	business_hours.deny == set() with input as fixtures.drain({"request": {"time": "2026-11-18T17:00:00Z"}})
		with data.config as fixtures.config({"business_hours": {"enabled": true}})
}

test_destructive_action_fires_from_the_first_minute if {
	business_hours.deny == {
		{
			"code": "business-hours.destructive-action",
			"details": {"from": "09:00", "time": "2026-11-18T09:00:00Z", "time_zone": "UTC", "to": "17:00"},
			"message": "Node node-1: DrainNode is not done in production between 09:00 and 17:00 (UTC); it is 09:00.",
			"remedy": "Run it after 17:00 (UTC), or have a policy admin change data.config.business_hours.",
		},
	} with input as fixtures.drain({"request": {"time": "2026-11-18T09:00:00Z"}})
		with data.config as fixtures.config({"business_hours": {"enabled": true}})
}

test_destructive_action_fires_until_the_last_minute if {
	business_hours.deny == {
		{
			"code": "business-hours.destructive-action",
			"details": {"from": "09:00", "time": "2026-11-18T16:59:59.999Z", "time_zone": "UTC", "to": "17:00"},
			"message": "Node node-1: DrainNode is not done in production between 09:00 and 17:00 (UTC); it is 16:59.",
			"remedy": "Run it after 17:00 (UTC), or have a policy admin change data.config.business_hours.",
		},
	} with input as fixtures.drain({"request": {"time": "2026-11-18T16:59:59.999Z"}})
		with data.config as fixtures.config({"business_hours": {"enabled": true}})
}

test_destructive_action_silent_before if {
	business_hours.deny == set() with input as fixtures.drain({"request": {"time": "2026-11-18T08:59:59Z"}})
		with data.config as fixtures.config({"business_hours": {"enabled": true}})
}

test_destructive_action_silent_on_saturday if {
	business_hours.deny == set() with input as fixtures.drain({"request": {"time": "2026-11-21T12:30:00Z"}})
		with data.config as fixtures.config({"business_hours": {"enabled": true}})
}

test_destructive_action_silent_for_harmless_actions if {
	business_hours.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"business_hours": {"enabled": true}})
}

test_destructive_action_fires_in_another_time_zone if {
	business_hours.deny == {
		{
			"code": "business-hours.destructive-action",
			"details": {
				"from": "09:00",
				"time": "2026-11-18T08:00:00Z",
				"time_zone": "Europe/Berlin",
				"to": "17:00",
			},
			"message": "Node node-1: DrainNode is not done in production between 09:00 and 17:00 (Europe/Berlin); it is 09:00.",
			"remedy": "Run it after 17:00 (Europe/Berlin), or have a policy admin change data.config.business_hours.",
		},
	} with input as fixtures.drain({"request": {"time": "2026-11-18T08:00:00Z"}})
		with data.config as fixtures.config({"business_hours": {"enabled": true, "time_zone": "Europe/Berlin"}})
}

test_destructive_action_silent_in_summer_time if {
	business_hours.deny == set() with input as fixtures.drain({"request": {"time": "2026-07-15T15:00:00+00:00"}})
		with data.config as fixtures.config({"business_hours": {"enabled": true, "time_zone": "Europe/Berlin"}})
}

test_unusable_fires if {
	business_hours.deny == {
		{
			"code": "business-hours.unusable",
			"message": "Node node-1: data.config.business_hours is incomplete, so nobody can tell whether DrainNode is allowed now.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"business_hours": {"enabled": true, "from": "9"}})
}

test_unusable_silent if {
	business_hours.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({"business_hours": {"enabled": false, "from": "9"}})
}

test_unusable_boundary if {
	business_hours.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"business_hours": {"enabled": true, "from": "9"}})
}

test_unusable_fires_for_a_misspelt_day if {
	business_hours.deny == {
		{
			"code": "business-hours.unusable",
			"message": "Node node-1: data.config.business_hours is incomplete, so nobody can tell whether DrainNode is allowed now.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"business_hours": {"enabled": true, "days": ["Mon"]}})
}

test_unusable_fires_when_enabled_is_no_boolean if {
	business_hours.deny == {
		{
			"code": "business-hours.unusable",
			"message": "Node node-1: data.config.business_hours is incomplete, so nobody can tell whether DrainNode is allowed now.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"business_hours": {"enabled": "no", "to": ""}})
}
