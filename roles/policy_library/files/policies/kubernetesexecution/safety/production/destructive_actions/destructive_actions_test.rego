# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.production.destructive_actions_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.production.destructive_actions

test_denied_fires if {
	destructive_actions.deny == {
		{
			"code": "destructive-actions.denied",
			"details": {"action": "DeletePod", "level": "denied"},
			"message": "Pod shop/web-1: DeletePod is denied in production.",
		},
	} with input as fixtures.delete_pod({})
		with data.config as fixtures.config({"destructive_actions": {"DeletePod": "denied"}})
}

test_denied_silent if {
	destructive_actions.deny == set() with input as fixtures.delete_pod({})
		with data.config as fixtures.config({})
}

test_denied_boundary if {
	destructive_actions.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({"destructive_actions": {"DeletePod": "denied"}})
}

test_approval_required_fires if {
	destructive_actions.deny == {
		{
			"code": "destructive-actions.approval-required",
			"details": {"action": "DrainNode", "level": "approval", "approval": {"required": 1, "given": 0}},
			"message": "Node node-1: DrainNode needs 1 approval in production, by people other than the requester, and has 0. Somebody else approves the digest in the result (playbook guardrail.kubernetes.approve); then run the task again.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"destructive_actions": {"DrainNode": "approval"}})
}

test_approval_required_silent if {
	destructive_actions.deny == set() with input as fixtures.drain({})
		with data.config as fixtures.config({})
}

test_approval_required_boundary if {
	destructive_actions.deny == set() with input as fixtures.drain({"approvals": [fixtures.approval({})]})
		with data.config as fixtures.config({"destructive_actions": {"DrainNode": "approval"}})
}

test_approval_required_silent_for_another_action if {
	destructive_actions.deny == set() with input as fixtures.cordon({})
		with data.config as fixtures.config({"destructive_actions": {"DrainNode": "approval"}})
}

test_approval_required_fires_below_the_quorum if {
	destructive_actions.deny == {
		{
			"code": "destructive-actions.approval-required",
			"details": {"action": "DrainNode", "level": "approval", "approval": {"required": 2, "given": 1}},
			"message": "Node node-1: DrainNode needs 2 approvals in production, by people other than the requester, and has 1. Somebody else approves the digest in the result (playbook guardrail.kubernetes.approve); then run the task again.",
		},
	} with input as fixtures.drain({"approvals": [fixtures.approval({})]})
		with data.config as fixtures.config({"destructive_actions": {"DrainNode": "approval"}, "approvals": {"quorum": {"default": 2}}})
}

test_denied_fires_whoever_approves if {
	destructive_actions.deny == {
		{
			"code": "destructive-actions.denied",
			"details": {"action": "DeletePod", "level": "denied"},
			"message": "Pod shop/web-1: DeletePod is denied in production.",
		},
	} with input as fixtures.delete_pod({"approvals": [fixtures.approval({})]})
		with data.config as fixtures.config({"destructive_actions": {"DeletePod": "denied"}})
}

test_level_missing_fires if {
	destructive_actions.deny == {
		{
			"code": "destructive-actions.level-missing",
			"details": {"action": "DrainNode", "level": "Allowed"},
			"message": "Node node-1: DrainNode ends something, and data.config.destructive_actions says Allowed about it instead of allowed, approval or denied.",
		},
	} with input as fixtures.drain({})
		with data.config as fixtures.config({"destructive_actions": {"DrainNode": "Allowed"}})
}

test_level_missing_silent if {
	destructive_actions.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"destructive_actions": {}})
}

test_level_missing_boundary if {
	destructive_actions.deny == set() with input as fixtures.cordon({})
		with data.config as fixtures.config({"destructive_actions": {"DrainNode": "Allowed"}})
}

test_level_missing_fires_when_unlisted if {
	destructive_actions.deny == {
		{
			"code": "destructive-actions.level-missing",
			"details": {"action": "UncordonNode", "level": "nothing"},
			"message": "Node node-1: UncordonNode ends something, and data.config.destructive_actions says nothing about it instead of allowed, approval or denied.",
		},
	} with input as fixtures.uncordon({})
		with data.config as fixtures.config({"catalogue": {"UncordonNode": {"required_facts": [], "destructive": true, "risky": false, "manifest": false}}})
}

test_level_missing_fires_for_a_misspelt_level_of_a_harmless_action if {
	destructive_actions.deny == {
		{
			"code": "destructive-actions.level-missing",
			"details": {"action": "ScaleDeployment", "level": "Denied"},
			"message": "Deployment shop/web: ScaleDeployment ends something, and data.config.destructive_actions says Denied about it instead of allowed, approval or denied.",
		},
	} with input as fixtures.scale(5, {})
		with data.config as fixtures.config({"destructive_actions": {"ScaleDeployment": "Denied"}})
}

levels := {"TaintNode": "approval", "TaintNode.absent": "allowed", "QuarantinePod": "approval"}

untaint := fixtures.taint({"parameters": {"state": "absent"}})

test_approval_required_silent_for_a_state_that_is_free if {
	destructive_actions.deny == set() with input as untaint
		with data.config as fixtures.config({"destructive_actions": levels})
}

test_approval_required_fires_for_the_other_state if {
	{found.code | some found in destructive_actions.deny} == {"destructive-actions.approval-required"} with input as fixtures.taint({})
		with data.config as fixtures.config({"destructive_actions": levels})
}

test_approval_required_fires_for_a_state_without_a_level_of_its_own if {
	{found.code | some found in destructive_actions.deny} == {"destructive-actions.approval-required"} with input as untaint
		with data.config as fixtures.config({"destructive_actions": {"TaintNode": "approval"}})
}

test_level_missing_fires_for_a_misspelt_level_of_a_state if {
	{found.code | some found in destructive_actions.deny} == {"destructive-actions.level-missing"} with input as untaint
		with data.config as fixtures.config({"destructive_actions": {"TaintNode": "approval", "TaintNode.absent": "free"}})
}

test_level_missing_silent_for_what_only_gives_back if {
	destructive_actions.deny == set() with input as untaint
		with data.config as fixtures.config({"destructive_actions": {"TaintNode": "nothing"}})
}

test_level_missing_fires_for_a_taint if {
	{found.code | some found in destructive_actions.deny} == {"destructive-actions.level-missing"} with input as fixtures.taint({})
		with data.config as fixtures.config({"destructive_actions": {"TaintNode": "nothing"}})
}
