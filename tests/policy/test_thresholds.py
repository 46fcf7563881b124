# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thresholds are data: changing one, and nothing else, changes the decision."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from tests.policy.engines import Case, codes, embedded_decisions, library

_CASES: dict[str, tuple[str, Any, str]] = {
    "limits.replica_ceiling": ("fixtures.scale(50, {})", 50, "replica-ceiling.exceeded"),
    "limits.critical_minimum": (
        'fixtures.scale(2, {"target": {"name": "api-server"}})',
        2,
        "critical-minimum.below-minimum",
    ),
    "limits.scale_down_percent": (
        'fixtures.scale(1, {"parameters": {"current_replicas": 10}})',
        90,
        "blast-radius.scale-down",
    ),
    "limits.replicas_percent": (
        'fixtures.drain_of({"replicas": 5, "count": 4, "ready": 4}, {})',
        80,
        "blast-radius.replicas",
    ),
    "limits.nodes_percent": ('fixtures.cordon({"nodes": {"cordoned_count": 2}})', 40, "blast-radius.nodes"),
    "limits.minimum_nodes_for_drain": (
        'fixtures.drain({"cluster_info": {"total_nodes": 2}})',
        2,
        "resource-limits.small-cluster",
    ),
    "limits.minimum_available_nodes": (
        'fixtures.cordon({"cluster_info": {"available_nodes": 1}})',
        0,
        "resource-limits.last-available-node",
    ),
    "limits.draining_nodes": (
        'fixtures.drain({"history": {"draining": {"count": 1, "nodes": ["node-2"]}}})',
        2,
        "execution-history.concurrent-drains",
    ),
    "limits.eviction_rounds": (
        'fixtures.drain_under({"rounds": 26, "pods": 26}, {})',
        26,
        "disruption-budgets.too-many-rounds",
    ),
    "limits.quorum_members": (
        'fixtures.drain_of({"controller": {"kind": "StatefulSet", "name": "db"}, "replicas": 7, "count": 4}, {})',
        6,
        "quorum.stateful-set",
    ),
    "limits.concurrent_cluster_actions": (
        'fixtures.cordon({"cluster_state": {"concurrent_actions": 1}})',
        1,
        "multi-cluster.concurrent-actions",
    ),
    "limits.other_clusters_draining": (
        'fixtures.drain({"cluster_state": {"other_clusters_draining": 1}})',
        1,
        "multi-cluster.other-cluster-draining",
    ),
    "replica_ceilings": ("fixtures.scale(50, {})", {"shop/web": 50}, "replica-ceiling.exceeded"),
    "critical_deployments": (
        'fixtures.scale(2, {"target": {"name": "api-server"}})',
        [],
        "critical-minimum.below-minimum",
    ),
    "destructive_actions": ("fixtures.delete_pod({})", {}, "destructive-actions.level-missing"),
    "approvals": (
        "fixtures.update_image({}, {})",
        {"required_for": [], "quorum": {"default": 1}, "max_valid_seconds": 60},
        "change-approval.required",
    ),
    "approvals.quorum": (
        'fixtures.update_image({}, {"approvals": [fixtures.approval({})]})',
        {"default": 1, "UpdateImage": 2},
        "change-approval.required",
    ),
    "approvals.max_valid_seconds": ("fixtures.scale(5, {})", 0, "config.setting-unusable"),
    "cool_down_seconds": (
        'fixtures.restart({"history": {"last_success_seconds": 12}})',
        {"RolloutRestart": 12},
        "execution-history.cool-down",
    ),
    "failure_block": (
        'fixtures.restart({"history": {"consecutive_failures": 3, "last_failure_seconds": 20}})',
        {"after": 4, "seconds": 3600},
        "execution-history.failure-block",
    ),
    "failure_block.seconds": (
        'fixtures.restart({"history": {"consecutive_failures": 3, "last_failure_seconds": 20}})',
        20,
        "execution-history.failure-block",
    ),
    "rate_limits": (
        "fixtures.scale(5, {})",
        [{"scope": "target", "max": 10, "window_seconds": 2592001}],
        "config.setting-unusable",
    ),
    "retention_days": ("fixtures.scale(5, {})", 0.01, "config.setting-unusable"),
    "business_hours.enabled": ("fixtures.drain({})", True, "business-hours.destructive-action"),
    "freezes": (
        "fixtures.scale(5, {})",
        [{"from": "2026-11-18", "to": "2026-11-18"}],
        "change-calendar.frozen",
    ),
    "allow_windows": (
        "fixtures.scale(5, {})",
        [{"days": ["Monday"], "from": "00:00", "to": "01:00"}],
        "change-calendar.outside-window",
    ),
    "exceptions": (
        "fixtures.restart({})",
        [
            {
                "name": "web",
                "owner": "team-shop",
                "reason": "licence",
                "rules": ["single-replica.last-replica"],
                "targets": ["Deployment/shop/web"],
                "expires": "2026-11-17",
            }
        ],
        "exceptions.expired",
    ),
    "protected_namespaces": ("fixtures.scale(5, {})", {"shop": "year-end"}, "namespace-protection.protected-namespace"),
    "namespace_exceptions": (
        'fixtures.scale(5, {"namespace": "kube-system"})',
        [{"namespace": "kube-system", "action": "ScaleDeployment", "name": "web"}],
        "namespace-protection.protected-namespace",
    ),
    "protected_objects": ("fixtures.cordon({})", [{"kind": "Node", "name": "node-1"}], "protected-objects.listed"),
    "ignored_eviction_guards": (
        'fixtures.drain_of({"guards": ["karpenter.sh/do-not-disrupt=true"]}, {})',
        ["karpenter.sh/do-not-disrupt"],
        "eviction-guards.guarded",
    ),
    "jobs": (
        'fixtures.run_job({"spec": {"backoffLimit": 0}}, {})',
        {"db-backup": {"spec": {"backoffLimit": 0}}},
        "job-templates.not-vetted",
    ),
    "ignored_lock_tools": (
        'fixtures.cordon({"nodes": {"locks": [{"tool": "kured", "node": "node-1", "holder": "kured"}]}})',
        ["kured"],
        "foreign-locks.held",
    ),
    "images.allowed_registries": (
        "fixtures.update_image({}, {})",
        ["registry.k8s.io"],
        "image-registry.not-allowed",
    ),
    "images.digest_required_in": (
        'fixtures.update_image({"tag": "1.1", "digest": ""}, {})',
        [],
        "image-registry.digest-required",
    ),
    "images.floating_tags": (
        'fixtures.update_image({"tag": "stable", "digest": ""}, {})',
        ["stable"],
        "image-registry.floating-tag",
    ),
    "catalogue.ScaleDeployment.required_facts": (
        'fixtures.scale(5, {"unavailable": [{"fact": "capacity", "reason": "forbidden"}]})',
        ["capacity"],
        "facts.required-unavailable",
    ),
    "catalogue.ScaleDeployment.risky": (
        'fixtures.scale(5, {"dry_run_result": {"status": "skipped"}})',
        True,
        "action-dependencies.dry-run-missing",
    ),
    "catalogue.UncordonNode.destructive": ("fixtures.uncordon({})", True, "destructive-actions.level-missing"),
    "catalogue.RolloutRestart.manifest": (
        'fixtures.restart({"ownership": {"helm_release": "shop/web"}})',
        True,
        "gitops-ownership.helm",
    ),
}
# The gate itself reads these; no rule compares with them. enforcement and overrides: test_decision; job_mode: lib/settings.
_READ_BY_THE_GATE = {"bindings", "cluster", "enforcement", "job_mode", "overrides"}
_ELSEWHERE = _READ_BY_THE_GATE | {"business_hours", "catalogue", "images", "limits"}


