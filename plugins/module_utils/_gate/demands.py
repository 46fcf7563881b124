# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a request may demand of the gate itself, told before anything is asked of the cluster."""

from __future__ import annotations

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request

_LONGEST_S = 86400


def require_possible(action: Action, request: Request) -> None:
    """Refuse a deadline that leaves no time or too much, and a Job for what a Job cannot do.

    Raises:
        InvalidRequest: ``request.wait-timeout-invalid`` or ``request.job-not-possible``.
    """
    _require_time(request)
    if request.execution == "job" and action.not_in_job:
        raise InvalidRequest(
            "request.job-not-possible",
            f"execution: job: a Job cannot carry out {action.name}: {action.not_in_job}.",
            "Leave execution out.",
        )


def _require_time(request: Request) -> None:
    """Everything after the decision is bounded by the deadline, the write too."""
    if request.wait_timeout_s <= 0:
        raise InvalidRequest(
            "request.wait-timeout-invalid",
            f"wait_timeout: {request.wait_timeout_s:g} leaves no time to act.",
            "Use 1 or more; wait: false does not wait for the result.",
        )
    if request.wait_timeout_s > _LONGEST_S:
        raise InvalidRequest(
            "request.wait-timeout-invalid",
            f"wait_timeout: {request.wait_timeout_s:g} is more than a day: so long an execution that died would count as"
            " running.",
            f"Use {_LONGEST_S} or less.",
        )
