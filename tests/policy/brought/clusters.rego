# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.production

import future.keywords.if

# One cluster after the other.
deny[msg] {
    live
    removes_something
    busy_elsewhere
    msg := sprintf("%s waits until the cluster '%s' is done", [input.action, input.concurrent_cluster])
}

busy_elsewhere if {
    input.cluster_state.concurrent_actions > 0
}

deny[msg] {
    input.action == "DrainNode"
    input.cluster_state.other_clusters_draining > 0
    msg := "another cluster is being drained"
}
