# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.job_templates_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.job_templates

backup := {"env": {"TABLE": "[a-z]+"}, "spec": {"template": {"spec": {"containers": [{"name": "backup"}]}}}}

here := object.union(backup, {"namespaces": ["bank", "shop"]})

elsewhere := object.union(backup, {"namespaces": ["bank"]})

test_not_vetted_fires if {
	job_templates.deny == {
		{
			"code": "job-templates.not-vetted",
			"details": {"template": "db-backup"},
			"message": "Job shop/db-backup: what would run is not the template db-backup of this library.",
		},
	} with input as fixtures.run_job(backup, {})
		with data.config as fixtures.config({"jobs": {"db-backup": object.union(backup, {"env": {"TABLE": "orders"}})}})
}

test_not_vetted_fires_for_a_template_that_is_not_there if {
	{finding.code | some finding in job_templates.deny} == {"job-templates.not-vetted"} with input as fixtures.run_job({}, {})
		with data.config as fixtures.config({})
}

test_not_vetted_silent if {
	job_templates.deny == set() with input as fixtures.run_job(backup, {})
		with data.config as fixtures.config({"jobs": {"db-backup": backup}})
}

test_not_vetted_boundary if {
	job_templates.deny == set() with input as fixtures.restart({})
		with data.config as fixtures.config({})
}

test_other_namespace_fires if {
	job_templates.deny == {
		{
			"code": "job-templates.other-namespace",
			"details": {"template": "db-backup", "namespaces": ["bank"]},
			"message": "Job shop/db-backup: the template is not for the namespace shop.",
		},
	} with input as fixtures.run_job(elsewhere, {})
		with data.config as fixtures.config({"jobs": {"db-backup": elsewhere}})
}

test_other_namespace_silent if {
	job_templates.deny == set() with input as fixtures.run_job(here, {})
		with data.config as fixtures.config({"jobs": {"db-backup": here}})
}

test_other_namespace_boundary if {
	job_templates.deny == set() with input as fixtures.run_job(backup, {})
		with data.config as fixtures.config({"jobs": {"db-backup": backup}})
}

test_silent_for_other_actions if {
	job_templates.deny == set() with input as fixtures.restart({"parameters": {"template": "db-backup", "definition": {}}})
		with data.config as fixtures.config({"jobs": {"db-backup": {"namespaces": ["bank"], "spec": {}}}})
}
