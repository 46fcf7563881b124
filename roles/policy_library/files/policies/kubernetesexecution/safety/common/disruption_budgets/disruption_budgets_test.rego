# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.disruption_budgets_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.disruption_budgets

test_nothing_allowed_fires if {
	disruption_budgets.deny == {
		{
			"code": "disruption-budgets.nothing-allowed",
			"details": {"budget": "shop/web", "disruptions_allowed": 0, "pods": 2, "rounds": 0},
			"message": "Node node-1: PodDisruptionBudget shop/web allows no disruption now (4 healthy, 4 wanted); it covers web-1, web-2.",
		},
	} with input as fixtures.drain_under({"disruptions_allowed": 0, "current_healthy": 4, "rounds": 0, "pods": 2, "names": ["web-1", "web-2"]}, {})
		with data.config as fixtures.config({})
}

test_nothing_allowed_silent if {
	disruption_budgets.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({})
}

test_nothing_allowed_boundary if {
	disruption_budgets.deny == set() with input as fixtures.drain_under({}, {})
		with data.config as fixtures.config({})
}

test_nothing_allowed_silent_for_pods_that_do_not_count if {
	disruption_budgets.deny == set() with input as fixtures.drain_under({"disruptions_allowed": 0, "rounds": 0, "pods": 0, "names": []}, {})
		with data.config as fixtures.config({})
}

test_nothing_allowed_fires_for_a_single_pod if {
	disruption_budgets.deny == {
		{
			"code": "disruption-budgets.nothing-allowed",
			"details": {"budget": "shop/web", "disruptions_allowed": 0, "pods": 1, "rounds": 0},
			"message": "Pod shop/web-1: PodDisruptionBudget shop/web allows no disruption now (5 healthy, 4 wanted); it covers web-1.",
		},
	} with input as fixtures.delete_pod({"disruption": {"budgets": [fixtures.budget({"disruptions_allowed": 0, "rounds": 0})]}})
		with data.config as fixtures.config({})
}

test_two_budgets_fires if {
	disruption_budgets.deny == {
		{
			"code": "disruption-budgets.two-budgets",
			"details": {"pod": {"budgets": ["all", "web"], "name": "web-1", "namespace": "shop"}},
			"message": "Node node-1: pod shop/web-1 is covered by 2 budgets (all, web), and the API server evicts no such pod.",
		},
	} with input as fixtures.drain({"disruption": {"shared": [{"namespace": "shop", "name": "web-1", "budgets": ["all", "web"]}]}})
		with data.config as fixtures.config({})
}

test_two_budgets_silent if {
	disruption_budgets.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({})
}

test_two_budgets_boundary if {
	disruption_budgets.deny == set() with input as fixtures.drain({"disruption": {"budgets": [fixtures.budget({}), fixtures.budget({"name": "all"})]}})
		with data.config as fixtures.config({})
}

test_stale_fires if {
	disruption_budgets.deny == {
		{
			"code": "disruption-budgets.stale",
			"details": {"budget": "shop/web", "disruptions_allowed": 1, "pods": 1, "rounds": 1},
			"message": "Node node-1: the status of PodDisruptionBudget shop/web is older than its spec, so the API server refuses every eviction of web-1.",
		},
	} with input as fixtures.drain_under({"stale": true}, {})
		with data.config as fixtures.config({})
}

test_stale_silent if {
	disruption_budgets.deny == set() with input as fixtures.drain_under({}, {})
		with data.config as fixtures.config({})
}

test_stale_boundary if {
	disruption_budgets.deny == set() with input as fixtures.drain_under({"stale": true, "pods": 0}, {})
		with data.config as fixtures.config({})
}

test_never_finishes_fires if {
	disruption_budgets.deny == {
		{
			"code": "disruption-budgets.never-finishes",
			"details": {"budget": "shop/web", "disruptions_allowed": 1, "pods": 2, "rounds": 0},
			"message": "Node node-1: under PodDisruptionBudget shop/web the evictions of web-1 and 1 more could never all happen.",
		},
	} with input as fixtures.drain_under({"rounds": 0, "pods": 2}, {})
		with data.config as fixtures.config({})
}

test_never_finishes_silent if {
	disruption_budgets.deny == set() with input as fixtures.drain_under({}, {})
		with data.config as fixtures.config({})
}

test_never_finishes_boundary if {
	disruption_budgets.deny == set() with input as fixtures.drain_under({"rounds": 1, "pods": 2, "disruptions_allowed": 2}, {})
		with data.config as fixtures.config({})
}

