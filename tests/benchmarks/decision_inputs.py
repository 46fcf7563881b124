# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents that the decision is timed with: a node with 500 pods, and what tasks do all day. Each both ways."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import input_document
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values import disruption as d
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values import facts as f
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Permission,
    Plan,
    Request,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Standing
from tests.policy.engines import Case, documents

DRAIN = "drain of 500 pods"
WORKLOADS, PODS_EACH = 10, 50
_TICKET = '"request": {"ticket": "OPS-4711"}'
_APPROVED = '"approvals": [fixtures.approval({})]'
# The library's own test documents, which have every key of the schema.
_FIXTURES = {
    "scale": "fixtures.scale(5, {})",
    "scale above the ceiling": "fixtures.scale(500, {})",
    "image, approved": f"fixtures.update_image({{}}, {{{_APPROVED}}})",
    "image from elsewhere": 'fixtures.update_image({"registry": "docker.io", "digest": ""}, {})',
    "delete, approved": f"fixtures.deletion({{{_APPROVED}, {_TICKET}}})",
    "delete, unapproved": f"fixtures.deletion({{{_TICKET}}})",
}


def inputs(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name and document; the library's own config allows every other one."""
    allowed = drain_input(config)
    given = documents(tuple(Case(expression, None) for expression in _FIXTURES.values()))
    return {
        DRAIN: allowed,
        "drain, budgets used up": _used_up(allowed),
        **{name: document for name, (document, _config) in zip(_FIXTURES, given, strict=True)},
    }


def _used_up(allowed: dict[str, Any]) -> dict[str, Any]:
    denied = copy.deepcopy(allowed)
    for budget in denied["disruption"]["budgets"]:
        budget["disruptions_allowed"] = 0
    return denied


def drain_input(config: dict[str, Any]) -> dict[str, Any]:
    """The document of a node with 500 pods under ten budgets, nothing of it forbidden."""
    names = tuple(f"web-6d4cf56db6-{index:05d}" for index in range(d.NAMES_SHOWN))
    groups = tuple(
        d.PodGroup(
            namespace=f"team-{index}",
            controller={"kind": "Deployment", "name": f"web-{index}"},
            storage=(),
            guards=(),
            under_budget=True,
            replicas=400,
            count=PODS_EACH,
            ready=PODS_EACH,
            names=names,
        )
        for index in range(WORKLOADS)
    )
    budgets = tuple(
        d.Budget(f"team-{index}", "web", PODS_EACH, 400, 350, 400, False, PODS_EACH, 1, ())
        for index in range(WORKLOADS)
    )
    permissions = (Permission("patch", "nodes"), Permission("create", "pods", subresource="eviction"))
    plan = Plan(
        target=ObjectRef("Node", "node-1"),
        writes=(),
        before={},
        after={},
        impact=Impact(permissions=permissions),
        parameters={
            "node_name": "node-1",
            "grace_period_seconds": None,
            "force": False,
            "delete_emptydir_data": False,
            "ignore_daemonsets": True,
            "pod_selector": "",
            "pods": WORKLOADS * PODS_EACH,
        },
    )
    facts = f.Facts(
        subject=f.Subject("system:serviceaccount:guardrail-system:runner", ("system:authenticated",)),
        target=f.Target(kind="Node", name="node-1", uid="u", resource_version="7", ready=True),
        cluster_info=f.ClusterInfo("", 40, 40),
        disruption=d.Disruption(WORKLOADS * PODS_EACH, groups, budgets),
        capacity=d.Capacity(pods=WORKLOADS * PODS_EACH, placed=WORKLOADS * PODS_EACH, cluster_pods=4000),
        nodes=f.Nodes(total=40, ready=40, schedulable=40, control_plane=3, control_plane_ready=3),
        rbac_permissions=(
            {"verb": "patch", "group": "", "resource": "nodes", "namespace": ""},
            {"verb": "create", "group": "", "resource": "pods/eviction", "namespace": ""},
        ),
        dry_run_result=f.DryRunResult("succeeded"),
    )
    request = Request("DrainNode", {}, time="2026-11-21T03:12:45Z", id="5e0c2a0e-6a0e-4f0c-9d8e-6e1f7c1f0b52")
    return input_document.build(request, plan, facts, Standing(), config)
