# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UpdateImage: give containers of a workload new images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Progress, Raw
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import (
    WORKLOAD,
    WorkloadAction,
    legacy_names,
    patch_workload,
    rollout_progress,
    surge,
    workload_permissions,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.images import parse_image
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    Plan,
    Request,
    Undo,
)

_LISTS = ("containers", "initContainers")


class UpdateImage(WorkloadAction):
    name = "UpdateImage"
    verb = "update image of"
    options: ClassVar = {**WORKLOAD, "containers": {"type": "dict", "required": True}}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref = reads["target"], self.target(request)
        wanted = _wanted_images(request)
        pod = raw["spec"]["template"]["spec"]
        current = _images(raw)
        unknown = sorted(set(wanted) - set(current))
        if unknown:
            raise InvalidRequest(
                "request.container-unknown",
                f"{ref.label} has no container {', '.join(unknown)}.",
                f"Its containers are {', '.join(sorted(current))}.",
            )
        changes = {name: image for name, image in wanted.items() if current[name] != image}
        before = {name: current[name] for name in wanted}
        return Plan(
            target=ref,
            writes=(patch_workload(ref, raw, _template(pod, changes)),) if changes else (),
            before={"images": before},
            after={"images": dict(wanted)},
            impact=Impact(
                adds=surge(ref, raw),
                fields=tuple(
                    ("spec", "template", "spec", key, container["name"], "image")
                    for key in _LISTS
                    for container in pod.get(key) or ()
                    if container["name"] in changes
                ),
                permissions=workload_permissions(ref),
                images=wanted,
            ),
            parameters={**legacy_names(ref), "containers": dict(wanted), "image": next(iter(wanted.values()))},
            undo=Undo(
                self.name, {"kind": ref.kind, "name": ref.name, "namespace": ref.namespace, "containers": before}
            ),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and _wanted_images(request).items() <= _images(observed).items()

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        return rollout_progress(observed, request.time)


def _images(raw: Raw) -> dict[str, str]:
    pod = raw["spec"]["template"]["spec"]
    return {container["name"]: str(container.get("image", "")) for key in _LISTS for container in pod.get(key) or ()}


def _wanted_images(request: Request) -> dict[str, str]:
    containers = request.parameters["containers"]
    if not containers:
        raise InvalidRequest("request.containers-empty", "containers: names no container.", "Give container: image.")
    wanted = {str(name): str(image) for name, image in containers.items()}
    for name, image in wanted.items():
        try:
            parse_image(image)
        except ValueError:
            raise InvalidRequest(
                "request.image-invalid",
                f"containers: {image[:120]!r} for container {name[:63]!r} is not an image reference.",
                "Write registry/repository:tag or registry/repository@sha256:digest.",
            ) from None
    return wanted


def _template(pod: Raw, changes: Mapping[str, str]) -> dict[str, Any]:
    """The patch names only the containers that change, each in the list it is in."""
    lists: dict[str, Any] = {}
    for key in _LISTS:
        entries = [
            {"name": container["name"], "image": changes[container["name"]]}
            for container in pod.get(key) or ()
            if container["name"] in changes
        ]
        if entries:
            lists[key] = entries
    return {"spec": {"template": {"spec": lists}}}
