# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.production

import future.keywords.if

# While people work, production stays as it is.
deny[msg] {
    live
    removes_something
    office_hours
    not emergency
    msg := "wait for the evening (17:00 UTC), or set the label 'example.com/emergency'"
}

office_hours if {
    hour := time.clock([time.now_ns(), "UTC"])[0]
    hour >= 9
    hour < 17
}

emergency if {
    input.labels["example.com/emergency"] == "true"
}
