# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Where a request stands among earlier executions, asked without leaving a trace (``policy_check``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.approvals import find
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.history import history_of, running_tally
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.limits import limits_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.opening import new_record
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import parse, timestamp
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import await_turn
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.approval_use import (
    longest_approval_s,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Facts
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Request
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Standing


def standing_of(api: Api, request: Request, plan: Plan, facts: Facts, config: Mapping[str, Any]) -> Standing:
    """History and approvals as a task with this request would find them now."""
    now = api.now()
    stated = ACTIONS[request.action].on_record(request)
    body = new_record(stated, plan, facts.target, facts.subject, now)
    own = parse({**body, "metadata": {**body["metadata"], "creationTimestamp": timestamp(now)}})
    limits = limits_of(config, request.action)
    try:
        view = await_turn(api, Ledger(api), own, limits, queued=False)
        found = find(api, own, request.claims, longest_s=longest_approval_s(config))
    except GateError as failure:
        return Standing(unreadable=failure.message)
    return Standing(history_of(view, limits), running_tally(view).count, found.valid)
