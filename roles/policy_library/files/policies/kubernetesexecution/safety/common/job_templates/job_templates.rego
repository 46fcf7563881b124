# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Vetted Jobs
# description: >-
#   data.config.jobs holds the templates that may be run: spec, env (variable: pattern), and namespaces where it is not for all
#   of them.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.job_templates

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Job that the library does not vet
# description: >-
#   What would run is compared as a whole with the template in the data that judges. It differs when a library was published
#   in between.
# custom:
#   code: job-templates.not-vetted
#   remedy: >-
#     Run the task again; or have a policy admin add the template to data.config.jobs.
#   facts: [parameters]
deny contains {
	"code": "job-templates.not-vetted",
	"message": sprintf("%v: what would run is not the template %v of this library.", [request.label, request.parameters.template]),
	"details": {"template": request.parameters.template},
} if {
	request.action == "RunJob"
	not vetted
}

# METADATA
# title: Job that is not for this namespace
# description: >-
#   The template says in which namespaces it may run.
# custom:
#   code: job-templates.other-namespace
#   remedy: >-
#     Run it where it is meant to, or have a policy admin add the namespace to the template in data.config.jobs.
#   facts: [parameters]
deny contains {
	"code": "job-templates.other-namespace",
	"message": sprintf("%v: the template is not for the namespace %v.", [request.label, request.namespace]),
	"details": {"template": request.parameters.template, "namespaces": template.namespaces},
} if {
	request.action == "RunJob"
	"namespaces" in object.keys(template)
	not meant
}

default template := {}

template := data.config.jobs[request.parameters.template]

default vetted := false

vetted if {
	not template == {}
	template == request.parameters.definition
}

default meant := false

meant if request.namespace in template.namespaces
