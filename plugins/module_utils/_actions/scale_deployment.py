# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ScaleDeployment and ScaleStatefulSet: set the number of replicas through the scale subresource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    NAMESPACED,
    Progress,
    Raw,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import (
    MERGE,
    WorkloadAction,
    deletes_volumes,
    legacy_names,
    new_pods,
    workload_path,
    workload_permissions,
    workload_ref,
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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.rollout import rollout_complete


class _Scale(WorkloadAction):
    """Scales a workload of one kind."""

    kind: ClassVar[str]
    verb = "scale"
    options: ClassVar = {**NAMESPACED, "replicas": {"type": "int", "required": True}}

    def target(self, request: Request) -> ObjectRef:
        return workload_ref(request, self.kind)

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref, wanted = reads["target"], self.target(request), int(request.parameters["replicas"])
        if wanted < 0:
            raise InvalidRequest("request.replicas-negative", f"replicas: {wanted} is negative.", "Use 0 or more.")
        current = int(raw["spec"].get("replicas", 1))
        added = wanted - current
        return Plan(
            target=ref,
            writes=() if added == 0 else (_scale(ref, raw, wanted),),
            before={"replicas": current},
            after={"replicas": wanted},
            impact=Impact(
                adds=(new_pods(ref, raw, added, grows=True),) if added > 0 else (),
                fields=(("spec", "replicas"),),
                permissions=workload_permissions(ref, "scale"),
            ),
            parameters={
                **legacy_names(ref),
                "replicas": wanted,
                "current_replicas": current,
                "deletes_volumes": added < 0 and deletes_volumes(raw, "whenScaled"),
            },
            undo=Undo(self.name, {"name": ref.name, "namespace": ref.namespace, "replicas": current}),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and int(observed["spec"].get("replicas", 1)) == int(request.parameters["replicas"])

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        if observed is None:
            return Progress(False, "", failed=f"the {self.kind} was deleted meanwhile")
        wanted = int(request.parameters["replicas"])
        if int(observed["spec"].get("replicas", 1)) != wanted:
            return Progress(
                False, "", failed=f"something else set spec.replicas to {observed['spec'].get('replicas')} meanwhile"
            )
        if observed["spec"].get("paused"):
            # A paused Deployment still scales, but its rollout never completes.
            ready = int(observed.get("status", {}).get("availableReplicas", 0))
            return Progress(ready == wanted, f"{ready} of {wanted} replicas available")
        done, message = rollout_complete(observed)
        return Progress(done, message)


class ScaleDeployment(_Scale):
    name = "ScaleDeployment"
    kind = "Deployment"


class ScaleStatefulSet(_Scale):
    name = "ScaleStatefulSet"
    kind = "StatefulSet"


def _scale(ref: ObjectRef, raw: Raw, replicas: int) -> Write:
    """The scale subresource shows the resourceVersion of its workload, so the precondition covers both."""
    return Write(
        verb="patch",
        path=f"{workload_path(ref)}/scale",
        body={
            "metadata": {"resourceVersion": raw["metadata"]["resourceVersion"]},
            "spec": {"replicas": replicas},
        },
        target=ref,
        content_type=MERGE,
    )
