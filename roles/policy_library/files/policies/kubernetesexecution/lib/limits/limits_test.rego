# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.limits_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.lib.limits

test_a_limit_that_is_a_number_is_there if {
	limits.replica_ceiling == 20 with data.config as fixtures.config({})
}

test_a_limit_that_is_no_number_is_nothing if {
	not limits.replica_ceiling with data.config as fixtures.config({"limits": {"replica_ceiling": "20"}})
}

test_a_limit_that_is_missing_is_nothing if {
	not limits.replica_ceiling with data.config as {}
}

test_zero_is_a_number if {
	limits.other_clusters_draining with data.config as fixtures.config({})
}
