# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.protected_objects_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.protected_objects

test_listed_fires if {
	protected_objects.deny == {
		{
			"code": "protected-objects.listed",
			"details": {
				"entry": {
					"kind": "Deployment",
					"name": "web",
					"namespace": "shop",
					"reason": "audit until Friday",
				},
			},
			"message": "Deployment shop/web is protected: audit until Friday.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"protected_objects": [{"kind": "Deployment", "namespace": "shop", "name": "web", "reason": "audit until Friday"}]})
}

test_listed_silent if {
	protected_objects.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_listed_boundary if {
	protected_objects.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"protected_objects": [{"kind": "Deployment", "namespace": "other", "name": "web"}]})
}

test_listed_fires_for_a_node if {
	protected_objects.deny == {
		{
			"code": "protected-objects.listed",
			"details": {"entry": {"kind": "Node", "name": "node-1"}},
			"message": "Node node-1 is protected: no reason is given.",
		},
	} with input as fixtures.cordon({})
		with data.config as fixtures.config({"protected_objects": [{"kind": "Node", "name": "node-1"}]})
}

test_listed_silent_for_another_kind if {
	protected_objects.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"protected_objects": [{"kind": "StatefulSet", "namespace": "shop", "name": "web"}]})
}

test_listed_silent_for_another_name if {
	protected_objects.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"protected_objects": [{"kind": "Deployment", "namespace": "shop", "name": "api"}]})
}

settings_of(restarts) := fixtures.update_config_map({"parameters": {"restarts": restarts}})

test_restart_listed_fires if {
	protected_objects.deny == {
		{
			"code": "protected-objects.restart-listed",
			"details": {"entry": {"kind": "Deployment", "namespace": "shop", "name": "web", "reason": "sale"}},
			"message": "ConfigMap shop/settings: Deployment shop/web, which would be restarted, is protected: sale.",
		},
	} with input as settings_of(["Deployment/cart", "Deployment/web"])
		with data.config as fixtures.config({"protected_objects": [{"kind": "Deployment", "namespace": "shop", "name": "web", "reason": "sale"}]})
}

test_restart_listed_silent if {
	protected_objects.deny == set() with input as settings_of([])
		with data.config as fixtures.config({"protected_objects": [{"kind": "Deployment", "namespace": "shop", "name": "web"}]})
}

test_restart_listed_boundary if {
	protected_objects.deny == set() with input as settings_of(["Deployment/web"])
		with data.config as fixtures.config({
			"protected_objects": [
				{"kind": "Deployment", "namespace": "bank", "name": "web"},
				{"kind": "StatefulSet", "namespace": "shop", "name": "web"},
			],
		})
}
