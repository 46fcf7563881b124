# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What is on the nodes: each function prepares one, the same way for every tool."""

from __future__ import annotations

from typing import Any

from tests.integration.drain_objects import bare_pod, second_budget, slowly, with_empty_dir
from tests.integration.drain_site import Site
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import budget, daemon_set, deployment, in_pool, stateful_set

MIRROR = {"kubernetes.io/config.mirror": "f3b1"}
NEVER = "1h"
BUDGETS = ("guard-one", "guard-two")


def budget_that_takes_rounds(site: Site) -> None:
    """Two pods of which one may be missing; a replacement is ready after three seconds."""
    site.place(slowly(_web(site), ready_after="3s"), pods=2)
    site.guard(1, maxUnavailable=1)
    site.spare()


def budget_that_allows_nothing(site: Site) -> None:
    """Two pods, both of them wanted."""
    site.place(_web(site), pods=2)
    site.guard(0, minAvailable=2)
    site.spare()


def one_more_replica(site: Site) -> None:
    """What clears that budget: a third pod, so that one may be missing."""
    site.admin.patch(path_to("Deployment", "web", site.namespace), {"spec": {"replicas": 3}})


def bare_pod_with_data(site: Site) -> None:
    _with_web(site, bare_pod(site.namespace, "scratch", site.pool, **with_empty_dir()))


def daemons(site: Site) -> None:
    _with_web(site, daemon_set(site.namespace, **in_pool(site.pool)))


def daemons_with_data(site: Site) -> None:
    _with_web(site, daemon_set(site.namespace, **in_pool(site.pool), **with_empty_dir()))


def pods_that_never_end(site: Site) -> None:
    """Their node does not answer: the one was asked to end before, the others will be."""
    stuck = deployment(site.namespace, "stuck", replicas=2, **in_pool(site.pool))
    _with_web(site, slowly(stuck, terminates_after=NEVER), pods=2)
    site.guard(2, "stuck", maxUnavailable=2)
    first = min(name for name in site.pods() if name.startswith("stuck-"))
    site.admin.delete(path_to("Pod", first, site.namespace))
    site.await_allowance(2, "stuck")


def two_budgets(site: Site) -> None:
    """Two budgets over the same pods, each of which would allow all of them to go."""
    _with_web(site, deployment(site.namespace, "shared", replicas=2, **in_pool(site.pool)), pods=2)
    one = budget(site.namespace, "shared", maxUnavailable=2)
    for name in BUDGETS:
        site.admin.apply(second_budget(one, name))
        site.await_allowance(2, name)


def finished_and_static(site: Site) -> None:
    """Pods that have ended, with data and without a controller, and one from a file of the kubelet."""
    _with_web(
        site,
        bare_pod(site.namespace, "succeeded", site.pool, **with_empty_dir()),
        bare_pod(site.namespace, "broken", site.pool),
        bare_pod(site.namespace, "static", site.pool, annotations=MIRROR, nodeName=site.node),
        pods=3,
    )
    for name, phase in {"succeeded": "Succeeded", "broken": "Failed"}.items():
        site.admin.patch(f"{path_to('Pod', name, site.namespace)}/status", {"status": {"phase": phase}})


def successors_of_the_same_name(site: Site) -> None:
    site.place(stateful_set(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(2, "db", maxUnavailable=2)
    site.spare()


def drained_already(site: Site) -> None:
    site.place(daemon_set(site.namespace, **in_pool(site.pool)), pods=1)
    site.admin.patch(site.node_path, {"spec": {"unschedulable": True}})


def pods_that_do_not_listen(site: Site) -> None:
    """Pods that end only when they are killed."""
    site.place(slowly(_web(site), terminates_after=NEVER), pods=2)
    site.guard(2, maxUnavailable=2)
    site.spare()


def unhealthy_pods(site: Site) -> None:
    """Pods that run and are not ready, under a budget that is undercut and lets unhealthy pods go all the same."""
    site.place(_web(site), pods=2)
    site.guard(0, minAvailable=2, unhealthyPodEvictionPolicy="AlwaysAllow")
    site.spare()
    unready = {"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "CrashLoopBackOff"}]}}
    for name in site.pods():
        site.admin.patch(f"{path_to('Pod', name, site.namespace)}/status", unready)
    site.admin.until(
        path_to("PodDisruptionBudget", "web", site.namespace),
        lambda found: not (found or {})["status"]["currentHealthy"],
    )


def _web(site: Site) -> dict[str, Any]:
    return deployment(site.namespace, replicas=2, **in_pool(site.pool))


def _with_web(site: Site, *others: dict[str, Any], pods: int = 1) -> None:
    """So many pods beside two that are no trouble to anybody: their budget lets both go at once."""
    site.place(_web(site), *others, pods=2 + pods)
    site.guard(2, maxUnavailable=2)
    site.spare()
