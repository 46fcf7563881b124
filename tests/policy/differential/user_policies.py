# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Policies as teams write them, in the language before OPA 1.0 and in today's: they take part beside the library's own."""

from __future__ import annotations

import dataclasses
import functools

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from tests.policy.engines import library

_FOLDER = "kubernetesexecution/safety"
_POLICIES = {
    "common/own_limits": """
import future.keywords.if
import future.keywords.in

deny[msg] {
    input.action == "ScaleDeployment"
    replicas := input.parameters.replicas
    is_number(replicas)
    replicas > 10
    msg := sprintf("%v replicas are more than 10", [replicas])
}

deny[msg] {
    quota := input.capacity.quotas[_]
    quota.after * 100 > quota.hard * 90
    msg := sprintf("quota %v would be used up to %v of %v", [quota.name, quota.after, quota.hard])
}
""",
    "common/own_namespaces": """
import future.keywords.in

deny[msg] {
    input.namespace in {"kube-system", "kube-public"}
    not input.action in ["UncordonNode"]
    msg := sprintf("namespace %v is closed for %v", [input.namespace, input.service_account])
}

deny[msg] {
    contains(input.target_resource, "payment")
    msg := sprintf("%v belongs to payments", [input.target_resource])
}
""",
    "common/own_labels": """
import rego.v1

warn contains {"code": "own-labels.missing", "message": sprintf("label %v is missing", [label])} if {
    some label in ["team", "tier"]
    not label in object.keys(input.target.labels)
}

warn contains {"code": "own-labels.odd", "message": sprintf("%v=%v", [key, value]), "details": {key: value}} if {
    some key, value in input.target.labels
    key != lower(key)
}
""",
    "common/own_permissions": """
import future.keywords.if
import future.keywords.in

deny[msg] {
    not has_permission
    msg := sprintf("%v may not patch", [input.service_account])
}

has_permission if {
    some permission in input.rbac_permissions
    permission.verb in ["patch", "*"]
}
""",
    "common/own_rates": """
import rego.v1

deny contains {"code": "own-rates.sum", "message": sprintf("%v executions", [total])} if {
    total := sum([window.count | some window in input.history.windows])
    total > 15
}

deny contains {"code": "own-rates.busy", "message": sprintf("%v runs", [name])} if {
    some name, state in input.concurrent_actions
    state.count >= 1
}
""",
    "production/own_hours": """
import rego.v1

deny contains msg if {
    [hour, _, _] := time.clock(time.parse_rfc3339_ns(replace(input.request.time, "Z", "+00:00")))
    hour >= 12
    startswith(input.action, "Delete")
    msg := sprintf("no deletions at %v h", [hour])
}
""",
    "common/own_drains": """
import rego.v1

deny contains {"code": "own-drains.pods", "message": sprintf("%v pods: %v", [count(names), names])} if {
    input.action == "DrainNode"
    names := sort([name | some group in input.disruption.pods; some name in group.names])
    count(names) > 2
}

deny contains "no drain for a control plane" if {
    input.action == "DrainNode"
    some role in input.target.roles
    endswith(role, "plane")
}

warn contains {"code": "own-drains.share", "message": sprintf("%v %% of the nodes", [round(share)])} if {
    input.nodes.total > 0
    share := (100 * input.nodes.cordoned_count) / input.nodes.total
    share >= 10
}
""",
    "common/own_images": """
import rego.v1

deny contains {"code": "own-images.registry", "message": sprintf("%v of %v", [image.image, image.container])} if {
    some image in input.images
    not regex.match(`^registry\\.example\\.com/`, image.image)
}

parts := {image.container: split(image.image, "/") | some image in input.images}

warn contains {"code": "own-images.deep", "message": container, "details": {"parts": path}} if {
    some container, path in parts
    count(path) > 2
}
""",
}


@functools.cache
def with_user_policies() -> Library:
    own = {}
    for folder, text in _POLICIES.items():
        package = folder.replace("/", ".")
        path = f"{_FOLDER}/{folder}/{folder.split('/')[-1]}.rego"
        own[path] = f"package kubernetesexecution.safety.{package}\n{text}"
    return dataclasses.replace(library(), modules={**library().modules, **own})
