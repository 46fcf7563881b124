# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Results of every package
# description: Generated from the packages below safety and rbac. Edits are lost.
package kubernetesexecution.collected

import rego.v1

deny contains {"policy": "rbac/permissions", "group": "rbac", "result": result} if {
	some result, _ in data.kubernetesexecution.rbac.permissions.deny
}

deny contains {"policy": "common/action_dependencies", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.action_dependencies.deny
}

deny contains {"policy": "common/blast_radius", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.blast_radius.deny
}

warn contains {"policy": "common/blast_radius", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.blast_radius.warn
}

deny contains {"policy": "common/change_calendar", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.change_calendar.deny
}

deny contains {"policy": "common/config", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.config.deny
}

deny contains {"policy": "common/deletions", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.deletions.deny
}

deny contains {"policy": "common/disruption_budgets", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.disruption_budgets.deny
}

warn contains {"policy": "common/disruption_budgets", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.disruption_budgets.warn
}

deny contains {"policy": "common/eviction_guards", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.eviction_guards.deny
}

warn contains {"policy": "common/exceptions", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.exceptions.warn
}

deny contains {"policy": "common/execution_history", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.execution_history.deny
}

deny contains {"policy": "common/facts", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.facts.deny
}

warn contains {"policy": "common/facts", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.facts.warn
}

deny contains {"policy": "common/foreign_locks", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.foreign_locks.deny
}

deny contains {"policy": "common/gitops_ownership", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.gitops_ownership.deny
}

warn contains {"policy": "common/gitops_ownership", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.gitops_ownership.warn
}

deny contains {"policy": "common/hpa_conflict", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.hpa_conflict.deny
}

deny contains {"policy": "common/image_registry", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.image_registry.deny
}

deny contains {"policy": "common/job_templates", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.job_templates.deny
}

deny contains {"policy": "common/local_storage", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.local_storage.deny
}

warn contains {"policy": "common/local_storage", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.local_storage.warn
}

deny contains {"policy": "common/multi_cluster", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.multi_cluster.deny
}

deny contains {"policy": "common/namespace_protection", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.namespace_protection.deny
}

deny contains {"policy": "common/protected_objects", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.protected_objects.deny
}

deny contains {"policy": "common/quarantine", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.quarantine.deny
}

warn contains {"policy": "common/quarantine", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.quarantine.warn
}

deny contains {"policy": "common/quorum", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.quorum.deny
}

deny contains {"policy": "common/rate_limits", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.rate_limits.deny
}

deny contains {"policy": "common/replacements", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.replacements.deny
}

warn contains {"policy": "common/replacements", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.replacements.warn
}

deny contains {"policy": "common/resource_limits", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.resource_limits.deny
}

deny contains {"policy": "common/rollout_state", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.rollout_state.deny
}

warn contains {"policy": "common/rollout_state", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.rollout_state.warn
}

deny contains {"policy": "common/single_replica", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.single_replica.deny
}

warn contains {"policy": "common/single_replica", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.single_replica.warn
}

deny contains {"policy": "common/volume_expansion", "group": "common", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.common.volume_expansion.deny
}

deny contains {"policy": "production/business_hours", "group": "production", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.production.business_hours.deny
}

deny contains {"policy": "production/change_approval", "group": "production", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.production.change_approval.deny
}

deny contains {"policy": "production/critical_minimum", "group": "production", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.production.critical_minimum.deny
}

deny contains {"policy": "production/destructive_actions", "group": "production", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.production.destructive_actions.deny
}

deny contains {"policy": "production/replica_ceiling", "group": "production", "result": result} if {
	some result, _ in data.kubernetesexecution.safety.production.replica_ceiling.deny
}
