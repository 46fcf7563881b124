# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An API server in memory, behind the methods that fact readers use, with a log of the calls.

Objects are stored by the path of their collection. Pages are small (``page_size``), so every list test pages.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure

NOT_FOUND = ApiFailure("api.not-found", "It does not exist.", status=404)


class FakeApi:
    def __init__(self, *, page_size: int = 2) -> None:
        self.calls: list[str] = []
        self.bodies: list[Mapping[str, Any]] = []
        self.rules: dict[str, list[Mapping[str, Any]]] = {}
        self.incomplete = False
        self.allowed: set[tuple[str, str, str, str]] = set()
        self.user: Mapping[str, Any] = {"username": "runner", "groups": ["system:authenticated"]}
        self._collections: dict[str, list[dict[str, Any]]] = {}
        self._failures: dict[str, list[Exception]] = {}
        self._page_size = page_size

    def add(self, path: str, *items: Mapping[str, Any]) -> FakeApi:
        """Put objects into the collection at a path."""
        self._collections.setdefault(path, []).extend(copy.deepcopy(dict(item)) for item in items)
        return self

    def fail(self, path: str, *failures: Exception, always: bool = False) -> FakeApi:
        """Let the next calls of a path fail, one failure each, or all of them with the first."""
        self._failures[path] = list(failures) * (1000 if always else 1)
        return self

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        self._call("GET", path, query)
        if path in self._collections or _is_collection(path):
            return self._page(path, query or {})
        collection, _, name = path.rpartition("/")
        for item in self._collections.get(collection, ()):
            if item["metadata"]["name"] == name:
                return copy.deepcopy(item)
        raise NOT_FOUND

    def list(self, path: str, query: Mapping[str, str] | None = None) -> tuple[dict[str, Any], ...]:
        self._call("LIST", path, query)
        return tuple(copy.deepcopy(self._select(path, query or {})))

    def list_metadata(self, path: str, query: Mapping[str, str] | None = None) -> tuple[dict[str, Any], ...]:
        self._call("META", path, query)
        return tuple({"metadata": copy.deepcopy(item["metadata"])} for item in self._select(path, query or {}))

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._call("POST", path, None)
        self.bodies.append(body)
        if body["kind"] == "SelfSubjectReview":
            return {"status": {"userInfo": self.user}}
        if body["kind"] == "SelfSubjectRulesReview":
            rules = [*self.rules.get("", ()), *self.rules.get(body["spec"]["namespace"], ())]
            return {"status": {"resourceRules": rules, "nonResourceRules": [], "incomplete": self.incomplete}}
        asked = body["spec"]["resourceAttributes"]
        resource = f"{asked['resource']}/{asked['subresource']}" if "subresource" in asked else asked["resource"]
        key = (asked["verb"], resource, asked.get("namespace", ""), asked.get("name", ""))
        return {"status": {"allowed": key in self.allowed}}

    def _call(self, verb: str, path: str, query: Mapping[str, str] | None) -> None:
        selector = (query or {}).get("fieldSelector", "")
        self.calls.append(f"{verb} {path}{f'?{selector}' if selector else ''}")
        if self._failures.get(path):
            raise self._failures[path].pop(0)

    def _page(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        items = self._select(path, query)
        start = int(query.get("continue", "0"))
        end = start + self._page_size
        metadata = {"continue": str(end)} if end < len(items) else {}
        return {"metadata": metadata, "items": copy.deepcopy(items[start:end]) or None}

    def _select(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        items = self._collections.get(path, [])
        for term in filter(None, query.get("fieldSelector", "").split(",")):
            field, negated, value = term.partition("!=") if "!=" in term else term.partition("=")
            items = [item for item in items if (_field(item, field) == value) != (negated == "!=")]
        return items


def _is_collection(path: str) -> bool:
    """Whether the last segment is a plural: ``/api/v1/nodes`` or ``.../namespaces/<name>/pods``."""
    parts = path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    return len(rest) in (1, 3)


def _field(item: Mapping[str, Any], field: str) -> str:
    value: Any = item
    for key in field.split("."):
        value = value.get(key, {}) if isinstance(value, Mapping) else {}
    return value if isinstance(value, str) else ""
