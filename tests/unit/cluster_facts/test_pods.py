# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.pods import pod_groups
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.volumes import Volume
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.workloads import (
    Workload,
    WorkloadRef,
    owner_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import PodGroup
from tests.unit.cluster_facts.objects import owned_by, pod

DEPLOYMENT = WorkloadRef("shop", "apps", "Deployment", "web")
CLAIM = {"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]}


def web(name, replica_set="web-a", **options):
    return pod(name, owner=owned_by("ReplicaSet", replica_set), **options)


def groups(*pods, volumes=None, under_budget=lambda raw: False):
    owners = {owner_of(raw["metadata"]) for raw in pods} - {None}
    return pod_groups(pods, {owner: Workload(DEPLOYMENT, 4) for owner in owners}, volumes or {}, under_budget)


def group(**changes):
    plain = {
        "namespace": "shop", "controller": {"kind": "Deployment", "name": "web"}, "storage": (), "guards": (),
        "under_budget": False, "replicas": 4, "count": 1, "ready": 1, "names": ("web-1",),
    }  # fmt: skip
    return PodGroup(**{**plain, **changes})


def test_pods_of_one_deployment_are_one_group_across_replica_sets():
    found = groups(web("web-2", "web-b", ready=False), web("web-1"))
    assert found == (group(count=2, names=("web-1", "web-2")),)


def test_a_bare_pod_has_no_controller():
    assert groups(pod("web-1")) == (group(controller=None, replicas=0),)


def test_names_are_cut_and_the_count_is_not():
    [found] = groups(*(web(f"web-{number:02}") for number in range(15)))
    assert (found.count, found.names) == (15, tuple(f"web-{number:02}" for number in range(5)))


def test_pods_that_a_budget_covers_are_a_group_of_their_own():
    """A list of names that is cut could not tell: the budget's first names may be another workload's."""
    found = groups(web("web-1"), web("web-2"), under_budget=lambda raw: raw["metadata"]["name"] == "web-2")
    assert found == (group(), group(under_budget=True, names=("web-2",)))


def test_local_storage_is_told_by_kind():
    spec = {
        "volumes": [
            {"name": "a", "hostPath": {"path": "/"}},
            {"name": "b", "emptyDir": {}},
            {"name": "c", "secret": {}},
        ]
    }
    assert groups(web("web-1", spec=spec)) == (group(storage=("emptyDir", "hostPath")),)


def test_a_claim_is_local_when_its_volume_is():
    local, remote = Volume(local=True, node_terms=()), Volume(local=False, node_terms=None)
    assert groups(web("web-1", spec=CLAIM), volumes={("shop", "data"): local}) == (group(storage=("local",)),)
    assert groups(web("web-1", spec=CLAIM), volumes={("shop", "data"): remote}) == (group(),)
    assert groups(web("web-1", spec=CLAIM)) == (group(),)


def test_guards_are_known_texts_and_never_the_annotation_itself():
    annotations = {
        "karpenter.sh/do-not-disrupt": "true",
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
        "descheduler.alpha.kubernetes.io/prefer-no-eviction": 'any "text"',
        "example.com/other": "true",
    }
    assert groups(web("web-1", annotations=annotations)) == (
        group(guards=("descheduler.alpha.kubernetes.io/prefer-no-eviction=true", "karpenter.sh/do-not-disrupt=true")),
    )
    unsafe = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
    assert groups(web("web-1", annotations=unsafe)) == (
        group(guards=("cluster-autoscaler.kubernetes.io/safe-to-evict=false",)),
    )


def test_the_order_of_the_pods_is_irrelevant():
    pods = [web(f"web-{number}", ready=number % 2 > 0, namespace=f"ns{number % 3}") for number in range(9)]
    pods += [pod("bare"), web("disk", spec={"volumes": [{"name": "a", "emptyDir": {}}]})]
    expected = groups(*pods)
    assert all(groups(*random.Random(seed).sample(pods, len(pods))) == expected for seed in range(20))
