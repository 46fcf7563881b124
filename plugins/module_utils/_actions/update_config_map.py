# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UpdateConfigMap: set, replace or take away keys of a ConfigMap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Raw
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.settings import (
    SETTINGS,
    SettingsAction,
    Values,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request, Undo

_LONGEST_SHOWN = 1000
_LONGEST_KEPT = 16384


class UpdateConfigMap(SettingsAction):
    name = "UpdateConfigMap"
    verb = "update"
    kind = "ConfigMap"
    plural = "configmaps"
    option = "data"
    options: ClassVar = {**SETTINGS, "data": {"type": "dict", "required": True}}

    def values(self, raw: Raw) -> dict[str, str]:
        return dict(raw.get("data") or {})

    def stored(self, value: str) -> str:
        return value

    def shown(self, request: Request, values: Values) -> Mapping[str, Any]:
        return {"data": {key: _cut(value) for key, value in values.items()}}

    def way_back(self, request: Request, before: Values) -> Undo:
        if sum(len(key) + len(value or "") for key, value in before.items()) > _LONGEST_KEPT:
            return Undo(note="The previous values are too long to be kept in a record.")
        ref = self.target(request)
        options: dict[str, Any] = {"name": ref.name, "namespace": ref.namespace, "data": dict(before)}
        if request.parameters.get("restart"):
            options["restart"] = request.parameters["restart"]
        return Undo(self.name, options)


def _cut(value: str | None) -> str | None:
    if value is None or len(value) <= _LONGEST_SHOWN:
        return value
    return f"{value[:_LONGEST_SHOWN]}… ({len(value)} characters)"
