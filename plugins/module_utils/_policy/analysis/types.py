# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of values as the real compiler knows them: enough to tell what can never hold or be read.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Type:
    """One kind of value.

    Attributes:
        kind: string, number, boolean, null, array, object, set, any, or union.
        items: Types of the first elements of an array; the alternatives of a union.
        fields: Of an object, by key.
        rest: Type of the elements of a set, of other elements of an array, of other values of an object; ``None``: there
            are no others.
    """

    kind: str
    items: tuple[Type, ...] = ()
    fields: Mapping[str, Type] = field(default_factory=dict)
    rest: Type | None = None

    def __hash__(self) -> int:
        return hash((self.kind, self.items, tuple(self.fields), self.rest))

    def __str__(self) -> str:
        if self.kind == "union":
            return " or ".join(dict.fromkeys(str(each) for each in self.items))
        return {"any": "any value", "null": "null"}.get(
            self.kind, f"{'an' if self.kind[0] in 'ao' else 'a'} {self.kind}"
        )


ANY = Type("any")
STRING, NUMBER, BOOLEAN, NULL = Type("string"), Type("number"), Type("boolean"), Type("null")
OBJECT = Type("object", rest=ANY)
_SCHEMA_KINDS = {"string": STRING, "number": NUMBER, "integer": NUMBER, "boolean": BOOLEAN, "null": NULL}


def union(types: Iterable[Type]) -> Type:
    found: dict[Type, None] = {}
    for each in types:
        found.update(dict.fromkeys(each.items if each.kind == "union" else (each,)))
    if ANY in found or not found:
        return ANY
    return next(iter(found)) if len(found) == 1 else Type("union", tuple(found))


def of_collection(kind: str, elements: Type) -> Type:
    return Type(kind, rest=elements)


def member(value: Type, key: object) -> Type | None:
    """Type of ``value[key]``; ``None`` when there can be none. ``key`` is ``None`` when nobody knows it."""
    if value.kind == "any":
        return ANY
    if value.kind == "union":
        found = [one for each in value.items if (one := member(each, key)) is not None]
        return union(found) if found else None
    if value.kind == "set":
        return value.rest or ANY
    if value.kind == "object":
        if key is None:
            return _any_of([*value.fields.values()], value.rest)
        return value.fields.get(key, value.rest) if isinstance(key, str) else value.rest
    if value.kind == "array":
        if key is None:
            return _any_of(list(value.items), value.rest)
        if isinstance(key, int) and not isinstance(key, bool):
            return value.items[key] if 0 <= key < len(value.items) else value.rest
    return None


def _any_of(types: list[Type], rest: Type | None) -> Type:
    return union([*types, *([rest] if rest else [])])


def keys(value: Type) -> Type:
    """Type of the keys that ``some key, _ in value`` goes through."""
    if value.kind == "array":
        return NUMBER
    return ANY


def disjoint(one: Type, other: Type) -> bool:
    """Whether no value can be of both types."""
    if one.kind == "any" or other.kind == "any":
        return False
    if one.kind == "union" or other.kind == "union":
        ours, theirs = (each.items if each.kind == "union" else (each,) for each in (one, other))
        return all(disjoint(mine, yours) for mine in ours for yours in theirs)
    if one.kind != other.kind:
        return True
    if one.kind == "array":
        return _arrays_disjoint(one, other)
    if one.kind == "object":
        return any(_objects_disjoint(mine, yours) for mine, yours in ((one, other), (other, one)))
    return False


def _arrays_disjoint(one: Type, other: Type) -> bool:
    if (len(one.items) > len(other.items) and other.rest is None) or (
        len(other.items) > len(one.items) and one.rest is None
    ):
        return True
    longest = max(len(one.items), len(other.items))
    for number in range(longest):
        mine, yours = member(one, number), member(other, number)
        if mine is not None and yours is not None and disjoint(mine, yours):
            return True
    return False


def _objects_disjoint(one: Type, other: Type) -> bool:
    for key, mine in one.fields.items():
        yours = other.fields.get(key, other.rest)
        if yours is None or disjoint(mine, yours):
            return True
    return False


def of_declaration(declared: Mapping[str, Any]) -> Type:
    """From the form in which OPA and the engine declare their functions."""
    kind = declared.get("type", "any")
    if kind == "any":
        alternatives = declared.get("of")
        return union(of_declaration(each) for each in alternatives) if alternatives else ANY
    if kind == "array":
        dynamic = declared.get("dynamic")
        items = tuple(of_declaration(each) for each in declared.get("static") or ())
        return Type("array", items, rest=of_declaration(dynamic) if dynamic else None)
    if kind == "object":
        dynamic = declared.get("dynamic")
        fields = {each["key"]: of_declaration(each["value"]) for each in declared.get("static") or ()}
        return Type("object", fields=fields, rest=of_declaration(dynamic["value"]) if dynamic else None)
    if kind == "set":
        return Type("set", rest=of_declaration(declared.get("of") or {}))
    return Type(kind)


def of_schema(schema: Any) -> Type:
    """From a JSON Schema. What it says in other words than type, properties and items is taken as anything."""
    if not isinstance(schema, Mapping) or "type" not in schema:
        return ANY
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return union(_of_schema(kind, schema) for kind in kinds)


def _of_schema(kind: str, schema: Mapping[str, Any]) -> Type:
    if kind == "array":
        return Type("array", rest=of_schema(schema.get("items")))
    if kind == "object":
        fields = {name: of_schema(each) for name, each in schema.get("properties", {}).items()}
        others = schema.get("additionalProperties", True)
        return Type("object", fields=fields, rest=None if others is False else of_schema(others))
    return _SCHEMA_KINDS.get(kind, ANY)
