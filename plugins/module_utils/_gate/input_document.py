# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input document: facts, plan and request in the form that policies read (``policies/schemas/input.json``).

Pure: the same arguments give the same document. Every key of the schema is present on every path (invariant I9), because
a rule that reads a missing key is silently undefined, and an undefined deny rule allows.

The names of the ancestor's input stay (``labels``, ``target_resource``, ``service_account``, ``cluster_state``, ...), so
that policies written for it run unmodified.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Facts
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.images import parse_image
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Permission, Plan, Request
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Standing, Window

VERSION = "1"
ENVIRONMENTS = ("production", "staging", "development")
ENVIRONMENT_LABEL = "environment"


def build(request: Request, plan: Plan, facts: Facts, standing: Standing, config: Mapping[str, Any]) -> dict[str, Any]:
    """Build the document that the library judges.

    Args:
        standing: What earlier executions and approvals mean for the request.
        config: ``data.config`` of the library: it names the cluster and its environment and binds roles to identities.
    """
    cluster = config.get("cluster")
    cluster = cluster if isinstance(cluster, Mapping) else {}
    environment = _environment(facts, plan.target.namespace, cluster)
    return {
        "version": VERSION,
        "action": request.action,
        "namespace": plan.target.namespace,
        "parameters": dict(plan.parameters),
        "labels": {**facts.namespace_info.labels, ENVIRONMENT_LABEL: environment},
        "target_resource": str(plan.target),
        "service_account": facts.subject.username,
        "dry_run": request.check_mode,
        "cluster_info": {**_section(facts.cluster_info), "name": str(cluster.get("name", ""))},
        # Of a hub cluster; without one nothing is known of others, and the rules about them do not apply.
        "cluster_state": {"concurrent_actions": 0, "other_clusters_draining": 0},
        "concurrent_cluster": "",
        "rate_limit_state": _tightest(standing.history.windows),
        "concurrent_actions": {str(plan.target): {"count": standing.running}} if standing.running else {},
        "approvals": _section(standing.approvals),
        "history": _section(standing.history),
        "rbac_permissions": [dict(permission) for permission in facts.rbac_permissions],
        "required_permissions": [_permission(permission) for permission in plan.impact.permissions],
        "request": _request(request),
        "subject": {**_section(facts.subject), **_bindings(facts, config)},
        "target": _section(facts.target),
        "namespace_info": {**_section(facts.namespace_info), "environment": environment},
        "ownership": _section(facts.ownership),
        "disruption": _section(facts.disruption),
        "capacity": _section(facts.capacity),
        "nodes": _section(facts.nodes),
        "dry_run_result": _section(facts.dry_run_result),
        "images": [_image(name, image, facts.target.images) for name, image in plan.impact.images.items()],
        "unavailable": [*(_section(fact) for fact in facts.unavailable), *_unreadable(standing)],
    }


def _tightest(windows: Sequence[Window]) -> dict[str, int]:
    """The window with the least room, in the ancestor's words."""
    if not windows:
        return {"count": 0, "max_count": 0, "window_seconds": 0}
    tightest = min(windows, key=lambda window: window.max_count - window.count)
    return {
        "count": tightest.count,
        "max_count": tightest.max_count,
        "window_seconds": tightest.window_seconds,
    }


def _unreadable(standing: Standing) -> list[dict[str, str]]:
    return [{"fact": "history", "reason": standing.unreadable}] if standing.unreadable else []


def _section(value: Any) -> Any:
    """A frozen dataclass as plain JSON. Faster than ``dataclasses.asdict``, which deep-copies every leaf."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _section(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _section(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_section(item) for item in value]
    return value


def _environment(facts: Facts, namespace: str, cluster: Mapping[str, Any]) -> str:
    """The environment of the target, as trusted objects state it.

    A namespace says it by its label, the cluster by the library's config. A missing or unknown value is the strictest
    one: a misspelt label must not take a namespace out of production.
    """
    default = cluster.get("default_environment")
    strictest = default if default in ENVIRONMENTS else "production"
    stated = facts.namespace_info.labels.get(ENVIRONMENT_LABEL) if namespace else cluster.get("environment")
    return str(stated) if stated in ENVIRONMENTS else str(strictest)


def _request(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "time": request.time,
        "mode": "check" if request.check_mode else "apply",
        "reason": request.reason,
        "ticket": request.ticket,
        "claims": dict(request.claims),
        "undoes": request.undoes,
        "execution": request.execution,
    }


def _permission(permission: Permission) -> dict[str, str]:
    resource = f"{permission.resource}/{permission.subresource}" if permission.subresource else permission.resource
    return {
        "verb": permission.verb,
        "group": permission.group,
        "resource": resource,
        "namespace": permission.namespace,
    }


def _bindings(facts: Facts, config: Mapping[str, Any]) -> dict[str, Any]:
    """Roles, tenant, capabilities and run mode that the library binds to this identity.

    ``data.config.bindings`` is a list of ``{users, groups, roles, tenant, capabilities, run_mode}``; every entry that
    names the user or one of its groups counts, and a later tenant or run mode wins.
    """
    roles: set[str] = set()
    capabilities: set[str] = set()
    tenant, run_mode = "", ""
    bindings = config.get("bindings")
    for binding in bindings if isinstance(bindings, list) else ():
        names = set(binding.get("groups") or ()) & set(facts.subject.groups)
        if facts.subject.username in (binding.get("users") or ()) or names:
            roles |= set(binding.get("roles") or ())
            capabilities |= set(binding.get("capabilities") or ())
            tenant = str(binding.get("tenant") or tenant)
            run_mode = str(binding.get("run_mode") or run_mode)
    return {"roles": sorted(roles), "capabilities": sorted(capabilities), "tenant": tenant, "run_mode": run_mode}


def _image(container: str, image: str, current: Mapping[str, str]) -> dict[str, str]:
    reference = parse_image(image)
    return {
        "container": container,
        "image": image,
        "registry": reference.registry,
        "repository": reference.repository,
        "tag": reference.tag,
        "digest": reference.digest,
        "current": current.get(container, ""),
    }
