# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.gitops_ownership_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.gitops_ownership

test_gitops_fires if {
	gitops_ownership.warn == {
		{
			"code": "gitops-ownership.gitops",
			"details": {"application": "shop", "tool": "argocd"},
			"message": "Deployment shop/web belongs to the argocd application shop, which may undo this change.",
		},
	} with input as fixtures.scale(5, {"ownership": {"gitops": "argocd", "gitops_name": "shop"}})
		with data.config as fixtures.config({})
}

test_gitops_silent if {
	gitops_ownership.warn == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_gitops_boundary if {
	gitops_ownership.warn == set() with input as fixtures.restart({"ownership": {"gitops": "argocd", "gitops_name": "shop"}})
		with data.config as fixtures.config({})
}

test_helm_fires if {
	gitops_ownership.warn == {
		{
			"code": "gitops-ownership.helm",
			"details": {"release": "shop/web"},
			"message": "Deployment shop/web belongs to the Helm release shop/web, whose next upgrade may undo this change.",
		},
	} with input as fixtures.scale(5, {"ownership": {"helm_release": "shop/web"}})
		with data.config as fixtures.config({})
}

test_helm_silent if {
	gitops_ownership.warn == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_helm_boundary if {
	gitops_ownership.warn == set() with input as fixtures.restart({"ownership": {"helm_release": "shop/web"}})
		with data.config as fixtures.config({})
}

test_operator_fires if {
	gitops_ownership.warn == {
		{
			"code": "gitops-ownership.operator",
			"details": {"controller": "Shop/main"},
			"message": "Deployment shop/web belongs to Shop/main, which may undo this change.",
		},
	} with input as fixtures.scale(5, {"ownership": {"controller": "Shop/main"}})
		with data.config as fixtures.config({})
}

test_operator_silent if {
	gitops_ownership.warn == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_operator_boundary if {
	gitops_ownership.warn == set() with input as fixtures.restart({"ownership": {"controller": "Shop/main"}})
		with data.config as fixtures.config({})
}
