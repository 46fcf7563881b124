# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.exceptions_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.exceptions

listing(changes) := fixtures.config({"exceptions": [fixtures.exception(changes)]})

expired_message := "Deployment shop/web: the exception web-alone of team-shop from single-replica.last-replica expired on 2026-11-17 and counts for nothing."

test_expired_fires if {
	exceptions.warn == {
		{
			"code": "exceptions.expired",
			"message": expired_message,
			"details": {"exception": fixtures.exception({"expires": "2026-11-17"})},
		},
	} with input as fixtures.restart({})
		with data.config as listing({"expires": "2026-11-17"})
}

test_expired_silent if {
	exceptions.warn == set() with input as fixtures.restart({})
		with data.config as listing({"expires": "2026-12-31"})
}

test_expired_silent_where_it_never_counted if {
	exceptions.warn == set() with input as fixtures.drain({})
		with data.config as listing({"expires": "2026-11-17"})
}

test_expired_boundary if {
	exceptions.warn == set() with input as fixtures.restart({})
		with data.config as listing({"expires": "2026-11-18"})
}

test_expired_boundary_its_day_is_not_over_in_utc if {
	exceptions.warn == set() with input as fixtures.restart({"request": {"time": "2026-11-18T23:30:00Z"}})
		with data.config as listing({"expires": "2026-11-18"})
}

test_expired_boundary_its_day_is_over_further_east if {
	count(exceptions.warn) == 1 with input as fixtures.restart({"request": {"time": "2026-11-18T23:30:00Z"}})
		with data.config as listing({"expires": "2026-11-18", "time_zone": "Europe/Berlin"})
}

test_expired_silent_without_exceptions if {
	exceptions.warn == set() with input as fixtures.restart({})
		with data.config as fixtures.config({})
}
