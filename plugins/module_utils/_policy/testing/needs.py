# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rules get to see: whether a value can change when input, data or a function is replaced.

From names alone, so it finds too much rather than too little.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import rego_text
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import Module, Rule, Token
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.names import used_names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.statements import is_with

WITH = "with"
"""Stands among the needs for a rule of a test file that replaces something itself."""
_TESTS = "_test.rego"
_Place = tuple[Module, Rule]


class Needs:
    """Args:
    texts: All modules that a test file leads to, and itself.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._rules: dict[tuple[str, ...], list[_Place]] | None = None
        self._direct: dict[tuple[str, int], tuple[set[str], set[tuple[str, ...]]]] = {}
        self._closures: dict[tuple[str, ...], frozenset[str]] = {}

    def of(self, tokens: Sequence[Token], module: Module) -> frozenset[str]:
        """``input``, ``data``, names of called functions, and ``with``."""
        direct, led_to = self._read(tokens, module)
        return frozenset(direct).union(*(self._closure(path) for path in led_to))

    def _closure(self, path: tuple[str, ...]) -> frozenset[str]:
        if path not in self._closures:
            found: set[str] = set()
            seen = {path}
            ahead = [path]
            while ahead:
                for module, rule in self._known()[ahead.pop()]:
                    direct, led_to = self._of_rule(module, rule)
                    found |= direct
                    ahead += led_to - seen
                    seen |= led_to
            self._closures[path] = frozenset(found)
        return self._closures[path]

    def _of_rule(self, module: Module, rule: Rule) -> tuple[set[str], set[tuple[str, ...]]]:
        key = (module.path, rule.tokens[0].start)
        if key not in self._direct:
            direct, led_to = self._read(rule.tokens, module)
            replaces = any(is_with(rule.tokens, index) for index in range(len(rule.tokens)))
            if replaces and module.path.endswith(_TESTS):
                direct.add(WITH)
            self._direct[key] = (direct, led_to)
        return self._direct[key]

    def _read(self, tokens: Sequence[Token], module: Module) -> tuple[set[str], set[tuple[str, ...]]]:
        direct = {"input"} if any(_is_input(tokens, index) for index in range(len(tokens))) else set()
        led_to: set[tuple[str, ...]] = set()
        for name in used_names(tokens):
            first, *rest = name.path
            if first == "data":
                whole = name.path
            elif first in module.imports:
                whole = (*module.imports[first].path, *rest)
            elif (*module.package, first) in self._known():
                whole = ("data", *module.package, first)
            else:
                direct |= {name.text} if name.called else set()
                continue
            rules = set(self._asked(whole[1:])) if whole[0] == "data" else set()
            led_to |= rules
            if not rules or len(whole) == 1:
                direct.add(whole[0])
        return direct, led_to

    def _asked(self, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """The rules that a path below ``data`` leads to."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._known():
                yield path[:length]
                return
        yield from (rule for rule in self._known() if rule[: len(path)] == path)

    def _known(self) -> dict[tuple[str, ...], list[_Place]]:
        if self._rules is None:
            self._rules = {}
            for path, text in self._texts.items():
                module = rego_text.read(path, text)
                for rule in module.rules:
                    self._rules.setdefault((*module.package, rule.name), []).append((module, rule))
        return self._rules


def _is_input(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    return token.kind == "name" and token.text == "input" and (index == 0 or tokens[index - 1].text != ".")
