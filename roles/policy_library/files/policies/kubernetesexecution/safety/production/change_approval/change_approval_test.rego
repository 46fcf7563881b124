# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.production.change_approval_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.production.change_approval

test_required_fires if {
	change_approval.deny == {
		{
			"code": "change-approval.required",
			"details": {"action": "UpdateImage", "approval": {"required": 1, "given": 0}},
			"message": "Deployment shop/web: UpdateImage needs 1 approval in production, by people other than the requester, and has 0. Somebody else approves the digest in the result (playbook guardrail.kubernetes.approve); then run the task again.",
		},
	} with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"]}})
}

test_required_silent if {
	change_approval.deny == set() with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({})
}

test_required_boundary if {
	change_approval.deny == set() with input as fixtures.update_image({}, {"approvals": [fixtures.approval({})]})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"]}})
}

test_required_silent_for_another_action if {
	change_approval.deny == set() with input as fixtures.restart({})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"]}})
}

test_required_fires_below_the_quorum if {
	change_approval.deny == {
		{
			"code": "change-approval.required",
			"details": {"action": "UpdateImage", "approval": {"required": 2, "given": 1}},
			"message": "Deployment shop/web: UpdateImage needs 2 approvals in production, by people other than the requester, and has 1. Somebody else approves the digest in the result (playbook guardrail.kubernetes.approve); then run the task again.",
		},
	} with input as fixtures.update_image({}, {"approvals": [fixtures.approval({}), fixtures.approval({"name": "approval-2"})]})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"], "quorum": {"default": 1, "UpdateImage": 2}}})
}

test_required_silent_at_the_quorum if {
	change_approval.deny == set() with input as fixtures.update_image({}, {"approvals": [fixtures.approval({}), fixtures.approval({"approver": "bob"})]})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"], "quorum": {"default": 1, "UpdateImage": 2}}})
}

test_required_silent_with_an_override_among_them if {
	change_approval.deny == set() with input as fixtures.update_image({}, {"approvals": [fixtures.approval({}), fixtures.override({"approver": "bob"})]})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"], "quorum": {"default": 1, "UpdateImage": 2}}})
}

test_required_fires_for_the_requester if {
	change_approval.deny == {
		{
			"code": "change-approval.required",
			"details": {"action": "UpdateImage", "approval": {"required": 1, "given": 0}},
			"message": "Deployment shop/web: UpdateImage needs 1 approval in production, by people other than the requester, and has 0. Somebody else approves the digest in the result (playbook guardrail.kubernetes.approve); then run the task again.",
		},
	} with input as fixtures.update_image({}, {"approvals": [fixtures.approval({"approver": "system:serviceaccount:guardrail-system:runner"})]})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateImage"]}})
}

test_required_fires_for_config_maps if {
	count(change_approval.deny) == 1 with input as fixtures.update_config_map({})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateConfigMap"]}})
}

test_required_fires_for_secrets if {
	count(change_approval.deny) == 1 with input as fixtures.update_secret({})
		with data.config as fixtures.config({"approvals": {"required_for": ["UpdateSecret"]}})
}
