# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input document as values that the engine takes over without parsing a text.

A third faster than ``Interpreter.set_input_term`` (7 KB: 2.5 ms against 3.5 ms, regopy 1.5.2), and to the same effect once
two things are seen to. The engine keeps and compares texts as JSON writes them, and ``Interpreter.set_input`` hands
them over as they are, so they are escaped here. And its numbers have 64 bits and no fractions worth the name: with
others, a document is left to the parser.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


class Unsuitable(Exception):
    """The engine has to parse the document itself."""


def give(interpreter: Any, term: str) -> None:
    """Set the input of an interpreter to a document in JSON."""
    try:
        values = of(term)
    except Unsuitable:
        interpreter.set_input_term(term)
    else:
        interpreter.set_input(values)


def of(term: str) -> Any:
    """What to give to ``set_input`` for a document in JSON.

    Raises:
        Unsuitable: It holds a number that would change on the way, or is too deep.
    """
    try:
        return _escaped(json.loads(term, parse_int=_integer, parse_float=_refuse, parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        raise Unsuitable from error


def _escaped(value: Any) -> Any:
    kind = type(value)  # exactly these come out of a text; told apart like this it takes half as long
    if kind is str:
        return encode_basestring(value)[1:-1]
    if kind is dict:
        return {encode_basestring(key)[1:-1]: _escaped(member) for key, member in value.items()}
    if kind is list:
        return [_escaped(member) for member in value]
    return value


def _integer(text: str) -> int:
    number = int(text)
    if not _LOWEST <= number <= _HIGHEST:
        raise Unsuitable
    return number


def _refuse(_number: str) -> Any:
    raise Unsuitable
