# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.exceptions_test

import rego.v1

import data.kubernetesexecution.lib.exceptions
import data.kubernetesexecution.lib.fixtures

listing(entries) := fixtures.config({"exceptions": entries})

fitting := [
	{},
	{"namespaces": ["other", "shop"]},
	{"targets": ["Deployment/shop/web"]},
	{"environments": ["production", "staging"]},
]

elsewhere := [
	{"actions": ["DrainNode"]},
	{"namespaces": ["shop-2"]},
	{"targets": ["Deployment/shop/web2"]},
	{"targets": ["StatefulSet/shop/web"]},
	{"environments": ["staging"]},
	{"actions": ["RolloutRestart"], "namespaces": ["other"]},
]

entries(variants) := [fixtures.exception(changes) | some changes in variants]

test_an_exception_counts_for_what_it_names if {
	count(exceptions.current) == 4 with input as fixtures.restart({})
		with data.config as listing(entries(fitting))
}

test_an_exception_counts_for_nothing_else if {
	exceptions.concerning == [] with input as fixtures.restart({})
		with data.config as listing(entries(elsewhere))
}

test_its_last_day_counts if {
	count(exceptions.current) == 1 with input as fixtures.restart({})
		with data.config as listing(entries([{"expires": "2026-11-18"}]))
}

test_the_day_after_does_not_count if {
	exceptions.current == [] with input as fixtures.restart({})
		with data.config as listing(entries([{"expires": "2026-11-17"}]))
}

test_the_day_after_it_has_expired if {
	count(exceptions.expired) == 1 with input as fixtures.restart({})
		with data.config as listing(entries([{"expires": "2026-11-17"}]))
}

test_an_entry_that_is_not_complete_counts_for_nothing if {
	exceptions.concerning == [] with input as fixtures.restart({})
		with data.config as listing(array.concat(entries([{"owner": ""}, {"action": ["DrainNode"]}]), ["web"]))
}

test_an_entry_that_is_not_complete_is_named if {
	exceptions.unusable == ["web"] with input as fixtures.restart({})
		with data.config as listing(array.concat(entries([{}]), ["web"]))
}

test_an_entry_without_a_scope_is_refused if {
	not exceptions.usable(object.remove(fixtures.exception({}), ["actions"]))
}

test_every_part_has_to_be_there if {
	usable := [key | some key in exceptions.required; exceptions.usable(object.remove(fixtures.exception({}), [key]))]
	usable == []
}

test_all_parts_together_are_usable if {
	exceptions.usable(fixtures.exception({
		"ticket": "CHG-1",
		"time_zone": "Europe/Berlin",
		"environments": ["production"],
		"namespaces": ["shop"],
		"targets": ["Deployment/shop/web"],
	}))
}

unreadable := [
	{"action": ["DrainNode"]},
	{"name": ""},
	{"owner": " "},
	{"reason": 5},
	{"ticket": ""},
	{"rules": []},
	{"rules": "single-replica.last-replica"},
	{"actions": []},
	{"actions": {"first": "DrainNode"}},
	{"namespaces": [""]},
	{"targets": [1]},
	{"environments": "production"},
	{"expires": "2026-11-31 12:00"},
	{"expires": "never"},
	{"expires": 20261118},
	{"time_zone": 1},
]

test_what_cannot_be_read_is_refused if {
	usable := [changes | some changes in unreadable; exceptions.usable(fixtures.exception(changes))]
	usable == []
}

untouchable := [
	"policy.timeout",
	"permissions.missing",
	"config.limit-unusable",
	"facts.required-unavailable",
	"namespace-protection.protected-namespace",
	"protected-objects.listed",
	"exceptions.expired",
]

test_nobody_is_excepted_from_what_is_firm if {
	usable := [code | some code in untouchable; exceptions.usable(fixtures.exception({"rules": ["single-replica.last-replica", code]}))]
	usable == []
}

test_a_name_stands_once if {
	exceptions.doubled == ["web-alone"] with input as fixtures.restart({})
		with data.config as listing(entries([{}, {"owner": "team-b"}]))
}

test_different_names_are_different if {
	exceptions.doubled == [] with input as fixtures.restart({})
		with data.config as listing(entries([{}, {"name": "other"}]))
}
