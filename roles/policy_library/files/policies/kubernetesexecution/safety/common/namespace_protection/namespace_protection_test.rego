# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.namespace_protection_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.namespace_protection

test_protected_namespace_fires if {
	namespace_protection.deny == {
		{
			"code": "namespace-protection.protected-namespace",
			"details": {"action": "ScaleDeployment", "namespace": "kube-system", "reason": "system components"},
			"message": "Deployment kube-system/coredns: ScaleDeployment is not allowed in the protected namespace kube-system (system components).",
		},
	} with input as fixtures.scale(5, {"namespace": "kube-system", "target": {"namespace": "kube-system", "name": "coredns"}})
		with data.config as fixtures.config({})
}

test_protected_namespace_silent if {
	namespace_protection.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_protected_namespace_boundary if {
	namespace_protection.deny == set() with input as fixtures.scale(5, {"namespace": "kube-system", "target": {"namespace": "kube-system", "name": "coredns"}})
		with data.config as fixtures.config({"namespace_exceptions": [{"namespace": "kube-system", "action": "ScaleDeployment", "name": "coredns"}]})
}

test_protected_namespace_fires_for_another_name if {
	namespace_protection.deny == {
		{
			"code": "namespace-protection.protected-namespace",
			"details": {"action": "ScaleDeployment", "namespace": "kube-system", "reason": "system components"},
			"message": "Deployment kube-system/coredns: ScaleDeployment is not allowed in the protected namespace kube-system (system components).",
		},
	} with input as fixtures.scale(5, {"namespace": "kube-system", "target": {"namespace": "kube-system", "name": "coredns"}})
		with data.config as fixtures.config({"namespace_exceptions": [{"namespace": "kube-system", "action": "ScaleDeployment", "name": "metrics"}]})
}

test_protected_namespace_fires_for_another_action if {
	namespace_protection.deny == {
		{
			"code": "namespace-protection.protected-namespace",
			"details": {"action": "RolloutRestart", "namespace": "kube-system", "reason": "system components"},
			"message": "Deployment kube-system/coredns: RolloutRestart is not allowed in the protected namespace kube-system (system components).",
		},
	} with input as fixtures.restart({"namespace": "kube-system", "target": {"namespace": "kube-system", "name": "coredns"}})
		with data.config as fixtures.config({"namespace_exceptions": [{"namespace": "kube-system", "action": "ScaleDeployment", "name": "coredns"}]})
}

test_terminating_fires if {
	namespace_protection.deny == {
		{
			"code": "namespace-protection.terminating",
			"details": {"deletion_timestamp": "2026-11-18T12:00:00Z", "namespace": "shop"},
			"message": "Deployment shop/web: the namespace shop is being deleted.",
		},
	} with input as fixtures.scale(5, {"namespace_info": {"deletion_timestamp": "2026-11-18T12:00:00Z"}})
		with data.config as fixtures.config({})
}

test_terminating_silent if {
	namespace_protection.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_terminating_boundary if {
	namespace_protection.deny == set() with input as fixtures.cordon({})
		with data.config as fixtures.config({})
}

test_protected_namespace_fires_for_an_exception_elsewhere if {
	namespace_protection.deny == {
		{
			"code": "namespace-protection.protected-namespace",
			"details": {"action": "ScaleDeployment", "namespace": "kube-system", "reason": "system components"},
			"message": "Deployment kube-system/coredns: ScaleDeployment is not allowed in the protected namespace kube-system (system components).",
		},
	} with input as fixtures.scale(5, {"namespace": "kube-system", "target": {"namespace": "kube-system", "name": "coredns"}})
		with data.config as fixtures.config({"namespace_exceptions": [{"namespace": "kube-public", "action": "ScaleDeployment", "name": "coredns"}]})
}
