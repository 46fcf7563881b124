# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.foreign_locks_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.foreign_locks

test_held_fires if {
	foreign_locks.deny == {
		{
			"code": "foreign-locks.held",
			"details": {"lock": {"holder": "node-healthcheck", "node": "node-1", "tool": "medik8s"}},
			"message": "Node node-1: medik8s works on node node-1 (node-healthcheck).",
		},
	} with input as fixtures.cordon({"nodes": {"locks": [{"tool": "medik8s", "node": "node-1", "holder": "node-healthcheck"}]}})
		with data.config as fixtures.config({})
}

test_held_silent if {
	foreign_locks.deny == set() with input as fixtures.cordon({})
		with data.config as fixtures.config({})
}

test_held_boundary if {
	foreign_locks.deny == set() with input as fixtures.cordon({"nodes": {"locks": [{"tool": "medik8s", "node": "node-1", "holder": "node-healthcheck"}]}})
		with data.config as fixtures.config({"ignored_lock_tools": ["medik8s"]})
}

test_held_fires_for_uncordon if {
	foreign_locks.deny == {
		{
			"code": "foreign-locks.held",
			"details": {"lock": {"holder": "node-healthcheck", "node": "node-1", "tool": "medik8s"}},
			"message": "Node node-1: medik8s works on node node-1 (node-healthcheck).",
		},
	} with input as fixtures.uncordon({"nodes": {"locks": [{"tool": "medik8s", "node": "node-1", "holder": "node-healthcheck"}]}})
		with data.config as fixtures.config({"ignored_lock_tools": ["kured"]})
}

test_held_silent_for_other_targets if {
	foreign_locks.deny == set() with input as fixtures.scale(5, {"nodes": {"locks": [{"tool": "medik8s", "node": "node-1", "holder": "node-healthcheck"}]}})
		with data.config as fixtures.config({})
}
