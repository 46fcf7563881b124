# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.request_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.lib.request

test_names_the_target_as_people_do if {
	request.label == "Deployment shop/web" with input as fixtures.scale(5, {})
	request.label == "Node node-1" with input as fixtures.cordon({})
	request.label == "The target" with input as {}
}

test_takes_the_strictest_environment_when_none_is_stated if {
	request.production with input as {}
	not request.production with input as fixtures.scale(5, fixtures.in_development({}))
}

test_computes_with_numbers_only if {
	request.replicas == 5 with input as fixtures.scale(5, {})
	not request.replicas with input as fixtures.scale(5, {"parameters": {"replicas": "5"}})
}
