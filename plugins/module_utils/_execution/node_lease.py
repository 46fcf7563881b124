# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The node Lease of medik8s: while a node is drained here, its operators keep off.

They take the Lease ``node-<name>`` in ``medik8s-leases`` before they touch a node, refuse while somebody else holds it,
take it over once it has expired, and delete it at the end (``medik8s/common``, ``pkg/lease``). A cluster without that
namespace has none of them, and needs no Lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.locks import (
    LEASE_NAMESPACE,
    lease_holder,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Conflict, GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import GRACE_S
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import MERGE_PATCH, ObjectRef, Write

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

HOLDER = "guardrail.kubernetes"

_GROUP_VERSION = "coordination.k8s.io/v1"
_PLURAL = "leases"


class NodeLease:
    """The Lease of one node, taken by one execution.

    Args:
        execution: Name of its record; part of the holder's identity, so that another run sees that it is not its own.
        seconds: How long it is held at most. It need not be renewed, and a process that dies holds it no longer.

    Attributes:
        holder: ``holderIdentity`` that it is taken with.
    """

    def __init__(self, api: Api, node: str, execution: str, seconds: int) -> None:
        self._api, self._seconds = api, seconds
        self._ref = ObjectRef("Lease", f"node-{node}", LEASE_NAMESPACE)
        self._node = node
        self.holder = f"{HOLDER}/{execution}"
        self._held: Mapping[str, Any] | None = None

    def take(self) -> None:
        """Take the Lease, over from a holder whose time has passed if need be.

        Raises:
            Conflict: ``lease.held``: another tool was faster; the node is to be judged again.
            ApiFailure: ``lease.not-taken``.
            Unreachable: No answer.
        """
        found = self._read()
        if found is None and not self._has_namespace():
            return  # nobody here goes by these leases
        if found is not None and lease_holder(found, self._api.now()) not in ("", self.holder):
            raise self._taken()
        try:
            self._held = self._api.send(self._write(found), dry_run=False)
        except Conflict:
            raise self._taken() from None
        except ApiFailure as failure:
            if failure.code == "api.already-exists":
                raise self._taken() from None
            if failure.status == 404:
                return
            raise ApiFailure(
                "lease.not-taken",
                f"{self._ref.label} could not be taken, so other tools would not know of the drain: {failure.message}",
                "Grant get, create, patch and delete on leases in that namespace (role executor), or remove the namespace.",
                status=failure.status,
            ) from failure

    def resume(self) -> None:
        """Take note of the Lease that this execution has taken in another process, to release it."""
        found = self._read()
        if found is not None and (found.get("spec") or {}).get("holderIdentity") == self.holder:
            self._held = found

    def release(self, api: Api) -> str:
        """Give the Lease back.

        Args:
            api: With a deadline.

        Returns:
            A sentence when that failed; the Lease then lasts until its time has passed.
        """
        if self._held is None:
            return ""
        metadata = self._held["metadata"]
        body = {"preconditions": {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}}
        path = object_path(_GROUP_VERSION, _PLURAL, self._ref.name, LEASE_NAMESPACE)
        try:
            api.send(Write("delete", path, body, self._ref), dry_run=False)
        except GateError as failure:
            if isinstance(failure, ApiFailure) and failure.status in (404, 409):
                return ""  # somebody else has it by now
            return f"{self._ref.label} was not released and lasts {self._seconds} s: {failure.message}"
        return ""

    def _has_namespace(self) -> bool:
        """To create a Lease does not tell: rights come before the namespace, and nobody has any in one that is not there."""
        try:
            self._api.get(object_path("v1", "namespaces", LEASE_NAMESPACE))
        except ApiFailure as failure:
            return failure.status != 404
        return True

    def _read(self) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = self._api.get(
                object_path(_GROUP_VERSION, _PLURAL, self._ref.name, LEASE_NAMESPACE)
            )
        except ApiFailure as failure:
            if failure.status == 404:
                return None
            raise
        return found

    def _write(self, found: Mapping[str, Any] | None) -> Write:
        now = _micro_time(self._api.now())
        spec = {
            "holderIdentity": self.holder,
            "leaseDurationSeconds": self._seconds,
            "acquireTime": now,
            "renewTime": now,
        }
        if found is None:
            body = {"apiVersion": _GROUP_VERSION, "kind": "Lease", "metadata": {"name": self._ref.name}, "spec": spec}
            return Write("create", collection_path(_GROUP_VERSION, _PLURAL, LEASE_NAMESPACE), body, self._ref)
        metadata = {"resourceVersion": found["metadata"]["resourceVersion"]}
        path = object_path(_GROUP_VERSION, _PLURAL, self._ref.name, LEASE_NAMESPACE)
        return Write("patch", path, {"metadata": metadata, "spec": spec}, self._ref, MERGE_PATCH)

    def _taken(self) -> Conflict:
        return Conflict(
            "lease.held",
            f"{self._ref.label}: another tool works on node {self._node}.",
            "Wait until it has finished.",
            status=409,
        )


def taken(api: Api, node: str, execution: str, wait_timeout_s: float) -> NodeLease:
    """The Lease of a node, taken for as long as its execution may last. Arguments and errors: see ``NodeLease``."""
    lease = NodeLease(api, node, execution, int(wait_timeout_s) + GRACE_S)
    lease.take()
    return lease


def _micro_time(moment: datetime) -> str:
    """``MicroTime`` of the API: RFC 3339 with six digits."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
