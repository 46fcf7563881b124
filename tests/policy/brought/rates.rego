# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common

import future.keywords.if

# Not too often.
deny[msg] {
    too_often
    msg := sprintf("%s in %s: %d within %d seconds, at most %d",
        [input.action, input.namespace, input.rate_limit_state.count, input.rate_limit_state.window_seconds, input.rate_limit_state.max_count])
}

too_often if {
    input.rate_limit_state.count > input.rate_limit_state.max_count
}

# One at a time.
deny[msg] {
    under_way
    msg := sprintf("something else is done to %s", [input.target_resource])
}

under_way if {
    input.concurrent_actions[input.target_resource].count > 0
}
