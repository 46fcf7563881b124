# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evaluations that are tried out: each in a process of its own, because it may loop, crash or fill the memory.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import enum
import functools
import json
import mmap
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child, collector, rego

_PASSED, _FAILED, _UNREADABLE = b"P", b"F", b"U"
_SPARE_S = 0.02
_BEGUN, _SOUND, _FAULTY = 1, 2, 3


class TimeUp(Exception):
    """There is no time left to try anything out."""


class Verdict(enum.Enum):
    """``UNREADABLE``: it does not compile, so nobody can say."""

    PASSES = enum.auto()
    FAILS = enum.auto()
    UNREADABLE = enum.auto()


@dataclass(frozen=True)
class Probes:
    """What an evaluation may use.

    Attributes:
        term: The input as JSON.
        until: Monotonic time at which all is over.
        patience_s: An evaluation that takes longer has failed; 0: none does.
        memory_bytes: An evaluation that takes more has failed.
    """

    term: str
    until: float
    patience_s: float
    memory_bytes: int

    def failing(self, bundle: bytes, entrypoints: Sequence[str]) -> Iterator[str]:
        """Those entrypoints of a bundle that fail when asked alone.

        Raises:
            TimeUp
        """
        states = mmap.mmap(-1, max(1, len(entrypoints)))
        first = 0
        while first < len(entrypoints):
            self._run(functools.partial(self._ask, bundle, entrypoints, states, first))
            asked = [states[number] for number in range(first, len(entrypoints))]
            for number, state in enumerate(asked, first):
                if state in (_BEGUN, _FAULTY):
                    yield entrypoints[number]
            if 0 not in asked or asked[0] == 0:
                return
            first += asked.index(0)

    def verdict(self, modules: Mapping[str, str], entrypoint: str) -> Verdict:
        """Whether one entrypoint of these modules fails.

        Raises:
            TimeUp
        """
        answer = self._run(functools.partial(self._judged, modules, entrypoint))
        return {_PASSED: Verdict.PASSES, _UNREADABLE: Verdict.UNREADABLE}.get(answer, Verdict.FAILS)

    def decision(self, modules: Mapping[str, str]) -> Any:
        """What these modules decide, not yet understood; ``None`` when they decide nothing.

        Raises:
            TimeUp
        """
        texts = collector.complete(modules)
        answer = self._run(functools.partial(self._decided, texts))
        return json.loads(answer) if answer else None

    def tree(self, path: str, text: str, folder: str) -> bytes:
        """The syntax tree of a file, nothing when it has none.

        Raises:
            TimeUp
        """
        own = tempfile.mkdtemp(dir=folder)
        return self._run(lambda: rego.syntax_trees({path: text}, own)[path])

    def _run(self, work: child.Work) -> bytes:
        """Answer of a child; empty when it ended without any."""
        left = self.until - time.monotonic()
        if left < _SPARE_S:
            raise TimeUp
        try:
            outcome = child.run(work, deadline_s=left, memory_bytes=self.memory_bytes)
        except PolicyUnusable as failure:
            if time.monotonic() >= self.until - _SPARE_S:
                raise TimeUp from failure
            return b""
        return outcome.answer

    def _judged(self, modules: Mapping[str, str], entrypoint: str) -> bytes:
        try:
            bundle = rego.compile_bundle(modules, [entrypoint])
        except rego.EngineError:
            return _UNREADABLE
        self._watch()
        try:
            answer = rego.evaluate(bundle, self.term, entrypoint)
        except rego.EngineError:
            return _FAILED
        return _FAILED if _is_error(answer) else _PASSED

    def _decided(self, modules: Mapping[str, str]) -> bytes:
        bundle = rego.compile_bundle(modules, [rego.ENTRYPOINT])
        self._watch()
        text = rego.evaluate(bundle, self.term).text or ""
        return b"" if rego.ERROR_VALUE in text else text.encode()

    def _ask(self, bundle: bytes, entrypoints: Sequence[str], states: mmap.mmap, first: int) -> bytes:
        answers = rego.evaluate_each(bundle, ((entrypoint, self.term) for entrypoint in entrypoints[first:]))
        for number in range(first, len(entrypoints)):
            self._watch()
            states[number] = _BEGUN
            states[number] = _FAULTY if _is_error(next(answers)) else _SOUND
        return b""

    def _watch(self) -> None:
        """The system ends the process that takes too long: the engine cannot be interrupted otherwise."""
        if self.patience_s:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, self.patience_s)


def _is_error(answer: rego.Answer | rego.EngineError) -> bool:
    return isinstance(answer, rego.EngineError) or rego.ERROR_VALUE in (answer.text or "")
