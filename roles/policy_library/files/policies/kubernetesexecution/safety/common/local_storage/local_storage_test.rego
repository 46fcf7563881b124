# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.local_storage_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.local_storage

test_empty_dir_fires if {
	local_storage.deny == {
		{
			"code": "local-storage.empty-dir",
			"details": {"owner": "Deployment shop/web", "pods": ["web-1"]},
			"message": "Node node-1: web-1 of Deployment shop/web would lose emptyDir data.",
		},
	} with input as fixtures.drain_of({"storage": ["emptyDir", "hostPath"]}, {})
		with data.config as fixtures.config({})
}

test_empty_dir_silent if {
	local_storage.deny == set() with input as fixtures.drain_of({"storage": ["hostPath"]}, {})
		with data.config as fixtures.config({})
}

test_empty_dir_boundary if {
	local_storage.deny == set() with input as fixtures.drain_of({"storage": ["emptyDir"]}, {"parameters": {"delete_emptydir_data": true}})
		with data.config as fixtures.config({})
}

test_empty_dir_silent_when_only_a_pod_is_deleted if {
	local_storage.deny == set() with input as fixtures.delete_pod({"disruption": {"pods": [fixtures.group({"storage": ["emptyDir"]})]}})
		with data.config as fixtures.config({})
}

test_node_bound_fires if {
	local_storage.warn == {
		{
			"code": "local-storage.node-bound",
			"details": {"owner": "Deployment shop/web", "pods": ["web-1"], "storage": ["hostPath", "local"]},
			"message": "Node node-1: web-1 of Deployment shop/web keeps data on this node (hostPath, local), which does not follow it.",
		},
	} with input as fixtures.drain_of({"storage": ["emptyDir", "hostPath", "local"]}, {})
		with data.config as fixtures.config({})
}

test_node_bound_silent if {
	local_storage.warn == set() with input as fixtures.drain_of({}, {})
		with data.config as fixtures.config({})
}

test_node_bound_boundary if {
	local_storage.warn == set() with input as fixtures.drain_of({"storage": ["emptyDir"]}, {})
		with data.config as fixtures.config({})
}
