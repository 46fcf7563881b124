# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The library with one slip of the pen each: what an author does wrong, by a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

_WORD = re.compile(r"\b[a-z_][a-z_0-9]*\b")


class Slip(NamedTuple):
    """One changed line of one file."""

    path: str
    line: int
    before: str
    after: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before.strip()!r} -> {self.after.strip()!r}"


def slips(modules: Mapping[str, str], count: int, seed: int) -> Iterator[Slip]:
    """``count`` changes, always the same for a seed."""
    chance = random.Random(seed)
    paths = sorted(modules)
    while count:
        path = chance.choice(paths)
        slip = _slip(chance, path, modules[path])
        if slip.text != modules[path]:
            count -= 1
            yield slip


def _slip(chance: random.Random, path: str, text: str) -> Slip:
    lines = text.split("\n")
    first = next(number for number, line in enumerate(lines) if line.startswith("import rego.v1")) + 1
    rules = [number for number in range(first, len(lines)) if lines[number].strip(" \t#")]
    number = chance.choice([number for number in rules if not lines[number].lstrip().startswith("#")])
    before = lines[number]
    words = _WORD.findall("\n".join(lines[first:]))
    lines[number] = chance.choice(_SLIPS)(chance, before, words)
    return Slip(path, number + 1, before, lines[number], "\n".join(lines))


def _left_out(_chance: random.Random, _line: str, _words: list[str]) -> str:
    return ""


def _written_twice(_chance: random.Random, line: str, _words: list[str]) -> str:
    return f"{line}\n{line}"


def _negated(_chance: random.Random, line: str, _words: list[str]) -> str:
    plain = line.startswith("\t") and not re.search(r':=|^\s*(some|every|not|"|[\]}])|,$', line)
    return f"\tnot {line.strip()}" if plain else line


def _not_assigned(_chance: random.Random, line: str, _words: list[str]) -> str:
    return line.replace(" := ", " = ", 1)


def _not_declared(_chance: random.Random, line: str, _words: list[str]) -> str:
    return line.replace("some ", "", 1)


def _text_for_a_number(_chance: random.Random, line: str, _words: list[str]) -> str:
    return re.sub(r"\b\d+\b", '"x"', line, count=1)


def _number_for_a_text(_chance: random.Random, line: str, _words: list[str]) -> str:
    return re.sub(r'"[^"]*"', "7", line, count=1)


def _argument_left_out(_chance: random.Random, line: str, _words: list[str]) -> str:
    return re.sub(r", [a-z_.]+\)", ")", line, count=1)


def _argument_given_twice(_chance: random.Random, line: str, _words: list[str]) -> str:
    return re.sub(r"\(([a-z_.]+)\)", r"(\1, \1)", line, count=1)


def _misspelt(chance: random.Random, line: str, _words: list[str]) -> str:
    return _with_word(chance, line, lambda word: f"{word}x")


def _mixed_up(chance: random.Random, line: str, words: list[str]) -> str:
    return _with_word(chance, line, lambda _word: chance.choice(words))


def _with_word(chance: random.Random, line: str, other: Callable[[str], str]) -> str:
    found = list(_WORD.finditer(line))
    if not found:
        return line
    word = chance.choice(found)
    return line[: word.start()] + other(word.group()) + line[word.end() :]


_SLIPS = (
    _left_out,
    _written_twice,
    _negated,
    _not_assigned,
    _not_declared,
    _text_for_a_number,
    _number_for_a_text,
    _argument_left_out,
    _argument_given_twice,
    _misspelt,
    _mixed_up,
    _mixed_up,
)
