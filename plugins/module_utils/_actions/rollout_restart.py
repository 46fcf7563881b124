# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RolloutRestart: replace the pods of a workload by a rollout of the same template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Progress, Raw
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import (
    WORKLOAD,
    WorkloadAction,
    is_on_delete,
    legacy_names,
    patch_workload,
    rollout_progress,
    surge,
    workload_permissions,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Plan,
    Request,
    Undo,
    Write,
)

# The annotation of ``kubectl rollout restart``, so that both tools read each other's traces.
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


class RolloutRestart(WorkloadAction):
    name = "RolloutRestart"
    verb = "restart"
    options = WORKLOAD

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref = reads["target"], self.target(request)
        return Plan(
            target=ref,
            writes=(restart(ref, raw, request.time),),
            before={"restarted_at": _restarted_at(raw)},
            after={"restarted_at": _moment(raw, request.time)},
            impact=Impact(
                adds=surge(ref, raw),
                fields=(("spec", "template", "metadata", "annotations", RESTARTED_AT),),
                permissions=workload_permissions(ref),
            ),
            parameters=legacy_names(ref),
            undo=Undo(note="A restart changes nothing that could be put back."),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and (_restarted_at(observed) or "").startswith(_second(request.time))

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        return rollout_progress(observed, request.time)


def restart(ref: ObjectRef, raw: Raw, time: str) -> Write:
    """What makes the workload replace its pods.

    Raises:
        InvalidRequest: It would not replace them.
    """
    if raw["spec"].get("paused"):
        raise InvalidRequest(
            "target.paused",
            f"{ref.label} is paused, so a restart would not begin.",
            f"Resume it first: kubectl rollout resume deployment/{ref.name} -n {ref.namespace}",
        )
    if is_on_delete(raw):
        raise InvalidRequest(
            "target.on-delete",
            f"{ref.label} has the update strategy OnDelete, so no rollout replaces its pods.",
            "Delete its pods one by one with guardrail.kubernetes.delete_pod.",
        )
    moment = _moment(raw, time)
    return patch_workload(ref, raw, {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: moment}}}}})


def _moment(raw: Raw, time: str) -> str:
    """What the annotation is to say. The same as before would restart nothing, so a second restart within one second, after
    another change that pods have to see, gets a fraction of it."""
    second, last = _second(time), _restarted_at(raw) or ""
    if not last.startswith(second):
        return time
    fraction = last.removeprefix(second).strip(".Z")
    return f"{second}.{int(fraction) + 1 if fraction.isdecimal() else 1:03d}Z"


def _second(time: str) -> str:
    return time.removesuffix("Z")


def _restarted_at(raw: Raw) -> str | None:
    annotations = raw["spec"]["template"].get("metadata", {}).get("annotations") or {}
    value = annotations.get(RESTARTED_AT)
    return None if value is None else str(value)
