# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.rbac.permissions_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.rbac.permissions

test_missing_fires if {
	permissions.deny == {
		{
			"code": "permissions.missing",
			"details": {"group": "apps", "namespace": "shop", "resource": "deployments/scale", "verb": "patch"},
			"message": "Deployment shop/web: system:serviceaccount:guardrail-system:runner lacks the right to patch deployments/scale.apps in namespace shop, which ScaleDeployment needs.",
		},
	} with input as fixtures.scale(5, {"rbac_permissions": [{"verb": "get", "group": "apps", "resource": "deployments", "namespace": "shop"}, {"verb": "patch", "group": "apps", "resource": "deployments", "namespace": "shop"}]})
		with data.config as fixtures.config({})
}

test_missing_fires_when_nothing_says_which_rights_there_are if {
	count(permissions.deny) == 2 with input as object.remove(fixtures.scale(5, {}), ["rbac_permissions"])
		with data.config as fixtures.config({})
}

test_missing_silent if {
	permissions.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_missing_boundary if {
	permissions.deny == set() with input as fixtures.scale(5, {"rbac_permissions": [{"verb": "get", "group": "apps", "resource": "deployments", "namespace": ""}, {"verb": "patch", "group": "apps", "resource": "deployments/scale", "namespace": ""}]})
		with data.config as fixtures.config({})
}

test_missing_fires_for_another_namespace if {
	permissions.deny == {
		{
			"code": "permissions.missing",
			"details": {"group": "apps", "namespace": "shop", "resource": "deployments/scale", "verb": "patch"},
			"message": "Deployment shop/web: system:serviceaccount:guardrail-system:runner lacks the right to patch deployments/scale.apps in namespace shop, which ScaleDeployment needs.",
		},
	} with input as fixtures.scale(5, {"rbac_permissions": [{"verb": "get", "group": "apps", "resource": "deployments", "namespace": "shop"}, {"verb": "patch", "group": "apps", "resource": "deployments/scale", "namespace": "other"}]})
		with data.config as fixtures.config({})
}

test_missing_fires_for_the_whole_cluster if {
	permissions.deny == {
		{
			"code": "permissions.missing",
			"details": {"group": "", "namespace": "", "resource": "nodes", "verb": "patch"},
			"message": "Node node-1: system:serviceaccount:guardrail-system:runner lacks the right to patch nodes in the whole cluster, which CordonNode needs.",
		},
	} with input as fixtures.cordon({"required_permissions": [{"verb": "patch", "group": "", "resource": "nodes", "namespace": ""}], "rbac_permissions": [{"verb": "patch", "group": "", "resource": "nodes", "namespace": "shop"}]})
		with data.config as fixtures.config({})
}

test_none_stated_fires if {
	permissions.deny == {
		{
			"code": "permissions.none-stated",
			"message": "Deployment shop/web: nothing says which rights ScaleDeployment needs, so none was checked.",
		},
	} with input as fixtures.scale(5, {"required_permissions": []})
		with data.config as fixtures.config({})
}

test_none_stated_silent if {
	permissions.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_none_stated_boundary if {
	permissions.deny == set() with input as fixtures.scale(5, {"required_permissions": [{"verb": "get", "group": "apps", "resource": "deployments", "namespace": "shop"}]})
		with data.config as fixtures.config({})
}

test_missing_fires_for_another_verb if {
	permissions.deny == {
		{
			"code": "permissions.missing",
			"details": {"group": "apps", "namespace": "shop", "resource": "deployments/scale", "verb": "patch"},
			"message": "Deployment shop/web: system:serviceaccount:guardrail-system:runner lacks the right to patch deployments/scale.apps in namespace shop, which ScaleDeployment needs.",
		},
	} with input as fixtures.scale(5, {"rbac_permissions": [{"verb": "get", "group": "apps", "resource": "deployments", "namespace": "shop"}, {"verb": "update", "group": "apps", "resource": "deployments/scale", "namespace": "shop"}]})
		with data.config as fixtures.config({})
}

test_missing_fires_for_another_group if {
	permissions.deny == {
		{
			"code": "permissions.missing",
			"details": {"group": "apps", "namespace": "shop", "resource": "deployments/scale", "verb": "patch"},
			"message": "Deployment shop/web: system:serviceaccount:guardrail-system:runner lacks the right to patch deployments/scale.apps in namespace shop, which ScaleDeployment needs.",
		},
	} with input as fixtures.scale(5, {"rbac_permissions": [{"verb": "get", "group": "apps", "resource": "deployments", "namespace": "shop"}, {"verb": "patch", "group": "extensions", "resource": "deployments/scale", "namespace": "shop"}]})
		with data.config as fixtures.config({})
}
