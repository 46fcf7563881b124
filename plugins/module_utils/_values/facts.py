# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts a decision rests on.

Each dataclass is one section of the input document: its fields are the document's keys (``policies/schemas/input.json``).
The defaults are the empty form: a section that an action does not need, or that could not be read, is present and empty,
and in the second case named in ``Facts.unavailable``. Unread is never mistaken for absent: a fact that the catalogue
requires and that is unavailable denies.

Bounds: lists of names are cut at ``NAMES_SHOWN`` entries and carry a count beside them, so that the size of the document
follows what the action touches, never the size of the cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import Capacity, Disruption


@dataclass(frozen=True)
class Subject:
    """Who asks, as the API server states it (``SelfSubjectReview``)."""

    username: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ClusterInfo:
    """``available_nodes``: Ready and schedulable."""

    name: str = ""
    total_nodes: int = 0
    available_nodes: int = 0


@dataclass(frozen=True)
class Replicas:
    spec: int = 0
    current: int = 0
    ready: int = 0
    available: int = 0
    updated: int = 0


@dataclass(frozen=True)
class Target:
    """The object the action is about.

    Attributes:
        annotations: Only values that are short and free of quotes, backslashes and control characters; the keys of the
            others stand in ``omitted_annotations``.
        replicas: Of a workload; ``None`` for other kinds.
        images: Container name to image, of a workload or pod.
        rollout_in_progress: ``observed_generation`` is behind, or not every replica is updated and available.
        controller: Controlling owner as ``{kind, name}``; ``None`` when nothing owns the object.
        unschedulable, ready: Of a node. ``ready`` also of a pod.
        exists: False for an object that an action is to create.
    """

    kind: str = ""
    name: str = ""
    namespace: str = ""
    exists: bool = True
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    observed_generation: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    omitted_annotations: tuple[str, ...] = ()
    replicas: Replicas | None = None
    paused: bool = False
    rollout_in_progress: bool = False
    images: Mapping[str, str] = field(default_factory=dict)
    controller: Mapping[str, str] | None = None
    deletion_timestamp: str | None = None
    unschedulable: bool = False
    ready: bool = False
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class NamespaceInfo:
    """``labels`` as they are on the namespace. The environment is resolved from them by the input document."""

    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    deletion_timestamp: str | None = None


@dataclass(frozen=True)
class Autoscaler:
    """A HorizontalPodAutoscaler that scales the target. ``managed_by`` names KEDA's ScaledObject where there is one."""

    name: str
    min_replicas: int
    max_replicas: int
    managed_by: str = ""


@dataclass(frozen=True)
class Ownership:
    """Who else claims the target.

    Attributes:
        gitops: ``argocd``, ``flux`` or empty; ``gitops_name`` is the application.
        helm_release: ``namespace/name`` of the Helm release, or empty.
        field_managers: Path of each field to be written (dots) to the managers that own it.
        controller: Controlling owner of the target ``Kind/name`` (an operator's object), or empty.
    """

    autoscaler: Autoscaler | None = None
    gitops: str = ""
    gitops_name: str = ""
    helm_release: str = ""
    controller: str = ""
    field_managers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ForeignLock:
    """Another tool holds the node. ``tool``: ``medik8s``, ``kured``, ``karpenter``, ``cluster-autoscaler``."""

    tool: str
    node: str
    holder: str


@dataclass(frozen=True)
class Nodes:
    """The nodes as a whole.

    Attributes:
        pool: Pool of the target node: value of a well-known pool label, or empty.
        pool_total, pool_available: Of that pool, target included.
        control_plane, control_plane_ready: Members and Ready ones among them.
        cordoned: Names of other nodes that are unschedulable, at most ``NAMES_SHOWN``.
        cordoned_count: How many they are.
        locks: Locks of other tools on the target node.
    """

    total: int = 0
    ready: int = 0
    schedulable: int = 0
    control_plane: int = 0
    control_plane_ready: int = 0
    pool: str = ""
    pool_total: int = 0
    pool_available: int = 0
    cordoned: tuple[str, ...] = ()
    cordoned_count: int = 0
    locks: tuple[ForeignLock, ...] = ()


@dataclass(frozen=True)
class DryRunResult:
    """What the API server says to the plan's writes with ``dryRun: All``.

    Attributes:
        status: ``succeeded``, ``failed`` or ``skipped`` (there was nothing to write).
        code: HTTP status of the first failure, 0 otherwise.
        message: The API server's words for it.
        failures: Number of writes that failed. Evictions that a budget refuses now (429) are not counted: the budgets
            speak for themselves in ``disruption``.
    """

    status: str = "skipped"
    code: int = 0
    message: str = ""
    failures: int = 0


@dataclass(frozen=True)
class UnavailableFact:
    fact: str
    reason: str


@dataclass(frozen=True)
class Facts:
    """Everything that was read for one decision. Section names as in the input document."""

    subject: Subject = Subject()
    target: Target = Target()
    namespace_info: NamespaceInfo = NamespaceInfo()
    cluster_info: ClusterInfo = ClusterInfo()
    ownership: Ownership = Ownership()
    disruption: Disruption = field(default_factory=Disruption)
    capacity: Capacity = field(default_factory=Capacity)
    nodes: Nodes = Nodes()
    rbac_permissions: tuple[Mapping[str, str], ...] = ()
    dry_run_result: DryRunResult = DryRunResult()
    unavailable: tuple[UnavailableFact, ...] = ()
