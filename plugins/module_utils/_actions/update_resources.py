# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UpdateResources: set what containers of a workload request and may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

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
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Impact, Plan, Request, Undo
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.quantities import parse

_LISTS = ("containers", "initContainers")
_SECTIONS = ("requests", "limits")
# Container to section to resource to quantity; ``None`` takes the entry away.
Resources: TypeAlias = "Mapping[str, Mapping[str, Mapping[str, str | None]]]"


class UpdateResources(WorkloadAction):
    name = "UpdateResources"
    verb = "update resources of"
    options: ClassVar = {**WORKLOAD, "containers": {"type": "dict", "required": True}}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref = reads["target"], self.target(request)
        wanted, current = _stated(request), _current(raw)
        unknown = sorted(set(wanted) - set(current))
        if unknown:
            raise InvalidRequest(
                "request.container-unknown",
                f"{ref.label} has no container {', '.join(unknown)}.",
                f"Its containers are {', '.join(sorted(current))}.",
            )
        changes, after = _changes(current, wanted), _applied(current, wanted)
        _refuse_contradictions(ref.label, after)
        before = {
            name: {
                section: {key: current[name].get(section, {}).get(key) for key in entries}
                for section, entries in it.items()
            }
            for name, it in wanted.items()
        }
        updated = {**raw, "spec": {**raw["spec"], "template": _updated(raw["spec"]["template"], after)}}
        return Plan(
            target=ref,
            writes=(patch_workload(ref, raw, _patch(raw, changes)),) if changes else (),
            before={"resources": before},
            after={
                "resources": {
                    name: {section: dict(entries) for section, entries in it.items()} for name, it in wanted.items()
                }
            },
            impact=Impact(
                adds=surge(ref, updated), fields=_fields(raw, changes), permissions=workload_permissions(ref)
            ),
            parameters={
                **legacy_names(ref),
                "containers": {name: after[name] for name in wanted},
                "current": {name: current[name] for name in wanted},
            },
            undo=Undo(
                self.name, {"kind": ref.kind, "name": ref.name, "namespace": ref.namespace, "containers": before}
            ),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and not _changes(_current(observed), _stated(request))

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        return rollout_progress(observed, request.time)


def _stated(request: Request) -> Resources:
    """What is asked for, every quantity as text.

    Raises:
        InvalidRequest: It has not the form container: {requests: {cpu: 100m}, limits: {...}}.
    """
    containers = request.parameters["containers"]
    if not containers:
        raise InvalidRequest("request.containers-empty", "containers: names no container.", _FORM)
    stated: dict[str, dict[str, dict[str, str | None]]] = {}
    for name, sections in containers.items():
        known = isinstance(sections, Mapping) and sections and set(sections) <= set(_SECTIONS)
        if not known or not all(isinstance(entries, Mapping) and entries for entries in sections.values()):
            raise InvalidRequest(
                "request.resources-invalid", f"containers: {str(name)[:63]!r} needs requests, limits or both.", _FORM
            )
        stated[str(name)] = {
            section: {str(key): _quantity(str(name), section, str(key), value) for key, value in entries.items()}
            for section, entries in sections.items()
        }
    return stated


_FORM = "Write container: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}; null takes an entry away."


def _quantity(container: str, section: str, key: str, value: Any) -> str | None:
    if value is None:
        return None
    try:
        if parse(value) >= 0 and not isinstance(value, bool):
            return str(value)
    except ValueError:
        pass
    raise InvalidRequest(
        "request.quantity-invalid",
        f"containers: {section}.{key[:63]} of {container[:63]} is {str(value)[:40]!r}, which is no quantity of 0 or more.",
        "Write 250m, 1, 64Mi or 1.5Gi.",
    )


def _current(raw: Raw) -> dict[str, dict[str, dict[str, str]]]:
    pod = raw["spec"]["template"]["spec"]
    return {
        container["name"]: {
            section: dict((container.get("resources") or {}).get(section) or {})
            for section in _SECTIONS
            if (container.get("resources") or {}).get(section)
        }
        for key in _LISTS
        for container in pod.get(key) or ()
    }


def _changes(current: Mapping[str, Mapping[str, Mapping[str, str]]], wanted: Resources) -> dict[str, Any]:
    """The part of ``wanted`` that differs, as amounts: ``1000m`` is ``1``."""
    changes: dict[str, Any] = {}
    for name, sections in wanted.items():
        for section, entries in sections.items():
            now = current.get(name, {}).get(section, {})
            different = {key: value for key, value in entries.items() if not _same(now.get(key), value)}
            if different:
                changes.setdefault(name, {})[section] = different
    return changes


def _same(now: str | None, wanted: str | None) -> bool:
    return now == wanted if now is None or wanted is None else parse(now) == parse(wanted)


def _applied(current: Mapping[str, Mapping[str, Mapping[str, str]]], wanted: Resources) -> dict[str, dict[str, Any]]:
    after: dict[str, dict[str, Any]] = {}
    for name, sections in current.items():
        merged = {
            section: {**sections.get(section, {}), **wanted.get(name, {}).get(section, {})} for section in _SECTIONS
        }
        after[name] = {
            section: {key: value for key, value in entries.items() if value is not None}
            for section, entries in merged.items()
        }
    return after


def _refuse_contradictions(label: str, after: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
    for name, sections in after.items():
        for key, limit in sections["limits"].items():
            request = sections["requests"].get(key)
            if request is not None and parse(request) > parse(limit):
                raise InvalidRequest(
                    "request.resources-contradict",
                    f"{label}: container {name} would request {request} {key} and be limited to {limit}.",
                    "Raise the limit or lower the request.",
                )


def _updated(template: Raw, after: Mapping[str, Any]) -> dict[str, Any]:
    """The pod template as it will be: its pods are what has to fit."""
    lists = {
        key: [{**container, "resources": after[container["name"]]} for container in template["spec"][key]]
        for key in _LISTS
        if template["spec"].get(key)
    }
    return {**template, "spec": {**template["spec"], **lists}}


def _patch(raw: Raw, changes: Mapping[str, Any]) -> dict[str, Any]:
    pod = raw["spec"]["template"]["spec"]
    lists = {
        key: entries
        for key in _LISTS
        if (
            entries := [
                {"name": it["name"], "resources": changes[it["name"]]}
                for it in pod.get(key) or ()
                if it["name"] in changes
            ]
        )
    }
    return {"spec": {"template": {"spec": lists}}}


def _fields(raw: Raw, changes: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    pod = raw["spec"]["template"]["spec"]
    return tuple(
        ("spec", "template", "spec", key, it["name"], "resources", section, resource)
        for key in _LISTS
        for it in pod.get(key) or ()
        for section, entries in changes.get(it["name"], {}).items()
        for resource in entries
    )
