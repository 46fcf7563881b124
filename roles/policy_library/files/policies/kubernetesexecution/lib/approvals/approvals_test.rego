# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.approvals_test

import rego.v1

import data.kubernetesexecution.lib.approvals
import data.kubernetesexecution.lib.fixtures

approved_by(approvers) := fixtures.update_image({}, {
	"approvals": [fixtures.approval({"approver": approver}) |
		some approver in approvers
	],
})

test_counts_people_and_not_approvals if {
	approvals.given == 2 with input as approved_by(["alice", "bob", "alice"])
}

test_counts_nobody_without_approvals if {
	approvals.given == 0 with input as fixtures.update_image({}, {})
}

test_counts_nobody_without_the_section if {
	approvals.given == 0 with input as {}
}

test_does_not_count_the_requester if {
	approvals.given == 1 with input as approved_by(["alice", "system:serviceaccount:guardrail-system:runner"])
}

test_an_override_is_an_approval if {
	approvals.given == 2 with input as fixtures.update_image({}, {
		"approvals": [
			fixtures.approval({}),
			fixtures.override({"approver": "bob"}),
		],
	})
}

test_an_action_without_a_quorum_of_its_own_has_the_default if {
	approvals.required == 2 with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 2, "DrainNode": 3}}})
}

test_an_action_has_its_own_quorum if {
	approvals.required == 3 with input as fixtures.drain({})
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 2, "DrainNode": 3}}})
}

test_more_are_missing_than_there_are_when_the_quorum_is_not_stated if {
	approvals.required == 3 with input as approved_by(["alice", "bob"])
		with data.config as fixtures.config({"approvals": {"quorum": {"default": null}}})
}

test_none_is_missing_when_the_quorum_is_reached if {
	not approvals.missing with input as approved_by(["alice", "bob"])
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 2}}})
}

test_one_is_missing_before if {
	approvals.missing with input as approved_by(["alice"])
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 2}}})
}

test_some_are_missing_when_the_quorum_is_nobody if {
	approvals.missing with input as approved_by(["alice"])
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 0}}})
}

test_some_are_missing_when_the_quorum_is_a_text if {
	approvals.missing with input as approved_by(["alice"])
		with data.config as fixtures.config({"approvals": {"quorum": {"default": "1"}}})
}

test_some_are_missing_when_the_quorum_is_half_a_person if {
	approvals.missing with input as approved_by(["alice"])
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 0.5}}})
}

test_some_are_missing_when_the_quorum_is_missing if {
	approvals.missing with input as approved_by(["alice"])
		with data.config as {}
}

test_the_first_override_counts if {
	approvals.override.name == "o-1" with input as fixtures.drain({
		"approvals": [
			fixtures.approval({}),
			fixtures.override({"name": "o-1"}),
			fixtures.override({"name": "o-2"}),
		],
	})
}

test_nobody_overrides_for_himself if {
	approvals.overrides == [] with input as fixtures.drain({"approvals": [fixtures.override({"approver": "system:serviceaccount:guardrail-system:runner"})]})
}

test_one_more_than_there_are_when_the_quorum_is_half_a_person if {
	approvals.required == 2 with input as approved_by(["alice"])
		with data.config as fixtures.config({"approvals": {"quorum": {"default": 1.5}}})
}

test_one_more_than_there_are_when_the_quorum_is_a_text if {
	approvals.required == 1 with input as approved_by([])
		with data.config as fixtures.config({"approvals": {"quorum": {"default": "2"}}})
}
