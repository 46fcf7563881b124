# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The first form of a record: a request and its plan, as the cluster is to keep them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    GRACE_S,
    GROUP_VERSION,
    KIND,
    LABEL,
    NAMESPACE,
    PENDING_S,
    digest_of,
    label_value,
    name_of,
    requester_label,
    target_labels,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import period_label
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Subject, Target
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import mask
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Request

_LONGEST_REASON, _LONGEST_TICKET, _LONGEST_CLAIM = 1024, 256, 256


def new_record(request: Request, plan: Plan, target: Target, subject: Subject, now: datetime) -> dict[str, Any]:
    """The object to create.

    Args:
        target: The facts about the target: its uid is what approvals are bound to.
        subject: Who asks; the API server refuses a record in another name.
        now: By the API server's clock; it goes into labels only, the server stamps the record itself.
    """
    return {
        "apiVersion": GROUP_VERSION,
        "kind": KIND,
        "metadata": {
            "name": name_of(request.action, request.id),
            "namespace": NAMESPACE,
            "labels": {
                f"{LABEL}action": label_value(request.action),
                **target_labels(plan.target),
                f"{LABEL}requester": requester_label(subject.username),
                f"{LABEL}slot": period_label(now, "slot"),
                f"{LABEL}hour": period_label(now, "hour"),
                f"{LABEL}day": period_label(now, "day"),
            },
        },
        "spec": {
            "id": request.id,
            "action": request.action,
            "target": {
                "kind": plan.target.kind,
                "namespace": plan.target.namespace,
                "name": plan.target.name,
                "uid": target.uid,
                "resourceVersion": target.resource_version,
            },
            "parameters": mask(stated(request.parameters)),
            "digest": digest_of(request.action, plan.target, target.uid, stated(request.parameters)),
            "requester": subject.username,
            "pendingSeconds": PENDING_S,
            "timeoutSeconds": int(request.wait_timeout_s) + GRACE_S,
            **_optional(request),
        },
    }


def _optional(request: Request) -> dict[str, Any]:
    """What the caller said besides, without secrets and cut to what the definition takes."""
    claims = {str(key): str(value)[:_LONGEST_CLAIM] for key, value in mask(dict(request.claims)).items()}
    fields: dict[str, Any] = {
        "claims": claims,
        "reason": str(mask(request.reason))[:_LONGEST_REASON],
        "ticket": str(mask(request.ticket))[:_LONGEST_TICKET],
        "undoes": request.undoes,
        # Where it is not said, it is direct: so a definition that does not know Jobs yet takes direct ones.
        "execution": request.execution if request.execution != "direct" else "",
    }
    return {key: value for key, value in fields.items() if value}


def stated(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Without options that were left at nothing, so that a new option of a module does not void an approval."""
    return {key: value for key, value in parameters.items() if value is not None}
