# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pods an action may end, and how: the eviction itself and the reasons to leave a pod alone.

Order and meaning of the checks follow ``kubectl drain``: a mirror pod cannot be evicted, a DaemonSet would start its pod
again on the same node at once, a bare pod is lost for good, and so is what is in an ``emptyDir``. Every check is applied to
every pod, so that the user reads all reasons in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Raw
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, PodDemand, Write

MIRROR = "kubernetes.io/config.mirror"
# Controllers that start a replacement elsewhere. A DaemonSet is not one: its pod belongs to the node.
REPLACING = frozenset({"ReplicaSet", "StatefulSet", "ReplicationController", "Job"})


@dataclass(frozen=True)
class Selection:
    """What becomes of the pods of a node.

    Attributes:
        evict: Pods to evict.
        skipped: ``{name, namespace, reason}`` of pods that stay.
        refused: Option that would allow it to the pods (``namespace/name``) that may not be evicted without it.
    """

    evict: tuple[Raw, ...]
    skipped: tuple[Mapping[str, str], ...]
    refused: Mapping[str, tuple[str, ...]]


def select(pods: Iterable[Raw], *, force: bool, delete_emptydir_data: bool, ignore_daemonsets: bool) -> Selection:
    """Sort the pods of a node into those to evict, to leave and to refuse."""
    evict: list[Raw] = []
    skipped: list[Mapping[str, str]] = []
    refused: dict[str, list[str]] = {}
    for pod in sorted(pods, key=pod_label):
        if MIRROR in (pod["metadata"].get("annotations") or {}):
            skipped.append(_skip(pod, "mirror pod of a static pod: only the kubelet's files can end it"))
            continue
        controller = controller_of(pod)
        if controller is not None and controller["kind"] == "DaemonSet" and not is_finished(pod):
            if ignore_daemonsets:
                skipped.append(_skip(pod, f"DaemonSet {controller['name']} would start it again on this node"))
            else:
                refused.setdefault("ignore_daemonsets", []).append(pod_label(pod))
            continue
        needs = _needed_options(pod, controller, force, delete_emptydir_data)
        for option in needs:
            refused.setdefault(option, []).append(pod_label(pod))
        if not needs:
            evict.append(pod)
    return Selection(tuple(evict), tuple(skipped), {option: tuple(names) for option, names in refused.items()})


def _needed_options(
    pod: Raw, controller: Mapping[str, str] | None, force: bool, delete_emptydir_data: bool
) -> tuple[str, ...]:
    if is_finished(pod):
        return ()
    needs = []
    if controller is None and not force:
        needs.append("force")
    if not delete_emptydir_data and any("emptyDir" in volume for volume in pod["spec"].get("volumes") or ()):
        needs.append("delete_emptydir_data")
    return tuple(needs)


def eviction(pod: Raw, grace_period: int | None) -> Write:
    """An eviction of exactly this pod; ``grace_period`` in seconds, ``None`` for the pod's own, 0 is sent as 0."""
    metadata = pod["metadata"]
    options: dict[str, Any] = {"preconditions": {"uid": metadata["uid"]}}
    if grace_period is not None:
        options["gracePeriodSeconds"] = grace_period
    return Write(
        verb="evict",
        path=f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/eviction",
        body={
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
            "deleteOptions": options,
        },
        target=ObjectRef("Pod", metadata["name"], metadata["namespace"]),
    )


def running(pods: Iterable[Raw]) -> tuple[Raw, ...]:
    """The pods whose end somebody could notice: a finished one runs no more, whatever it was."""
    return tuple(pod for pod in pods if not is_finished(pod))


def replacements(pods: Iterable[Raw]) -> tuple[PodDemand, ...]:
    """The pods that controllers will start elsewhere.

    One demand for each controller, and for each set of volume claims: the members of a StatefulSet look alike, but each is
    bound to where its own volume is.
    """
    demands: dict[tuple[str, str, str, tuple[str, ...]], list[Raw]] = {}
    for pod in pods:
        controller = controller_of(pod)
        if controller is not None and controller["kind"] in REPLACING and not is_finished(pod):
            key = (pod["metadata"]["namespace"], controller["kind"], controller["name"], _claims(pod))
            demands.setdefault(key, []).append(pod)
    return tuple(
        PodDemand(
            spec=_free_of_node(members[0]["spec"]),
            count=len(members),
            owner=f"{kind} {namespace}/{name}",
            namespace=namespace,
            labels=members[0]["metadata"].get("labels") or {},
        )
        for (namespace, kind, name, _claimed), members in sorted(demands.items())
    )


def _claims(pod: Raw) -> tuple[str, ...]:
    volumes = pod["spec"].get("volumes") or ()
    return tuple(
        volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume
    )


def _free_of_node(spec: Raw) -> Raw:
    """A scheduled pod names its node; its replacement will not."""
    return {key: value for key, value in spec.items() if key != "nodeName"}


def controller_of(pod: Raw) -> Mapping[str, str] | None:
    """The controlling owner as ``{kind, name}``."""
    for owner in pod["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            return {"kind": owner["kind"], "name": owner["name"]}
    return None


def is_finished(pod: Raw) -> bool:
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def pod_label(pod: Raw) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"


def _skip(pod: Raw, reason: str) -> Mapping[str, str]:
    return {"name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"], "reason": reason}
