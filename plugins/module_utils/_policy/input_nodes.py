# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hands the input document to the engine value by value, through its C interface.

Three times as fast as letting the engine parse the text (7 KB: 1.1 ms against 3.5 ms, regopy 1.5.2), and to the same
effect. ``Interpreter.set_input`` is no way to do it: it hands texts over unescaped, cut at a NUL, and the engine keeps
and compares texts as JSON writes them. So they are escaped here as the text would have them. Numbers that the C
interface cannot carry (fractions, more than 64 bits) are left to the parser.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


class Unsuitable(Exception):
    """The document has to be parsed by the engine itself."""


def hand_over(interpreter: Any, library: Any, term: str) -> None:
    """Set the input.

    Args:
        interpreter: ``regopy.Interpreter``.
        library: ``regopy.rego_shared.rego``, the C interface.
        term: The document as JSON.

    Raises:
        Unsuitable: It was not set.
    """
    try:
        document = json.loads(term, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unsuitable from error
    nodes = library.regoNewInput()
    try:
        if _add(library, nodes, document) or library.regoSetInput(interpreter._impl, nodes):
            raise Unsuitable
    except RecursionError as error:
        raise Unsuitable from error
    finally:
        library.regoFreeInput(nodes)


def _add(library: Any, nodes: Any, document: Any) -> int:
    """Put a value onto the engine's stack; an object and a list take theirs from it. 0 when every call went well.

    One function for all, and the kinds told apart by identity: this runs for each of some hundred values before a decision.
    """
    text, integer, boolean, null = (
        library.regoInputString,
        library.regoInputInt,
        library.regoInputBoolean,
        library.regoInputNull,
    )
    item, whole, array = library.regoInputObjectItem, library.regoInputObject, library.regoInputArray

    def add(value: Any) -> int:
        kind = type(value)
        if kind is str:
            return int(text(nodes, encode_basestring(value)[1:-1].encode()))
        if kind is dict:
            wrong = 0
            for key, member in value.items():
                wrong |= text(nodes, encode_basestring(key)[1:-1].encode())
                wrong |= add(member) | item(nodes)
            return wrong | int(whole(nodes, len(value)))
        if kind is list:
            return sum(map(add, value)) | int(array(nodes, len(value)))
        if kind is bool:
            return int(boolean(nodes, value))
        if kind is int:
            if not _LOWEST <= value <= _HIGHEST:
                raise Unsuitable
            return int(integer(nodes, value))
        return int(null(nodes))

    return add(document)


def _refuse(_number: str) -> Any:
    raise Unsuitable
