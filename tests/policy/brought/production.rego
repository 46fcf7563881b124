# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.production

import future.keywords.if
import future.keywords.in

# Nothing in production is removed or emptied by automation.
deny[msg] {
    live
    removes_something
    msg := sprintf("%s is not for production", [input.action])
}

live if {
    input.labels["environment"] == "production"
}

removes_something if {
    input.action in [
        "CordonNode",
        "DeleteDeployment",
        "DeletePod",
        "DeleteService",
        "DeleteStatefulSet",
        "DrainNode",
    ]
}

# A ceiling for replicas.
deny[msg] {
    live
    input.action == "ScaleDeployment"
    input.parameters.replicas > 20
    msg := sprintf("%d replicas are more than the 20 that production may have", [input.parameters.replicas])
}

# A floor for what everything else depends on.
deny[msg] {
    live
    input.action == "ScaleDeployment"
    needed_by_all
    input.parameters.replicas < 3
    msg := sprintf("%s keeps at least 3 replicas in production", [input.parameters.deployment_name])
}

needed_by_all if {
    names := ["login", "payments", "web"]
    input.parameters.deployment_name in names
}

# Somebody has to agree to another image.
deny[msg] {
    live
    input.action == "UpdateImage"
    not image_agreed
    msg := "another image in production needs the label 'example.com/image-agreed'"
}

image_agreed if {
    input.labels["example.com/image-agreed"] == "true"
}

# The same for settings and secrets.
deny[msg] {
    live
    input.action in ["UpdateConfigMap", "UpdateSecret"]
    not settings_agreed
    msg := "other settings in production need the label 'example.com/settings-agreed'"
}

settings_agreed if {
    input.labels["example.com/settings-agreed"] == "true"
}

allow if {
    live
    input.action == "RolloutRestart"
}

allow if {
    live
    input.action == "ScaleDeployment"
    not needed_by_all
    input.parameters.replicas >= 1
    input.parameters.replicas <= 20
}
