# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Locks of other tools
# description: >-
#   medik8s leases and the annotations of kured, Karpenter and cluster-autoscaler. data.config.ignored_lock_tools lists
#   tools that do not count.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.foreign_locks

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Another tool works on the node
# description: >-
#   Two that cordon, drain and restart the same node undo each other's work.
# custom:
#   code: foreign-locks.held
#   remedy: >-
#     Wait until the other tool has finished, or end its work on this node.
#   facts: [nodes]
deny contains {
	"code": "foreign-locks.held",
	"message": sprintf("%v: %v works on node %v (%v).", [request.label, lock.tool, lock.node, lock.holder]),
	"details": {"lock": lock},
} if {
	request.changes_node
	some lock in input.nodes.locks
	not lock.tool in data.config.ignored_lock_tools
}
