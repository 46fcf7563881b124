# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: What is asked
# description: >-
#   Short names for the parts of the input document that most rules start from. The engine keeps the value of a rule for
#   one evaluation and looks keys of the document up one after the other, so a rule that begins with one of these costs
#   next to nothing when the action is another one (measured with regopy 1.5.2: 1 to 2 us against 10 to 40 us).
# schemas:
#   - input: schema.input
package kubernetesexecution.lib.request

import rego.v1

action := input.action

namespace := input.namespace

namespace_info := input.namespace_info

parameters := input.parameters

# Numbers or undefined: nothing is computed with anything else, and safety.common.facts denies it.
replicas := parameters.replicas if is_number(parameters.replicas)

current_replicas := parameters.current_replicas if is_number(parameters.current_replicas)

target := input.target

default entry := {}

# By its key, and not with object.get: the engine would build the whole catalogue first.
entry := data.config.catalogue[action]

# Takes back what the same action does, and ends nothing. A pod that is released goes back into service, which is no less
# grave than to take it out.
default gives_back := false

gives_back if {
	action == "TaintNode"
	parameters.state == "absent"
}

default destructive := false

destructive if {
	entry.destructive == true
	not gives_back
}

default risky := false

risky if entry.risky == true

default manifest := false

manifest if entry.manifest == true

# Without a stated environment the strictest one counts.
default environment := "production"

environment := namespace_info.environment

default production := false

production if environment == "production"

default scales := false

scales if action == "ScaleDeployment"

scales if action == "ScaleStatefulSet"

default updates_image := false

updates_image if action == "UpdateImage"

# Whatever brings images that did not run before.
default brings_images := false

brings_images if updates_image

brings_images if action == "RollbackDeployment"

default restarts := false

restarts if action == "RolloutRestart"

default drains := false

drains if action == "DrainNode"

default takes_node_out := false

takes_node_out if action == "CordonNode"

takes_node_out if action == "DrainNode"

takes_node_out if {
	action == "TaintNode"
	parameters.closes_node == true
}

default changes_node := false

changes_node if target.kind == "Node"

default removes_pods := false

removes_pods if action == "DeletePod"

removes_pods if action == "DrainNode"

removes_pods if taints_away

# The pod stays, and serves nobody any more.
removes_pods if isolates

default isolates := false

isolates if action == "QuarantinePod"

default sets_bounds := false

sets_bounds if action == "UpdateHPA"

# Pods are deleted, and no disruption budget is asked.
default taints_away := false

taints_away if {
	action == "TaintNode"
	parameters.effect == "NoExecute"
	parameters.state == "present"
}

# Takes back what another execution did. Waiting would only prolong what is wrong.
default undoes := false

undoes if {
	not input.request.undoes == ""
	is_string(input.request.undoes)
}

# Target as people write it: "Deployment shop/web", "Node node-1".
default label := "The target"

label := sprintf("%v %v/%v", [target.kind, target.namespace, target.name]) if not target.namespace == ""

label := sprintf("%v %v", [target.kind, target.name]) if target.namespace == ""
