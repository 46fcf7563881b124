# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys of a ConfigMap or Secret: what an update says, what it changes, and the restart of those who use it."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    NAMESPACED,
    Action,
    Progress,
    Raw,
    require_namespace,
    require_subdomain,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.consumers import (
    CHANGED_AT,
    RESTART,
    changed_at,
    consumer_permissions,
    consumer_reads,
    consumers,
    due,
    require_users,
    restarts,
    rollouts_progress,
    surges,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import MERGE
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import MASK
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Permission,
    Plan,
    Read,
    Request,
    Undo,
    Write,
)

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    **NAMESPACED,
    "mode": {"type": "str", "choices": ["merge", "replace"], "default": "merge"},
    "restart": RESTART,
}
_KEY = re.compile(r"(?!\.{1,2}\Z)[-._a-zA-Z0-9]{1,253}")

Values: TypeAlias = "Mapping[str, str | None]"
"""Key to value; ``None`` takes the key away."""


class SettingsAction(Action):
    """Updates keys of an existing object; the values are text here, whatever the object keeps them as.

    Attributes:
        kind, plural: Of the object.
        option: That states the values.
    """

    kind: ClassVar[str]
    plural: ClassVar[str]
    option: ClassVar[str]
    facts = frozenset({"namespace_info", "ownership", "capacity", "rbac_permissions", "dry_run_result"})
    waits = True
    rolls_out = True

    def target(self, request: Request) -> ObjectRef:
        return ObjectRef(
            kind=self.kind,
            name=require_subdomain(str(request.parameters["name"]), "name"),
            namespace=require_namespace(str(request.parameters["namespace"])),
        )

    def reads(self, request: Request) -> dict[str, Read]:
        return {"target": Read(self._path(self.target(request))), **self.watches(request)}

    def watches(self, request: Request) -> dict[str, Read]:
        return consumer_reads(consumers(request, self.target(request).namespace))

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref = reads["target"], self.target(request)
        users = consumers(request, ref.namespace)
        require_users(users, reads, ref)
        current, changes = self.values(raw), self._changes(request, raw)
        if changes:
            self.refuse(ref, raw)
        # At the time of the change, or of one before that was interrupted; clocks of API servers may differ.
        time = max(request.time, changed_at(raw))
        restarted = users if changes else due(users, reads, changed_at(raw))
        names = [f"{user.kind}/{user.name}" for user in restarted]
        before = {key: current.get(key) for key in changes}
        write = (self._write(ref, raw, changes, time if users else ""),) if changes else ()
        return Plan(
            target=ref,
            writes=(*write, *restarts(restarted, reads, time)),
            before=self.shown(request, before),
            # Only afterwards: who restarts one of them later has not touched what an undo puts back.
            after={**self.shown(request, changes), **({"restarts": names} if names else {})},
            impact=Impact(
                adds=surges(restarted, reads),
                fields=tuple(("data", key) for key in sorted(changes)),
                permissions=(*self._permissions(ref), *consumer_permissions(users)),
            ),
            parameters={
                f"{self.kind.lower()}_name": ref.name,
                "mode": str(request.parameters.get("mode") or "merge"),
                **_kinds_of_change(current, changes),
                "restarts": names,
            },
            undo=self.way_back(request, before) if changes else Undo(note="A restart changes nothing to put back."),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and not self._changes(request, observed)

    def settled(self, request: Request, plan: Plan, observed: Raw | None, others: Mapping[str, Any]) -> Progress:
        return rollouts_progress(consumers(request, self.target(request).namespace), others, request.time)

    @abstractmethod
    def values(self, raw: Raw) -> dict[str, str]:
        """The present values, in a form that can be compared with ``stored``."""

    @abstractmethod
    def stored(self, value: str) -> str:
        """A value that is asked for, as the object keeps it."""

    @abstractmethod
    def shown(self, request: Request, values: Values) -> Mapping[str, Any]:
        """The part of the diff about these values."""

    @abstractmethod
    def way_back(self, request: Request, before: Values) -> Undo: ...

    def refuse(self, ref: ObjectRef, raw: Raw) -> None:
        """Raise ``InvalidRequest`` for an object that cannot be updated."""
        if raw.get("immutable"):
            raise InvalidRequest(
                "target.immutable",
                f"{ref.label} is immutable.",
                "Create one under another name and let the workloads use that.",
            )

    def _changes(self, request: Request, raw: Raw) -> dict[str, str | None]:
        stated, current = self._stated(request), self.values(raw)
        if request.parameters.get("mode") == "replace":
            stated = {**dict.fromkeys(current), **stated}
        return {key: value for key, value in stated.items() if current.get(key) != value}

    def _stated(self, request: Request) -> dict[str, str | None]:
        """The values that are asked for. What is wrong with one is told by its key alone."""
        stated: dict[str, str | None] = {}
        for key, value in (request.parameters[self.option] or {}).items():
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise InvalidRequest(
                    "request.key-invalid",
                    f"{self.option}: {str(key)[:80]!r} is not a key that Kubernetes accepts.",
                    "Use letters, digits, '-', '_' and '.', at most 253 characters.",
                )
            if value is not None and not isinstance(value, str):
                raise InvalidRequest(
                    "request.value-not-text",
                    f"{self.option}: the value of {key} is {type(value).__name__}, not text.",
                    "Put it in quotes.",
                )
            if value == MASK:
                raise InvalidRequest(
                    "request.value-hidden",
                    f"{self.option}: the value of {key} is what a record shows instead of a secret.",
                    "Give the value itself.",
                )
            stated[key] = None if value is None else self.stored(value)
        return stated

    def _path(self, ref: ObjectRef) -> str:
        return f"/api/v1/namespaces/{ref.namespace}/{self.plural}/{ref.name}"

    def _permissions(self, ref: ObjectRef) -> tuple[Permission, ...]:
        return tuple(Permission(verb, self.plural, namespace=ref.namespace, name=ref.name) for verb in ("get", "patch"))

    def _write(self, ref: ObjectRef, raw: Raw, changes: Values, time: str) -> Write:
        noted = {"annotations": {CHANGED_AT: time}} if time else {}
        return Write(
            verb="patch",
            path=self._path(ref),
            body={"metadata": {"resourceVersion": raw["metadata"]["resourceVersion"], **noted}, "data": dict(changes)},
            target=ref,
            content_type=MERGE,
        )


def _kinds_of_change(current: Mapping[str, str], changes: Values) -> dict[str, list[str]]:
    """The keys that come, that say something else, and that go."""
    stated = {key for key, value in changes.items() if value is not None}
    return {
        "added": sorted(stated - current.keys()),
        "changed": sorted(stated & current.keys()),
        "removed": sorted(changes.keys() - stated),
    }