test_too_many_rounds_fires if {
	disruption_budgets.deny == {
		{
			"code": "disruption-budgets.too-many-rounds",
			"details": {
				"budget": "shop/web",
				"disruptions_allowed": 1,
				"most_rounds": 10,
				"pods": 11,
				"rounds": 11,
			},
			"message": "Node node-1: PodDisruptionBudget shop/web allows 1 of 11 pods at a time, which takes 11 rounds; at most 10 are waited for.",
		},
	} with input as fixtures.drain_under({"rounds": 11, "pods": 11}, {})
		with data.config as fixtures.config({})
}

test_too_many_rounds_silent if {
	disruption_budgets.deny == set() with input as fixtures.drain_under({}, {})
		with data.config as fixtures.config({})
}

test_too_many_rounds_boundary if {
	disruption_budgets.deny == set() with input as fixtures.drain_under({"rounds": 10, "pods": 10}, {})
		with data.config as fixtures.config({})
}

test_several_rounds_fires if {
	disruption_budgets.warn == {
		{
			"code": "disruption-budgets.several-rounds",
			"details": {"budget": "shop/web", "disruptions_allowed": 2, "pods": 3, "rounds": 2},
			"message": "Node node-1: PodDisruptionBudget shop/web allows 2 of 3 pods at a time, so this takes 2 rounds.",
		},
	} with input as fixtures.drain_under({"rounds": 2, "pods": 3, "disruptions_allowed": 2}, {})
		with data.config as fixtures.config({})
}

test_several_rounds_silent if {
	disruption_budgets.warn == set() with input as fixtures.drain_under({}, {})
		with data.config as fixtures.config({})
}

test_several_rounds_boundary if {
	disruption_budgets.warn == {
		{
			"code": "disruption-budgets.several-rounds",
			"details": {"budget": "shop/web", "disruptions_allowed": 1, "pods": 10, "rounds": 10},
			"message": "Node node-1: PodDisruptionBudget shop/web allows 1 of 10 pods at a time, so this takes 10 rounds.",
		},
	} with input as fixtures.drain_under({"rounds": 10, "pods": 10}, {})
		with data.config as fixtures.config({})
}

test_several_rounds_silent_beyond_the_limit if {
	disruption_budgets.warn == set() with input as fixtures.drain_under({"rounds": 11, "pods": 11}, {})
		with data.config as fixtures.config({})
}

test_nothing_allowed_fires_whatever_the_rounds_say if {
	disruption_budgets.deny == {
		{
			"code": "disruption-budgets.nothing-allowed",
			"details": {"budget": "shop/web", "disruptions_allowed": 0, "pods": 1, "rounds": 1},
			"message": "Node node-1: PodDisruptionBudget shop/web allows no disruption now (5 healthy, 4 wanted); it covers web-1.",
		},
	} with input as fixtures.drain_under({"disruptions_allowed": 0, "rounds": 1}, {})
		with data.config as fixtures.config({})
}

test_bypassed_fires if {
	{
		"code": "disruption-budgets.bypassed", "details": {
			"budget": "shop/web",
			"disruptions_allowed": 1,
			"pods": 2,
			"rounds": 2,
		},
		"message": "Node node-1: PodDisruptionBudget shop/web allows 1 disruptions now, and all 2 of its pods here would be deleted at once.",
	} in disruption_budgets.deny with input as fixtures.taint({"disruption": {"budgets": [fixtures.budget({"pods": 2, "rounds": 2})]}})
		with data.config as fixtures.config({})
}

test_bypassed_silent if {
	disruption_budgets.deny == set() with input as fixtures.drain_under({"pods": 2, "rounds": 2}, {})
		with data.config as fixtures.config({})
}

test_bypassed_boundary if {
	disruption_budgets.deny == set() with input as fixtures.taint({"disruption": {"budgets": [fixtures.budget({"disruptions_allowed": 2, "pods": 2, "rounds": 1})]}})
		with data.config as fixtures.config({})
}

test_bypassed_silent_when_all_may_go_at_once if {
	not "disruption-budgets.bypassed" in {finding.code | some finding in disruption_budgets.deny} with input as fixtures.taint({"disruption": {"budgets": [fixtures.budget({"disruptions_allowed": 2, "pods": 2, "rounds": 2})]}})
		with data.config as fixtures.config({})
}
