# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.workloads import (
    Workload,
    WorkloadRef,
    owner_of,
    read_workloads,
)
from tests.unit.cluster_facts.fake_api import FakeApi
from tests.unit.cluster_facts.objects import deployment, owned_by, pod, replica_set

APPS = "/apis/apps/v1/namespaces/shop"


def ref(kind, name, group="apps"):
    return WorkloadRef("shop", group, kind, name)


def cluster(count):
    api = FakeApi()
    for number in range(count):
        api.add(f"{APPS}/replicasets", replica_set(f"web{number}-a", f"web{number}"))
        api.add(f"{APPS}/deployments", deployment(f"web{number}", replicas=number + 1))
    return api


def test_a_replica_set_stands_for_its_deployment_and_its_replicas():
    api = cluster(1)
    assert read_workloads(api, [ref("ReplicaSet", "web0-a")] * 3) == {
        ref("ReplicaSet", "web0-a"): Workload(ref("Deployment", "web0"), 1)
    }
    assert api.calls == [f"GET {APPS}/replicasets/web0-a", f"GET {APPS}/deployments/web0"]


def test_many_replica_sets_of_a_namespace_are_read_as_lists():
    api = cluster(5)
    found = read_workloads(api, [ref("ReplicaSet", f"web{number}-a") for number in range(5)])
    assert found == {
        ref("ReplicaSet", f"web{number}-a"): Workload(ref("Deployment", f"web{number}"), number + 1)
        for number in range(5)
    }
    assert {call for call in api.calls if call.startswith("META")} == {f"META {APPS}/replicasets"}
    assert {call for call in api.calls if call.startswith("GET")} == {f"GET {APPS}/deployments"}


def test_a_replica_set_of_its_own_stands_for_itself():
    api = FakeApi().add(f"{APPS}/replicasets", replica_set("bare", None, replicas=4))
    assert read_workloads(api, [ref("ReplicaSet", "bare")]) == {
        ref("ReplicaSet", "bare"): Workload(ref("ReplicaSet", "bare"), 4)
    }


def test_a_workload_that_is_gone_has_unknown_replicas():
    wanted = [ref("ReplicaSet", "gone"), ref("StatefulSet", "db")]
    assert read_workloads(FakeApi(), wanted) == {it: Workload(it, 0) for it in wanted}


def test_a_daemon_set_wants_as_many_pods_as_it_has_nodes():
    raw = {"metadata": {"name": "logs", "namespace": "shop"}, "spec": {}, "status": {"desiredNumberScheduled": 7}}
    api = FakeApi().add(f"{APPS}/daemonsets", raw)
    assert read_workloads(api, [ref("DaemonSet", "logs")])[ref("DaemonSet", "logs")].replicas == 7


def test_kinds_of_others_and_names_that_are_none_are_not_read():
    api = FakeApi()
    strange = [
        ref("Job", "import", "batch"),
        ref("Deployment", "web", "example.com"),
        ref("ReplicaSet", "../../../../api/v1/secrets/token"),
        ref("StatefulSet", ".."),
    ]
    assert read_workloads(api, strange) == {it: Workload(it, 0) for it in strange}
    assert api.calls == []


def test_only_the_controlling_owner_counts():
    first = {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "u"}
    owners = [first, *owned_by("Job", "import", "batch/v1")]
    assert owner_of(pod("p", owner=owners)["metadata"]) == ref("Job", "import", "batch")
    assert owner_of(pod("p", owner=[first])["metadata"]) is None
