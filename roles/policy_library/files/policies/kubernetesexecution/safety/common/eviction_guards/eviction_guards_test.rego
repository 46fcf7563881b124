# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.eviction_guards_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.eviction_guards

test_guarded_fires if {
	eviction_guards.deny == {
		{
			"code": "eviction-guards.guarded",
			"details": {
				"guards": ["karpenter.sh/do-not-disrupt=true"],
				"owner": "Deployment shop/web",
				"pods": ["web-1"],
			},
			"message": "Node node-1: web-1 of Deployment shop/web asks not to be evicted (karpenter.sh/do-not-disrupt=true).",
		},
	} with input as fixtures.drain_of({"guards": ["karpenter.sh/do-not-disrupt=true"]}, {})
		with data.config as fixtures.config({})
}

test_guarded_silent if {
	eviction_guards.deny == set() with input as fixtures.drain_of({}, {})
		with data.config as fixtures.config({})
}

test_guarded_boundary if {
	eviction_guards.deny == set() with input as fixtures.drain_of({"guards": ["karpenter.sh/do-not-disrupt=true"]}, {})
		with data.config as fixtures.config({"ignored_eviction_guards": ["karpenter.sh/do-not-disrupt"]})
}

test_guarded_fires_for_the_other_guard if {
	eviction_guards.deny == {
		{
			"code": "eviction-guards.guarded",
			"details": {
				"guards": ["cluster-autoscaler.kubernetes.io/safe-to-evict=false"],
				"owner": "Deployment shop/web",
				"pods": ["web-1"],
			},
			"message": "Node node-1: web-1 of Deployment shop/web asks not to be evicted (cluster-autoscaler.kubernetes.io/safe-to-evict=false).",
		},
	} with input as fixtures.drain_of({"guards": ["karpenter.sh/do-not-disrupt=true", "cluster-autoscaler.kubernetes.io/safe-to-evict=false"]}, {})
		with data.config as fixtures.config({"ignored_eviction_guards": ["karpenter.sh/do-not-disrupt"]})
}

# Nothing is evicted.
test_guarded_silent_for_a_quarantine if {
	eviction_guards.deny == set() with input as fixtures.quarantine({"disruption": {"pods": [fixtures.group({"guards": ["karpenter.sh/do-not-disrupt=true"]})]}})
		with data.config as fixtures.config({})
}
