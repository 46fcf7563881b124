# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Using approvals up. Each serves one execution, whichever comes first: its version decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import object_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline, wait_until
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ActionDenied, Conflict, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.approvals import KIND, PLURAL
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    GROUP_VERSION,
    NAMESPACE,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import MERGE_PATCH, ObjectRef, Write
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Approval

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

_PATIENCE_S = 20.0


def consume(
    api: Api, approvals: Sequence[Approval], execution: str, *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Mark the approvals as used by ``execution``. For an override that opens its review.

    In the order of their names, so that of two executions that want the same ones one gets them all.

    Raises:
        ActionDenied: ``approval.used-meanwhile``: another execution was faster.
        ApiFailure, Unreachable: It could not be written.
    """
    for approval in sorted(approvals, key=lambda it: it.name):
        _consume(api, approval, execution, sleep)


def _consume(api: Api, approval: Approval, execution: str, sleep: Callable[[float], None]) -> None:
    path = object_path(GROUP_VERSION, PLURAL, approval.name, NAMESPACE)
    ref = ObjectRef(KIND, approval.name, NAMESPACE)

    def attempt() -> str:
        """Name of the execution that has the approval now."""
        raw = api.get(path)
        used_by = (raw.get("status") or {}).get("consumedBy")
        if used_by:
            return str(used_by)
        status: dict[str, Any] = {"consumedBy": execution, "consumedAt": timestamp(api.now())}
        if approval.type == "override":
            status["review"] = {"state": "Open"}
        metadata: Mapping[str, str] = {"resourceVersion": raw["metadata"]["resourceVersion"]}
        try:
            api.send(
                Write("patch", f"{path}/status", {"metadata": metadata, "status": status}, ref, MERGE_PATCH),
                dry_run=False,
            )
        except Conflict:
            raise Unreachable("approval.touched", f"{ref.label} was changed meanwhile.") from None
        return execution

    result = wait_until(attempt, lambda _: True, Deadline(_PATIENCE_S), sleep=sleep)
    if result.last is None:
        raise Unreachable("approval.unwritable", f"{ref.label} could not be marked as used. {result.reason}")
    if result.last != execution:
        raise ActionDenied(
            "approval.used-meanwhile",
            f"{ref.label} serves once, and {result.last} has used it.",
            "Ask for another approval.",
        )
