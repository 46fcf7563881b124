# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: What the data alone decides
# description: >-
#   The gate asks this once, when it compiles the library, without an input, and puts what is true into data.checked.
#   Rules skip then what they would have to find out at every decision. In plain OPA, and in tests, nothing is put
#   there, and they find it out.
package kubernetesexecution.checks

import rego.v1

import data.kubernetesexecution.lib.exceptions
import data.kubernetesexecution.lib.limits as own_limits
import data.kubernetesexecution.lib.settings as own_settings

# Every setting is usable whatever the action: a decision asks for no more.
default settings := false

settings if {
	own_settings.retention_usable
	own_settings.rate_limits_usable
	own_settings.failure_block_usable
	own_settings.max_valid_usable
	own_settings.codes_usable
	own_settings.job_image_usable
	is_object(data.config.cool_down_seconds)
	every seconds in data.config.cool_down_seconds { own_settings.usable_seconds(seconds) }
	own_settings.usable_quorum(data.config.approvals.quorum["default"])
	every number in data.config.approvals.quorum { own_settings.usable_quorum(number) }
	is_array(data.config.exceptions)
	count(exceptions.unusable) == 0
	count(exceptions.doubled) == 0
}

# Every limit that some rule compares with is a number.
default limits := false

limits if {
	every name in own_limits.names { is_number(data.config.limits[name]) }
	own_limits.draining_nodes
}
