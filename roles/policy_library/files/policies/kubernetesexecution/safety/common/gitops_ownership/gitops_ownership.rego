# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Owners of the manifest
# description: >-
#   Warnings by default: what is urgent now may be undone later. Set the codes to deny in data.config.enforcement where
#   git is the only way.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.gitops_ownership

import rego.v1

import data.kubernetesexecution.lib.request

# METADATA
# title: Managed by GitOps
# description: >-
#   The controller compares the object with git and may put it back at once.
# custom:
#   code: gitops-ownership.gitops
#   remedy: >-
#     Make the change in git, too.
#   facts: [ownership]
warn contains {
	"code": "gitops-ownership.gitops",
	"message": sprintf("%v belongs to the %v application %v, which may undo this change.", [request.label, owner.gitops, owner.gitops_name]),
	"details": {"tool": owner.gitops, "application": owner.gitops_name},
} if {
	owned
	not owner.gitops == ""
}

# METADATA
# title: Managed by Helm
# description: >-
#   The next upgrade of the release writes the values of the chart.
# custom:
#   code: gitops-ownership.helm
#   remedy: >-
#     Change the values of the release, too.
#   facts: [ownership]
warn contains {
	"code": "gitops-ownership.helm",
	"message": sprintf("%v belongs to the Helm release %v, whose next upgrade may undo this change.", [request.label, owner.helm_release]),
	"details": {"release": owner.helm_release},
} if {
	owned
	not owner.helm_release == ""
}

# METADATA
# title: Managed by an operator
# description: >-
#   Its controller sets the object to what its own resource says.
# custom:
#   code: gitops-ownership.operator
#   remedy: >-
#     Change the controlling resource instead.
#   facts: [ownership]
warn contains {
	"code": "gitops-ownership.operator",
	"message": sprintf("%v belongs to %v, which may undo this change.", [request.label, owner.controller]),
	"details": {"controller": owner.controller},
} if {
	owned
	not owner.controller == ""
}

owner := input.ownership

default owned := false

owned if {
	request.manifest
	not free
}

free if {
	owner.gitops == ""
	owner.helm_release == ""
	owner.controller == ""
}
