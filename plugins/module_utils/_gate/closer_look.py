# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A closer look at a rollout that takes its time: its pods say why, and whether waiting on is of any use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Progress
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.rollout import WORKLOADS, rollout_complete
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.stuck_pods import pod_selector, why_stuck

# A rollout without trouble is through before; the pods of a large one are a long list.
_FIRST_AFTER_S = 3.0
_EVERY_S = 8.0


class CloserLook:
    """Adds to the progress of a rollout what its pods tell. Without the right to list pods it adds nothing.

    Args:
        since: When the workloads were changed, RFC 3339.
    """

    def __init__(self, api: Api, deadline: Deadline, since: str) -> None:
        self._api, self._deadline, self._since = api, deadline, since
        self._next_s = deadline.elapsed_s + _FIRST_AFTER_S
        self._told = ("", False)

    def at(self, progress: Progress, seen: Iterable[Any]) -> Progress:
        """The same progress in more words, or the reason why it will come to nothing.

        Args:
            seen: What was read; what is no workload does not count.
        """
        if progress.done or progress.failed:
            return progress
        if self._deadline.elapsed_s >= self._next_s or self._deadline.expired:
            self._next_s = self._deadline.elapsed_s + _EVERY_S
            with contextlib.suppress(GateError):
                self._told = self._look(it for it in seen if isinstance(it, Mapping) and it.get("kind") in WORKLOADS)
        words, hopeless = self._told
        message = "; ".join(part for part in (progress.message, words) if part)
        return replace(progress, message=message, failed=message if hopeless else "")

    def _look(self, workloads: Iterable[Mapping[str, Any]]) -> tuple[str, bool]:
        told = [self._at_one(it) for it in workloads if not rollout_complete(it)[0]]
        return min((it for it in told if it[0]), key=lambda it: not it[1], default=("", False))

    def _at_one(self, workload: Mapping[str, Any]) -> tuple[str, bool]:
        path = f"/api/v1/namespaces/{workload['metadata']['namespace']}/pods"
        pods = self._api.list(path, {"labelSelector": pod_selector(workload)})
        return why_stuck(workload, pods, self._since)
