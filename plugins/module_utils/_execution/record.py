# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""``KubernetesExecution``: one attempt at one action, as the cluster keeps it.

The record is written before the decision and moves through its phases with the action::

    Pending -> Rejected
            -> AwaitingApproval -> Rejected
            -> Executing -> Succeeded -> RolledBack
                         -> Failed    -> RolledBack
            -> Failed

``Pending`` lasts ``spec.pendingSeconds`` at most and ``Executing`` ``spec.timeoutSeconds``, by the API server's clock; what
is older belongs to a process that has died, and counts for nothing but the past.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef

GROUP_VERSION = "guardrail.dev/v1alpha1"
KIND = "KubernetesExecution"
PLURAL = "kubernetesexecutions"
NAMESPACE = "guardrail-system"

PENDING, REJECTED, AWAITING = "Pending", "Rejected", "AwaitingApproval"
EXECUTING, SUCCEEDED, FAILED, ROLLED_BACK = "Executing", "Succeeded", "Failed", "RolledBack"

PENDING_S = 30
"""A record has so long from its creation to a decision; then others stop waiting for it."""

GRACE_S = 60
"""An execution that has not ended so long after its own deadline is taken for dead."""

LABEL = "guardrail.dev/"
_LONGEST_LABEL = 63
_HASH_SHOWN = 16


@dataclass(frozen=True)
class Record:
    """A record as it was read.

    Attributes:
        order: The resource version as a number. Of a record that is still as it was created, it tells which of two came
            first (KEP-5504).
        uid: Of the target.
        created: By the API server's clock.
        admitted_at: When it began to execute; ``None`` when it never did.
        raw: The whole object.
    """

    name: str
    resource_version: str
    id: str
    action: str
    target: ObjectRef
    uid: str
    digest: str
    requester: str
    phase: str
    created: datetime
    admitted_at: datetime | None
    ended_at: datetime | None
    pending_s: int
    timeout_s: int
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def order(self) -> int:
        return int(self.resource_version or 0)

    @property
    def admitted(self) -> bool:
        return self.admitted_at is not None

    def expired(self, now: datetime) -> bool:
        """Whether it is past the time that its phase may last."""
        if self.phase == PENDING:
            return now > self.created + timedelta(seconds=self.pending_s)
        if self.phase == EXECUTING:
            return now > (self.admitted_at or self.created) + timedelta(seconds=self.timeout_s)
        return False

    @property
    def status(self) -> Mapping[str, Any]:
        status: Mapping[str, Any] = self.raw.get("status") or {}
        return status


def parse(raw: Mapping[str, Any]) -> Record:
    """Read an object. The schema of its definition vouches for the required fields."""
    metadata, spec, status = raw["metadata"], raw["spec"], raw.get("status") or {}
    target = spec["target"]
    return Record(
        name=metadata["name"],
        resource_version=metadata.get("resourceVersion", ""),
        id=spec["id"],
        action=spec["action"],
        target=ObjectRef(target["kind"], target["name"], target.get("namespace", "")),
        uid=target.get("uid", ""),
        digest=spec["digest"],
        requester=spec["requester"],
        phase=status.get("phase") or PENDING,
        created=datetime.fromisoformat(metadata["creationTimestamp"]),
        admitted_at=_time(status.get("admittedAt")),
        ended_at=_time(status.get("endedAt")),
        pending_s=spec["pendingSeconds"],
        timeout_s=spec["timeoutSeconds"],
        raw=raw,
    )


def name_of(action: str, request_id: str) -> str:
    """Name of the record of a request: ``drain-node-3f2a9c1d7e5b``. The same for every attempt to write it."""
    kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", action).lower()
    return f"{kebab}-{request_id.replace('-', '')[:12]}"


def target_labels(target: ObjectRef) -> dict[str, str]:
    """Labels by which the records of a target are found."""
    return {
        f"{LABEL}kind": label_value(target.kind),
        f"{LABEL}namespace": label_value(target.namespace),
        f"{LABEL}name": label_value(target.name),
    }


def requester_label(requester: str) -> str:
    """A username is no label: its hash is."""
    return hashlib.sha256(requester.encode()).hexdigest()[:40]


def label_value(text: str) -> str:
    """The text as the value of a label; a longer one is cut and ends in its hash."""
    if len(text) <= _LONGEST_LABEL:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_HASH_SHOWN]
    return f"{text[: _LONGEST_LABEL - _HASH_SHOWN - 1].rstrip('-.')}-{digest}"


def digest_of(action: str, target: ObjectRef, uid: str, parameters: Mapping[str, Any]) -> str:
    """What an approval is given for: this action, on this very object, with these parameters. SHA-256, hexadecimal."""
    content = {
        "action": action,
        "target": {"kind": target.kind, "namespace": target.namespace, "name": target.name, "uid": uid},
        "parameters": parameters,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
