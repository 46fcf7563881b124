# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the rights that matter for an action the identity really has.

One ``SelfSubjectRulesReview`` a namespace; where the API server says that its list is incomplete (an authorizer that
cannot list its rules), each right it does not show is asked for by itself (``SelfSubjectAccessReview``).

Besides what the action needs, ``update`` and ``delete`` on the target are looked up: policies written for the ancestor
ask for them.

Source: Kubernetes ``pkg/apis/rbac/v1/evaluation_helpers.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Permission

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

_API_VERSION = "authorization.k8s.io/v1"

# The review needs a namespace, also for rights that hold in all of them. No namespace can have this name (a colon), so
# no Role in it can pass for a right in the whole cluster.
WHOLE_CLUSTER = "guardrail:whole-cluster"

_TARGETS = {
    "Deployment": ("apps", "deployments"),
    "StatefulSet": ("apps", "statefulsets"),
    "DaemonSet": ("apps", "daemonsets"),
    "ReplicaSet": ("apps", "replicasets"),
    "Pod": ("", "pods"),
    "Node": ("", "nodes"),
    "Service": ("", "services"),
    "ConfigMap": ("", "configmaps"),
    "Secret": ("", "secrets"),
    "PersistentVolumeClaim": ("", "persistentvolumeclaims"),
    "HorizontalPodAutoscaler": ("autoscaling", "horizontalpodautoscalers"),
    "Job": ("batch", "jobs"),
}


def granted_permissions(api: Api, needed: Sequence[Permission], target: ObjectRef) -> tuple[Mapping[str, str], ...]:
    """Return the granted ones of the needed rights, and of ``update`` and ``delete`` on the target.

    Returns:
        Sorted ``{verb, group, resource, namespace}``; ``resource`` is ``pods/eviction`` for a subresource. Where an
        action needs a right on several names, it is listed only when all of them are granted.

    Raises:
        ApiFailure: The API server refused a review.
        Unreachable: No answer.
    """
    asked = tuple(dict.fromkeys([*needed, *_on_target(target)]))
    missing = set(asked)
    namespaces = sorted({permission.namespace for permission in asked})
    if len(namespaces) > 1:
        # A right in the whole cluster is one in each namespace, and spares a review of each.
        missing -= _granted(api, "", missing)
    for namespace in namespaces:
        here = {permission for permission in missing if permission.namespace == namespace}
        if here and (namespace or len(namespaces) == 1):
            missing -= _granted(api, namespace, here)
    refused = {tuple(_shown(permission).items()) for permission in missing}
    shown = {tuple(_shown(permission).items()) for permission in asked} - refused
    return tuple(dict(entry) for entry in sorted(shown))


def rule_allows(rule: Mapping[str, Any], permission: Permission) -> bool:
    """Whether one ``ResourceRule`` of the review covers the right: wildcards, subresources, resource names."""
    names = rule.get("resourceNames") or ()
    return (
        _has(rule.get("verbs"), permission.verb)
        and _has(rule.get("apiGroups"), permission.group)
        and any(_covers(resource, permission) for resource in rule.get("resources") or ())
        and (not names or permission.name in names)
    )


def _on_target(target: ObjectRef) -> tuple[Permission, ...]:
    if target.kind not in _TARGETS:
        return ()
    group, resource = _TARGETS[target.kind]
    return tuple(
        Permission(verb, resource, group=group, namespace=target.namespace, name=target.name)
        for verb in ("delete", "update")
    )


def _granted(api: Api, namespace: str, asked: Iterable[Permission]) -> set[Permission]:
    body = {
        "apiVersion": _API_VERSION,
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace or WHOLE_CLUSTER},
    }
    status = api.create(f"/apis/{_API_VERSION}/selfsubjectrulesreviews", body)["status"]
    rules = status["resourceRules"] or ()
    granted = {permission for permission in asked if any(rule_allows(rule, permission) for rule in rules)}
    if status["incomplete"]:
        # Only those of this namespace: the others are asked for when their turn comes.
        left = [permission for permission in asked if permission not in granted and permission.namespace == namespace]
        granted.update(permission for permission in left if _access_allowed(api, permission))
    return granted


def _access_allowed(api: Api, permission: Permission) -> bool:
    attributes = {
        "verb": permission.verb,
        "group": permission.group,
        "resource": permission.resource,
        "subresource": permission.subresource,
        "namespace": permission.namespace,
        "name": permission.name,
    }
    body = {
        "apiVersion": _API_VERSION,
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }
    return api.create(f"/apis/{_API_VERSION}/selfsubjectaccessreviews", body)["status"]["allowed"] is True


def _has(values: Sequence[str] | None, wanted: str) -> bool:
    return "*" in (values or ()) or wanted in (values or ())


def _covers(resource: str, permission: Permission) -> bool:
    return resource in ("*", _combined(permission)) or (
        bool(permission.subresource) and resource == f"*/{permission.subresource}"
    )


def _combined(permission: Permission) -> str:
    return f"{permission.resource}/{permission.subresource}" if permission.subresource else permission.resource


def _shown(permission: Permission) -> dict[str, str]:
    return {
        "verb": permission.verb,
        "group": permission.group,
        "resource": _combined(permission),
        "namespace": permission.namespace,
    }
