# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Edits of JSON documents, guided by the schema of the input: seeded, each with its place, so that few remain to be read.

An edit is drawn for a place of the document as it is then. Most values are those that rules compare with: numbers beside
thresholds and beside each other, words that other documents have at the same place. Some are what hostile facts could
hold: nothing, another type, characters that engines stumble over, numbers without end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Place = tuple[str | int, ...]
ABSENT = "<absent>"
_HOSTILE = 0.2
_STOPS = 0.25
_ORDINARY_NUMBERS = (0, 1, 2, 3, 5, 9, 10, 20, 100)
_HOSTILE_NUMBERS: tuple[Any, ...] = (
    *(-1, -0.0, 1.0, 0.5, 2.5, 1e-7, 1e22, 1e308, 5e-324, 0.1 + 0.2, -1.5e300),
    *(2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64 + 1, 10**40, -(10**40)),
    *(float("inf"), float("nan")),
)
_HOSTILE_TEXTS = (
    *(
        "",
        " ",
        "a b",
        '"',
        "\\",
        "\\n",
        'a"b',
        "a\nb",
        "a\tb",
        "a\0b",
        "\x01",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\u2028",
        "/",
        "//",
    ),
    *("%v", "%s%d", "%", "${x}", "{{x}}", "null", "true", "1", "0x10", "<error>", "undefined", "[]", "{}", "\\u0041"),
    *(
        "é",
        "e\u0301",
        "\u0301",
        "\u200b",
        "\ufeff",
        "\ufffd",
        "Ärger",
        "日本語",
        "😀",
        "\U0010ffff",
        "\ud800",
        "ß",
        "İ",
        "a" * 3000,
    ),
)
_OTHER_TYPES: tuple[Any, ...] = (None, True, False, 0, 7, "text", "", [], ["text"], [None], {}, {"key": "value"})


class Edit(NamedTuple):
    """``value`` is ``ABSENT`` for a key or an element that is taken away."""

    place: Place
    value: Any

    def __str__(self) -> str:
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.place)
        return f"input{path} = {self.value!r}"


def edited(document: Any, edits: Sequence[Edit]) -> Any:
    """The document with the edits, those left out whose place is not there. Nothing is changed in place."""
    for edit in edits:
        document = _put(document, edit.place, edit.value)
    return document


def _put(node: Any, place: Place, value: Any) -> Any:
    if not place:
        return node if value is ABSENT else value
    key, rest = place[0], place[1:]
    known = key in node if isinstance(node, dict) else isinstance(node, list) and key in range(len(node))
    if not known and (rest or value is ABSENT or not isinstance(node, dict)):
        return node
    made = node.copy()
    if not rest and value is ABSENT:
        del made[key]
    else:
        made[key] = _put(node[key], rest, value) if known else value
    return made


class Editor:
    """Draws edits.

    Args:
        source: Seeded: the same gives the same edits.
        schema: JSON Schema of the documents; empty when there is none.
        examples: Documents whose values are taken for plausible.
        numbers: What rules compare with.
    """

    def __init__(
        self, source: random.Random, schema: Mapping[str, Any], examples: Sequence[Any], numbers: Sequence[float]
    ) -> None:
        self._random = source
        self._schema = schema
        self._numbers = sorted({*numbers, *_ORDINARY_NUMBERS})
        self._seen: dict[tuple[str, ...], list[Any]] = {}
        for example in examples:
            for place, value in _values(example, ()):
                values = self._seen.setdefault(place[-2:], [])
                if value not in values:
                    values.append(value)

    def draw(self, document: Any, most: int) -> list[Edit]:
        edits: list[Edit] = []
        current = document
        for _number in range(self._random.randint(1, most)):
            edit = self._edit(current)
            edits.append(edit)
            current = edited(current, [edit])
        return edits

    def _edit(self, document: Any) -> Edit:
        place: Place = ()
        node, schema, siblings = document, self._schema, document
        while isinstance(node, (dict, list)) and node and not (place and self._random.random() < _STOPS):
            key = self._random.choice(sorted(node) if isinstance(node, dict) else range(len(node)))
            siblings = node
            schema = _below(schema, key)
            node = node[key]
            place = (*place, key)
        if self._random.random() < _HOSTILE:
            return Edit(place, self._hostile(node))
        return self._plausible(place, node, schema, siblings)

    def _plausible(self, place: Place, node: Any, schema: Mapping[str, Any], siblings: Any) -> Edit:
        named = tuple(str(key) if isinstance(key, str) else "*" for key in place)
        seen = self._seen.get(named[-2:]) or [node]
        if isinstance(node, bool):
            return Edit(place, not node)
        if isinstance(node, (int, float)) or "integer" in schema.get("type", ()):
            return Edit(place, self._number(siblings))
        if isinstance(node, list):
            return Edit(place, self._list(node, self._random.choice(seen)))
        if (
            isinstance(node, dict)
            and "additionalProperties" in schema
            and schema.get("additionalProperties") is not False
        ):
            key = self._random.choice([*node, "added", "team", self._text("environment")])
            return Edit((*place, key), self._random.choice([*node.values(), "gold", self._text("gold")]))
        options = [*seen, *schema.get("enum", ())]
        if isinstance(node, str) and self._random.random() < 0.1:
            options = [self._text(node)]
        return Edit(place, self._random.choice(options))

    def _number(self, siblings: Any) -> Any:
        values = siblings.values() if isinstance(siblings, dict) else siblings if isinstance(siblings, list) else ()
        beside = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
        limit = self._random.choice([*beside, *self._random.sample(self._numbers, 3)])
        return limit + self._random.choice((-1, 0, 0, 1))

    def _list(self, node: list[Any], other: Any) -> list[Any]:
        elements = [*node, *(other if isinstance(other, list) else ())]
        ways = (list, lambda: node[1:], lambda: elements, lambda: [*node, *node], lambda: node[::-1])
        made = self._random.choice(ways)()
        return made * 40 if self._random.random() < 0.02 else made

    def _text(self, ordinary: str) -> str:
        """A word with something in it."""
        evil = self._random.choice(_HOSTILE_TEXTS)
        at = self._random.randint(0, len(ordinary))
        return self._random.choice(
            (evil, ordinary[:at] + evil + ordinary[at:], f"{ordinary}/{ordinary}", ordinary.upper())
        )

    def _hostile(self, node: Any) -> Any:
        if self._random.random() < 0.2:
            return ABSENT
        if isinstance(node, str) and self._random.random() < 0.6:
            return self._text(node)
        if isinstance(node, (int, float)) and self._random.random() < 0.6:
            return self._random.choice(_HOSTILE_NUMBERS)
        return self._random.choice((*_OTHER_TYPES, *_HOSTILE_NUMBERS, *_HOSTILE_TEXTS, self._deep(), [node] * 3))

    def _deep(self) -> Any:
        depth = self._random.choice((5, 40, 200, 900))
        value: Any = "deep"
        for level in range(depth):
            value = [value] if level % 2 else {"inner": value}
        return value


def numbers(value: Any) -> list[float]:
    """All numbers of a document."""
    return [
        found for _place, found in _values(value, ()) if isinstance(found, (int, float)) and not isinstance(found, bool)
    ]


def _values(node: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield place, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _values(value, (*place, key))
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, (*place, "*"))


def _below(schema: Mapping[str, Any], key: str | int) -> Mapping[str, Any]:
    if isinstance(key, int):
        found = schema.get("items", {})
    else:
        found = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
    return found if isinstance(found, Mapping) else {}
