# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action is: one class that turns a request and the objects it read into the exact writes.

An action does no I/O. It names its target and the reads it needs, plans from them, and says when the cluster has reached
what was asked for. The gate does everything else, the same way for all of them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    ObjectRef,
    Permission,
    Plan,
    Read,
    Request,
)

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.kubectl_steps import Drain

# RFC 1123: names of pods, nodes and workloads are subdomains, names of namespaces are labels.
_SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")

NAMESPACED: Mapping[str, Mapping[str, Any]] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
}
CLUSTER_SCOPED: Mapping[str, Mapping[str, Any]] = {"name": {"type": "str", "required": True}}

Raw = Mapping[str, Any]
"""An object as the API server sends it."""


@dataclass(frozen=True)
class Progress:
    """How far the target is from the postcondition.

    Attributes:
        done: The postcondition holds.
        message: Where it stands, for the user: ``3 of 5 replicas available``.
        failed: It can no longer hold, and why; waiting on is pointless. Empty otherwise.
    """

    done: bool
    message: str
    failed: str = ""


class Action(ABC):
    """One operational action.

    Attributes:
        name: In the catalogue and in ``input.action``.
        verb: For messages, as in ``scale Deployment shop/web``.
        facts: Sections of the input document that the decision needs beyond subject and target.
        absent_is_done: A target that does not exist is the state asked for, not an error.
        waits: There is a postcondition to wait for after the writes.
        rolls_out: What it waits for are the pods of workloads; where they do not come, their own status says why.
        gathers: Until its first write is in place, there may come more that the plan has to touch.
        leases: It holds the target node's Lease while it works (``_execution/node_lease.py``).
        creates: The target does not exist yet; ``plan`` then gets an empty object for it.
        not_in_job: Why a Job cannot carry it out (``execution: job``); empty where one can.
        options: The action's own options, as an Ansible argument spec.
    """

    name: ClassVar[str]
    verb: ClassVar[str]
    facts: ClassVar[frozenset[str]]
    absent_is_done: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    rolls_out: ClassVar[bool] = False
    gathers: ClassVar[bool] = False
    leases: ClassVar[bool] = False
    creates: ClassVar[bool] = False
    not_in_job: ClassVar[str] = ""
    options: ClassVar[Mapping[str, Mapping[str, Any]]]

    @abstractmethod
    def target(self, request: Request) -> ObjectRef:
        """Name the target.

        Raises:
            InvalidRequest: A name is not one that Kubernetes accepts.
        """

    @abstractmethod
    def reads(self, request: Request) -> dict[str, Read]:
        """The objects that ``plan`` needs; ``target`` is always among them."""

    @abstractmethod
    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        """The exact writes, none when the cluster is already as asked for.

        Raises:
            InvalidRequest: The request does not fit the objects that were read.
        """

    @abstractmethod
    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        """Whether the target already says what the writes were to say.

        Asked when the answer to a write was lost: it tells a write that arrived from one that did not.

        Args:
            observed: The target now; ``None`` when it does not exist.
        """

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        """Judge the target as it is now against the postcondition. Asked only where ``waits`` is set."""
        raise NotImplementedError(f"{self.name} has no postcondition")

    def watches(self, request: Request) -> dict[str, Read]:
        """What ``settled`` needs to see besides the target."""
        return {}

    def settled(self, request: Request, plan: Plan, observed: Raw | None, others: Mapping[str, Any]) -> Progress:
        """Judge target and ``watches`` together. The target alone tells, unless an action says otherwise.

        Args:
            others: What was read for ``watches``; ``None`` for an object that does not exist.
        """
        return self.progress(request, plan, observed)

    def drain_in_job(self, request: Request) -> Drain | None:
        """How a Job drains the target, where that is what the action's evictions are."""
        return None

    def on_record(self, request: Request) -> Request:
        """The request as records, audit lines and approvals may know it: without values that nobody is to learn.

        What depends on such a value has to change with it all the same: an approval is for this form.
        """
        return request


def require_subdomain(value: str, option: str) -> str:
    """Return ``value`` if it can be the name of an object.

    Names go into paths and policies, so nothing else may get past here.
    """
    if len(value) > 253 or not _SUBDOMAIN.match(value):
        raise InvalidRequest(
            "request.name-invalid",
            f"{option}: {value[:80]!r} is not a name that Kubernetes accepts.",
            "Use lower case letters, digits, '-' and '.', at most 253 characters.",
        )
    return value


def require_namespace(value: str) -> str:
    """Return ``value`` if it can be the name of a namespace."""
    if len(value) > 63 or not _LABEL.match(value):
        raise InvalidRequest(
            "request.namespace-invalid",
            f"namespace: {value[:80]!r} is not a name that Kubernetes accepts.",
            "Use lower case letters, digits and '-', at most 63 characters.",
        )
    return value


def node_permissions(name: str) -> tuple[Permission, ...]:
    """What changing ``spec.unschedulable`` needs."""
    return (Permission("get", "nodes", name=name), Permission("patch", "nodes", name=name))