@pytest.mark.parametrize("key", sorted(_CASES))
def test_one_value_decides(key: str) -> None:
    code = _CASES[key][2]
    found = [code in codes([*decision["violations"], *decision["warnings"]]) for decision in _decisions()[key]]
    assert sorted(found) == [False, True]


@functools.cache
def _decisions() -> dict[str, tuple[Any, Any]]:
    """Before and after, for every key."""
    before = [Case(document, None) for document, _, _ in _CASES.values()]
    after = [
        Case(document, json.dumps(_changed(library().data["config"], key.split("."), value)))
        for key, (document, value, _) in _CASES.items()
    ]
    decisions = embedded_decisions([*before, *after])
    return dict(zip(_CASES, zip(decisions[: len(before)], decisions[len(before) :], strict=True), strict=True))


_NEEDED = {
    "fixtures.scale(5, {})": ("critical_minimum", "replica_ceiling", "scale_down_percent"),
    "fixtures.scale_stateful_set(5, {})": (
        "critical_minimum",
        "quorum_members",
        "replica_ceiling",
        "scale_down_percent",
    ),
    "fixtures.delete_pod({})": ("concurrent_cluster_actions", "eviction_rounds", "quorum_members", "replicas_percent"),
    "fixtures.cordon({})": ("concurrent_cluster_actions", "minimum_available_nodes", "nodes_percent"),
    "fixtures.update_hpa({})": ("critical_minimum", "replica_ceiling"),
    "fixtures.quarantine({})": ("concurrent_cluster_actions", "eviction_rounds", "quorum_members", "replicas_percent"),
    "fixtures.taint({})": (
        "concurrent_cluster_actions",
        "eviction_rounds",
        "minimum_available_nodes",
        "nodes_percent",
        "quorum_members",
        "replicas_percent",
    ),
    "fixtures.drain({})": (
        "concurrent_cluster_actions",
        "draining_nodes",
        "eviction_rounds",
        "minimum_available_nodes",
        "minimum_nodes_for_drain",
        "nodes_percent",
        "other_clusters_draining",
        "quorum_members",
        "replicas_percent",
    ),
}
_KEYS = {
    "fixtures.scale(5, {})": (
        "allow_windows",
        "approvals",
        "critical_deployments",
        "freezes",
        "protected_namespaces",
        "protected_objects",
    ),
    "fixtures.update_image({}, {})": ("images",),
    "fixtures.rollback({}, {})": ("images",),
    "fixtures.update_hpa({})": ("critical_deployments",),
}


