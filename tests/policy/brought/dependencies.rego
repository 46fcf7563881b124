# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common

import future.keywords.if
import future.keywords.in

# Try first what can go wrong.
deny[msg] {
    can_go_wrong
    not tried
    msg := sprintf("%s has to be tried first", [input.action])
}

can_go_wrong if {
    actions := [
        "DrainNode",
        "UpdateConfigMap",
        "UpdateImage",
        "UpdateSecret",
    ]
    input.action in actions
}

tried if {
    input.labels["example.com/tried"] == "success"
}
