# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Where the generated documents start from: situations of all actions, and configs that make every rule matter.

Expressions over ``lib/fixtures``, so that they follow the form of the input document.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

from tests.policy.engines import library, opa_values

# One expression over the fixtures for each; lines that are indented go on with the one before.
_DOCUMENTS = r"""
fixtures.scale(5, {})
fixtures.scale(50, {"target": {"name": "api-server"}})
fixtures.scale(1, {"target": {"name": "api-server"}, "parameters": {"current_replicas": 10}})
fixtures.scale(0, {"target": {"name": "api-server"}})
fixtures.scale("many", fixtures.in_development({}))
fixtures.scale(5, {"capacity": {"cluster_pods": 4, "shortages": [{"owner": "Deployment/web", "namespace": "shop",
    "count": 2, "why": "cpu"}], "quotas": [{"name": "compute", "resource": "requests.cpu", "hard": 4, "used":
    3.5, "after": 4.5}]}})
fixtures.scale(5, {"ownership": {"autoscaler": {"name": "web", "min_replicas": 2, "max_replicas": 8, "managed_by":
    ""}}})
fixtures.scale(5, {"ownership": {"gitops": "argocd", "gitops_name": "shop", "helm_release": "shop/web", "controller":
    "Shop/web", "field_managers": {"spec.replicas": ["argocd"]}}})
fixtures.scale(5, {"history": {"windows": [fixtures.window({}), fixtures.window({"scope": "global"}),
    fixtures.window({"scope": "action", "actions": ["ScaleDeployment"]})]}})
fixtures.scale(5, {"rate_limit_state": {"count": 5, "max_count": 5, "window_seconds": 60}, "concurrent_actions":
    {"Deployment/shop/web": {"count": 1}}})
fixtures.scale(5, {"unavailable": [{"fact": "history", "reason": "forbidden"}, {"fact": "capacity", "reason":
    "timeout"}]})
fixtures.scale(5, {"namespace": "kube-system", "namespace_info": {"deletion_timestamp": "2026-11-18T12:00:00Z"}})
fixtures.scale(5, {"target": {"deletion_timestamp": "2026-11-18T12:00:00Z"}, "rbac_permissions": []})
fixtures.scale(5, {"required_permissions": [], "dry_run": true, "labels": {"tier": "gold"}})
fixtures.scale_stateful_set(2, {})
fixtures.scale_stateful_set(0, {"parameters": {"deletes_volumes": true}})
fixtures.restart({})
fixtures.restart({"target": {"paused": true, "rollout_in_progress": true}, "history": {"last_success_seconds": 59}})
fixtures.restart({"history": {"consecutive_failures": 3, "last_failure_seconds": 20}})
fixtures.restart({"dry_run_result": {"status": "failed", "code": 403, "message": "quota \"compute\" says:\n\tno",
    "failures": 1}})
fixtures.restart({"dry_run_result": {"status": "skipped"}, "request": {"undoes": "kexec-1"}})
fixtures.restart({"target": {"namespace": "shop", "name": "payment-service", "kind": "DaemonSet"}})
fixtures.update_image({}, {"approvals": [fixtures.approval({}), fixtures.override({})]})
fixtures.update_image({"image": "docker.io/evil/web:latest", "registry": "docker.io", "repository": "evil/web", "tag":
    "latest", "digest": ""}, {"target": {"paused": true, "rollout_in_progress": true}})
fixtures.update_image({"image": "registry.example.com/web", "digest": ""}, {"images": []})
fixtures.rollback({"registry": "quay.io", "repository": "team/web", "tag": "1.4", "digest": ""}, {})
fixtures.update_resources({})
fixtures.update_config_map({"approvals": [fixtures.approval({"approver": "bob"})]})
fixtures.update_secret({"parameters": {"restarts": ["Deployment/web", "StatefulSet/database"]}})
fixtures.deletion({"parameters": {"used_by": ["Ingress shop/web"]}})
fixtures.deletion({"action": "DeleteDeployment", "target": {"kind": "Deployment"}})
fixtures.deletion({"action": "DeleteStatefulSet", "target": {"kind": "StatefulSet"}, "parameters": {"deletes_volumes":
    true}})
fixtures.update_hpa({})
fixtures.update_hpa({"parameters": {"scales_name": "api-server", "min_replicas": 1, "max_replicas": 40}})
fixtures.expand_pvc({})
fixtures.expand_pvc({"parameters": {"expandable": false, "storage_class": ""}})
fixtures.quarantine({})
fixtures.quarantine({"parameters": {"controller_kind": "StatefulSet", "still_allowed_by": ["allow-dns"]}})
fixtures.run_job({"spec": {"image": "backup"}, "namespaces": ["shop"]}, {})
fixtures.run_job({"spec": {}}, {"namespace": "kube-public"})
fixtures.delete_pod({})
fixtures.delete_pod({"disruption": {"pods": [fixtures.group({"controller": null, "names": ["alone"]}),
    fixtures.group({"replicas": 1})]}})
fixtures.cordon({})
fixtures.cordon({"nodes": {"cordoned": ["node-2", "node-3"], "cordoned_count": 2, "pool_available": 1, "locks":
    [{"tool": "kured", "node": "node-1", "holder": "kured"}]}, "cluster_info": {"available_nodes": 1}})
fixtures.uncordon({})
fixtures.taint({})
fixtures.taint({"parameters": {"state": "absent", "effect": "NoSchedule"}})
fixtures.taint({"disruption": {"budgets": [fixtures.budget({"pods": 3, "rounds": 3})]}, "approvals":
    [fixtures.approval({})]})
fixtures.drain({})
fixtures.drain({"target": {"roles": ["control-plane"]}, "nodes": {"control_plane_ready": 2}, "cluster_info":
    {"total_nodes": 2}})
fixtures.drain({"history": {"draining": {"count": 2, "nodes": ["node-2"]}}, "cluster_state": {"concurrent_actions": 1,
    "other_clusters_draining": 1}})
fixtures.drain({"disruption": {"budgets": [fixtures.budget({"disruptions_allowed": 0, "rounds": 0}),
    fixtures.budget({"name": "stale", "stale": true}), fixtures.budget({"name": "slow", "pods": 9, "rounds":
    3}), fixtures.budget({"name": "slower", "pods": 99, "rounds": 60}), fixtures.budget({"name": "endless",
    "pods": 2, "rounds": 0})], "shared": [{"namespace": "shop", "name": "web-1", "budgets": ["web",
    "all"]}]}})
fixtures.drain({"disruption": {"total": 8, "pods": [fixtures.group({"storage": ["emptyDir", "hostPath"]}),
    fixtures.group({"guards": ["karpenter.sh/do-not-disrupt=true"], "count": 7}), fixtures.group({"count": 4,
    "ready": 4}), fixtures.group({"controller": {"kind": "StatefulSet", "name": "db"}, "replicas": 3, "count":
    2, "ready": 2})]}})
fixtures.drain({"unavailable": [{"fact": "capacity.quotas", "reason": "forbidden"}], "capacity": {"shortages":
    [{"owner": "Deployment/web", "namespace": "shop", "count": 1, "why": "memory"}]}})
fixtures.drain_of({"count": 5, "ready": 5}, fixtures.in_development({"approvals": [fixtures.override({"reason": "a
    \"real\" fire.\n"})]}))
fixtures.delete_pod(fixtures.in_development({"disruption": {"pods": [fixtures.group({"replicas": 1})]}}))
fixtures.restart(fixtures.in_development({"target": {"kind": "StatefulSet", "name": "database"}}))
fixtures.drain({"dry_run_result": {"status": "failed", "code": 429, "message": "the \"db\" budget", "failures": 2}})
fixtures.document({"action": "FormatDisk"})
fixtures.restart({"history": {"windows": null}})
object.remove(fixtures.scale(5, {}), ["labels", "cluster_state"])
"""
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
_OVERRIDES = ["change-approval.required", "rate-limits.exceeded", "business-hours.destructive-action"]
_CONFIGS = {
    "strict": {
        "allow_windows": [
            {
                "days": _DAYS,
                "from": "22:00",
                "to": "06:00",
                "time_zone": "Asia/Kolkata",
                "environments": ["production"],
            },
            {
                "days": ["Wednesday"],
                "from": "12:00",
                "to": "12:31",
                "dates": {"from": "2026-11-01", "to": "2026-11-30"},
                "actions": ["RolloutRestart", "DrainNode"],
            },
        ],
        "approvals": {"required_for": ["UpdateImage", "UpdateSecret"], "quorum": {"default": 1, "UpdateSecret": 2}},
        "business_hours": {
            "enabled": True,
            "days": _DAYS,
            "from": "09:00",
            "to": "17:00",
            "time_zone": "Europe/Berlin",
        },
        "critical_deployments": ["api-server", "shop/web"],
        "destructive_actions": {"DrainNode": "allowed", "TaintNode": "approval", "DeletePod": "denied"},
        "enforcement": {
            "quorum.scale-down": "warn",
            "replica-ceiling.exceeded": "dryrun",
            "gitops-ownership.helm": "deny",
        },
        "exceptions": [
            {
                "name": "one-drain",
                "owner": "team-nodes",
                "reason": 'the "new" nodes\n\tcome on Monday.',
                "rules": ["blast-radius.nodes", "resource-limits.small-cluster", "action-dependencies.dry-run-failed"],
                "actions": ["DrainNode", "CordonNode"],
                "expires": "2026-11-18",
                "time_zone": "America/New_York",
            },
            {
                "name": "over",
                "owner": "team-shop",
                "reason": "größer \\ schöner",
                "rules": ["replica-ceiling.exceeded"],
                "namespaces": ["shop"],
                "expires": "2026-11-17",
            },
        ],
        "freezes": [
            {"from": "2026-11-18", "to": "2026-11-20", "reason": "the sale", "allowed_actions": ["UncordonNode"]}
        ],
        "jobs": {"db-backup": {"spec": {"image": "backup"}, "namespaces": ["shop"]}},
        "namespace_exceptions": [{"namespace": "kube-system", "action": "ScaleDeployment", "name": "web"}],
        "overrides": {"codes": _OVERRIDES},
        "protected_objects": [
            {"kind": "Deployment", "name": "web", "namespace": "shop", "reason": "everything depends on it"},
            {"kind": "StatefulSet", "name": "database", "namespace": "shop"},
            {"kind": "Node", "name": "node-1"},
        ],
        "replica_ceilings": {"shop/web": 40, "shop/api-server": 2.5},
    },
    "unusable": {
        "allow_windows": [{"days": ["Wednesday"], "from": "8:00", "to": "9:00"}],
        "approvals": {"quorum": {"default": 0}},
        "business_hours": {"enabled": True, "days": _DAYS, "form": "09:00", "to": "17:00"},
        "destructive_actions": {"DrainNode": "yes"},
        "exceptions": [{"name": "no-end", "owner": "a", "reason": "b", "rules": ["c"], "actions": ["DrainNode"]}],
        "freezes": [{"from": "2026-11-18"}],
        "limits": {"nodes_percent": "a quarter", "replica_ceiling": None, "draining_nodes": 1.5},
        "rate_limits": [{"scope": "target", "max": 0, "window_seconds": 60}],
    },
}
_LEFT_OUT = {"unusable": ("images", "protected_objects", "jobs")}


@functools.cache
def documents() -> dict[str, dict[str, Any]]:
    """Plausible input documents by the expression that makes them."""
    expressions = re.sub(r"\n +", " ", _DOCUMENTS.strip("\n")).split("\n")
    return dict(zip(expressions, opa_values(expressions), strict=True))


@functools.cache
def configs() -> dict[str, Mapping[str, Any]]:
    """``data.config``: as it is shipped, one in which everything is set, and one that is wrong in many places."""
    expressions = [f"fixtures.config({json.dumps(changes)})" for changes in _CONFIGS.values()]
    made = dict(zip(_CONFIGS, opa_values(expressions), strict=True))
    for name, keys in _LEFT_OUT.items():
        made[name] = {key: value for key, value in made[name].items() if key not in keys}
    return {"shipped": library().data["config"], **made}
