# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the diff of each action is about, read from the API server by other means than the action's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.gate_client import PlainClient, path_to

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"

Options = Mapping[str, Any]
Shown = dict[str, Any]


@dataclass(frozen=True)
class Live:
    """The cluster, for one call of an action.

    Attributes:
        uids: Of the objects that were there before the call, by path; what is gone is told by them.
    """

    admin: PlainClient
    options: Options
    uids: dict[str, str]

    def path(self, kind: str, name: str | None = None) -> str:
        return path_to(kind, name or self.options["name"], self.options.get("namespace", ""))

    def get(self, kind: str) -> dict[str, Any]:
        return self.admin.get(self.path(kind))

    def container(self) -> dict[str, Any]:
        """The first of the Deployment's pods."""
        found: dict[str, Any] = self.get("Deployment")["spec"]["template"]["spec"]["containers"][0]
        return found


def shown(action: str, live: Live) -> Shown:
    """What ``before`` or ``after`` of the diff has to be now."""
    return _SHOWN[action](live)


def _present(kind: str) -> Callable[[Live], Shown]:
    def present(live: Live) -> Shown:
        found = live.admin.find(live.path(kind))
        uid = live.uids.setdefault(kind, found["metadata"]["uid"] if found else "")
        return {"uid": uid, "present": bool(found and found["metadata"]["uid"] == uid)}

    return present


def _replicas(kind: str) -> Callable[[Live], Shown]:
    return lambda live: {"replicas": live.get(kind)["spec"]["replicas"]}


def _unschedulable(live: Live) -> Shown:
    return {"unschedulable": live.get("Node")["spec"].get("unschedulable", False)}


def _drained(live: Live) -> Shown:
    on_node = live.admin.get(f"/api/v1/pods?fieldSelector=spec.nodeName={live.options['name']}")["items"]
    names = sorted(f"{pod['metadata']['namespace']}/{pod['metadata']['name']}" for pod in on_node)
    return {**_unschedulable(live), "pods": names}


def _tainted(live: Live) -> Shown:
    wanted = (live.options["key"], live.options["effect"])
    found = [it for it in live.get("Node")["spec"].get("taints", []) if (it["key"], it["effect"]) == wanted]
    return {"taint": ":".join(wanted) if found else ""}


def _revision(live: Live) -> Shown:
    """The ReplicaSet that has the Deployment's own revision."""
    deployment = live.get("Deployment")
    mark = "deployment.kubernetes.io/revision"
    sets = live.admin.get(f"/apis/apps/v1/namespaces/{live.options['namespace']}/replicasets?labelSelector=app=web")
    current = [
        it for it in sets["items"] if it["metadata"]["annotations"][mark] == deployment["metadata"]["annotations"][mark]
    ]
    return {"replica_set": current[0]["metadata"]["name"], "images": {"web": live.container()["image"]}}


def _resources(live: Live) -> Shown:
    requests = live.container().get("resources", {}).get("requests", {})
    return {"resources": {"web": {"requests": {"cpu": requests.get("cpu")}}}}


def _restarted(live: Live) -> Shown:
    annotations = live.get("Deployment")["spec"]["template"]["metadata"].get("annotations", {})
    return {"restarted_at": annotations.get(RESTARTED_AT)}


def restarted_at(live: Live) -> dict[str, str | None]:
    """When each workload that the options name was last restarted by a task; what a diff calls by kind and name."""
    found = {}
    for it in live.options.get("restart", ()):
        template = live.admin.get(live.path("Deployment", it["name"]))["spec"]["template"]["metadata"]
        found[f"Deployment/{it['name']}"] = template.get("annotations", {}).get(RESTARTED_AT)
    return found


def _data(live: Live) -> Shown:
    data = live.get("ConfigMap")["data"]
    return {"data": {key: data.get(key) for key in live.options["data"]}}


def _jobs(live: Live) -> Shown:
    """The newest Job. Nothing else runs any in this namespace."""
    found = live.admin.names(live.path("Job").rpartition("/")[0])
    return {"job": found[-1] if found else ""}


_SHOWN: Mapping[str, Callable[[Live], Shown]] = {
    "ScaleDeployment": _replicas("Deployment"),
    "ScaleStatefulSet": _replicas("StatefulSet"),
    "RollbackDeployment": _revision,
    "UpdateImage": lambda live: {"images": {"web": live.container()["image"]}},
    "UpdateResources": _resources,
    "UpdateHPA": lambda live: {"max_replicas": live.get("HorizontalPodAutoscaler")["spec"]["maxReplicas"]},
    "ExpandPVC": lambda live: {"size": live.get("PersistentVolumeClaim")["spec"]["resources"]["requests"]["storage"]},
    "UpdateConfigMap": _data,
    "UpdateSecret": lambda live: {"keys": {"password": live.get("Secret")["data"]["password"]}},
    "RolloutRestart": _restarted,
    "DeletePod": _present("Pod"),
    "QuarantinePod": lambda live: {"labels": live.get("Pod")["metadata"]["labels"]},
    "DeleteDeployment": _present("Deployment"),
    "DeleteStatefulSet": _present("StatefulSet"),
    "DeleteService": _present("Service"),
    "CordonNode": _unschedulable,
    "UncordonNode": _unschedulable,
    "TaintNode": _tainted,
    "RunJob": _jobs,
    "DrainNode": _drained,
}
