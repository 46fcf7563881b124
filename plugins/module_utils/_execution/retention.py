# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Old records are removed by the executions that come after them; there is no daemon."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import collection_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    EXECUTING,
    GROUP_VERSION,
    KIND,
    LABEL,
    NAMESPACE,
    PENDING,
    PLURAL,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import (
    IN_PROGRESS,
    end_unfinished,
    period_label,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Write

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

DEFAULT_DAYS = 30
LONGEST_DAYS = 365

_ONE_IN = 64


def is_due(request_id: str) -> bool:
    """Whether this execution is the one in 64 that cleans up. Its identifier is random, so no counter is needed."""
    return int(request_id.replace("-", "")[:8] or "1", 16) % _ONE_IN == 0


def days_of(config: object) -> int:
    """``retention_days`` of the library's config, bounded: each kept day is a word of the selector."""
    stated = config.get("retention_days") if isinstance(config, dict) else None
    usable = isinstance(stated, int) and not isinstance(stated, bool) and stated >= 1
    return min(stated, LONGEST_DAYS) if usable and isinstance(stated, int) else DEFAULT_DAYS


def prune(api: Api, now: datetime, days: int) -> str:
    """Delete records that are older than ``days``, in one call. A sentence when that failed.

    Those that are Pending or Executing stay: the admission policy keeps them, and the first refusal would stop the others
    (``DeleteCollection`` in ``registry/generic/registry/store.go``). Among them are records of processes that died and that
    nobody came after; they are ended first, so that the next call removes them.
    """
    kept = [period_label(now - timedelta(days=back), "day") for back in range(-1, days + 1)]
    labels = f"{LABEL}day,{LABEL}day notin ({','.join(kept)})"
    ledger = Ledger(api)
    query = {"labelSelector": labels, "fieldSelector": _ENDED, "limit": str(_MOST_DELETED)}
    ref = ObjectRef(KIND, f"older than {days} days", NAMESPACE)
    write = Write("delete", collection_path(GROUP_VERSION, PLURAL, NAMESPACE), {}, ref, query=query)
    try:
        for record in ledger.find(labels, IN_PROGRESS):
            if record.expired(now):
                end_unfinished(ledger, record, now)
        api.send(write, dry_run=False)
    except GateError as failure:
        return f"Old records were not removed: {failure.message}"
    return ""


_ENDED = f"status.phase!={PENDING},status.phase!={EXECUTING}"
# Twice as many as come in between; each takes the API server some milliseconds, for which this one task waits.
_MOST_DELETED = 2 * _ONE_IN
