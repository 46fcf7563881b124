# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Approvals in the course of one execution: looked up when it would be denied, used up when it is admitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.approvals import find, in_words
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.consumption import consume
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import Record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Approval


def longest_approval_s(config: Mapping[str, Any]) -> int:
    """Seconds that an approval counts at most: ``approvals.max_valid_seconds`` of the library's config, or a day."""
    stated = config.get("approvals")
    longest = stated.get("max_valid_seconds") if isinstance(stated, Mapping) else None
    return longest if isinstance(longest, int) and longest > 0 else 86400


def look_up(
    api: Api, record: Record, claims: Mapping[str, Any], config: Mapping[str, Any]
) -> tuple[tuple[Approval, ...], list[str]]:
    """The approvals that count for an execution, and in words why others do not. Where they cannot be read: none."""
    try:
        found = find(api, record, claims, longest_s=longest_approval_s(config))
    except GateError as failure:
        return (), [f"Approvals could not be looked up: {failure.message}"]
    return found.valid, list(in_words(found.ignored))


def use_up(api: Api, used: Sequence[Approval], execution: str, sleep: Callable[[float], None]) -> list[str]:
    """Use approvals up for ``execution``. Returns a sentence for each override, which somebody has to review.

    Raises:
        ActionDenied: Another execution was faster.
        ApiFailure, Unreachable: It could not be written.
    """
    consume(api, used, execution, sleep=sleep)
    return [
        f"Emergency override {approval.name} by {approval.approver} was used: {approval.reason.rstrip('.')}."
        " Its review is open."
        for approval in used
        if approval.type == "override"
    ]