def test_a_limit_that_an_action_needs_has_to_be_a_number() -> None:
    pairs = [(document, limit) for document, limits in _NEEDED.items() for limit in limits]
    cases = [Case(document, f'fixtures.config({{"limits": {{"{limit}": "7"}}}})') for document, limit in pairs]
    found = [
        [finding["details"] for finding in decision["violations"] if finding["code"] == "config.limit-unusable"]
        for decision in embedded_decisions(cases)
    ]
    assert found == [[{"limit": limit}] for _, limit in pairs]


def test_a_key_that_an_action_needs_has_to_be_there() -> None:
    pairs = [(document, key) for document, keys in _KEYS.items() for key in keys]
    cases = [Case(document, f'object.remove(fixtures.config({{}}), ["{key}"])') for document, key in pairs]
    found = [
        [finding["details"] for finding in decision["violations"] if finding["code"] == "config.key-missing"]
        for decision in embedded_decisions(cases)
    ]
    assert found == [[{"key": key}] for _, key in pairs]


def test_every_limit_is_tried() -> None:
    limits = {key.removeprefix("limits.") for key in _CASES if key.startswith("limits.")}
    assert limits == set(library().data["config"]["limits"])


def test_every_list_and_mapping_is_tried() -> None:
    assert set(library().data["config"]) == {key for key in _CASES if "." not in key} | _ELSEWHERE


def _changed(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    return {**document, path[0]: _changed(document[path[0]], path[1:], value)}
