# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the task asks for, and what the action intends to do about it.

The stages of the gate are types: a ``Request`` and the objects it reads give a ``Plan``; a ``Plan`` has a digest, and a
permit is worth something for that digest only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MERGE_PATCH = "application/merge-patch+json"
"""Media type of a JSON merge patch (RFC 7396)."""


@dataclass(frozen=True)
class Request:
    """One task, as the caller stated it. Nothing in here is trusted.

    Attributes:
        action: Name in the catalogue, for example ``ScaleDeployment``.
        parameters: The module's own options, without those of the connection.
        reason: Free text by the caller, for the audit trail and for policies.
        ticket: Identifier in the caller's change system; empty when none was given.
        claims: What the launcher says about itself (``awx_*``, ``ansible_eda``). Claims, not proof.
        check_mode: Plan and judge, never write.
        time: When the request was made, RFC 3339 in UTC. The only clock that plans and policies see.
        id: Random identifier of this attempt.
        wait: Whether to wait for the postcondition.
        wait_timeout_s: Deadline in seconds for everything after the decision.
        on_failure: ``keep`` what was changed when the postcondition is not met, or ``rollback``.
        undoes: Name of the execution that this one undoes; empty for all others.
        execution: ``direct``: the gate sends the writes. ``job``: a Job in the cluster does.
        only_asks: Leave the request on record for its approvers, and carry nothing out.
    """

    action: str
    parameters: Mapping[str, Any]
    reason: str = ""
    ticket: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)
    check_mode: bool = False
    time: str = ""
    id: str = ""
    wait: bool = True
    wait_timeout_s: float = 300.0
    on_failure: str = "keep"
    undoes: str = ""
    only_asks: bool = False
    execution: str = "direct"


@dataclass(frozen=True)
class ObjectRef:
    """Names one object of the API. ``namespace`` is empty for a cluster-scoped one."""

    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        """``kind/namespace/name``, the form of ``target_resource`` in the input document."""
        return f"{self.kind}/{self.namespace}/{self.name}"

    @property
    def label(self) -> str:
        """The form for people: ``Deployment shop/web`` or ``Node node-1``."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Read:
    """A read that an action needs before it can plan.

    Attributes:
        path: Path on the API server, for example ``/api/v1/nodes/node-1``.
        query: Query parameters (``fieldSelector``, ``labelSelector``).
        many: A list: the answer is the tuple of all items over all pages.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    many: bool = False


@dataclass(frozen=True)
class Write:
    """One mutation, exact to the byte, with the precondition that ties it to the object that was judged.

    Attributes:
        verb: ``patch``, ``apply``, ``create``, ``delete`` or ``evict``.
        path: Path on the API server.
        body: JSON body. For ``delete`` a ``DeleteOptions``, for ``evict`` an ``Eviction``; ``preconditions`` and
            ``metadata.resourceVersion`` are already in it.
        content_type: Media type of a patch.
        target: The object, for messages.
        query: Selectors of a deletion of many.
    """

    verb: str
    path: str
    body: Mapping[str, Any]
    target: ObjectRef
    content_type: str = "application/json"
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Permission:
    """A right on the API server that the action cannot do without."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""


@dataclass(frozen=True)
class PodDemand:
    """Pods that the scheduler must place when the plan is carried out.

    Attributes:
        spec: ``PodSpec`` of one of them (requests, node selector, affinity, tolerations).
        count: How many.
        owner: For messages: ``ReplicaSet shop/web-6d4cf``.
        namespace: Where they are created (quota).
        surge: Extra pods next to existing ones (a rollout), gone again afterwards.
        grows: They add to the pods of their namespace (a scale-up), so its quotas are weighed. Replacements of pods
            that the plan ends are already counted there.
        labels: Labels of the pods, for anti-affinity between themselves. Empty: not evaluated.
    """

    spec: Mapping[str, Any]
    count: int
    owner: str
    namespace: str
    surge: bool = False
    grows: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Impact:
    """What the plan touches beyond the target; the fact gatherers start from here.

    Attributes:
        removes: Raw pods that the plan ends.
        adds: Pods that must be placed somewhere.
        unavailable_nodes: Names of nodes that take no pods once the plan is carried out.
        fields: Paths of the fields that are written, as tuples, for example ``("spec", "replicas")``.
        permissions: Rights that the action needs.
        images: Container name to the image it is to run.
    """

    removes: tuple[Mapping[str, Any], ...] = ()
    adds: tuple[PodDemand, ...] = ()
    unavailable_nodes: tuple[str, ...] = ()
    fields: tuple[tuple[str, ...], ...] = ()
    permissions: tuple[Permission, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Undo:
    """The way back from a plan that was carried out.

    Attributes:
        action: Name in the catalogue; empty when there is none.
        parameters: Its options.
        note: What the way back does not bring back, or why there is none. For people.
    """

    action: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """The exact writes of one action and what they touch.

    Attributes:
        target: The object the action is about.
        writes: In order. Evictions come last and are carried out concurrently.
        before: The part of the state that changes, for the diff.
        after: The same part, afterwards.
        impact: See ``Impact``.
        parameters: What policies see as ``input.parameters``: the ancestor's names and ours.
        skipped: Pods that stay where they are, with the reason (drain).
        undo: The way back.
    """

    target: ObjectRef
    writes: tuple[Write, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    impact: Impact = Impact()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    skipped: tuple[Mapping[str, str], ...] = ()
    undo: Undo = Undo()

    @property
    def evictions(self) -> tuple[Write, ...]:
        return tuple(write for write in self.writes if write.verb == "evict")

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical form of the writes: what a permit is bound to."""
        content = [[w.verb, w.path, dict(w.query), w.content_type, w.body] for w in self.writes]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
