# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Decisions of both engines on the same documents, and the smallest edits that still make them differ."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child, engine, input_safety, rego
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import canonical
from tests.policy.differential.edits import Edit
from tests.policy.differential.opa_server import OpaServer
from tests.policy.engines import DECISION

_BATCH = 50
_BATCH_S = 120.0
_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]*\w)")
_LISTS = ("violations", "warnings", "dryrun")


class Generated(NamedTuple):
    """A plausible document by its name, and what is changed in it."""

    base: str
    edits: Sequence[Edit]


class Answer(NamedTuple):
    """``kind``: decision, undefined, error or refused (by the gate, before any engine is asked)."""

    kind: str
    value: Any = None

    @classmethod
    def read(cls, text: str | None) -> Answer:
        """What an engine answered: JSON, or ``None`` for undefined."""
        if text is None:
            return cls("undefined")
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            return cls("error", f"the answer is not JSON: {error}")
        with _room_for_depth():
            return cls("decision", {key: _plain(item) for key, item in value.items()})

    @property
    def codes(self) -> list[str]:
        """What is said: codes of the findings, or the kind of answer."""
        if self.kind == "refused":
            return [self.value]
        if self.kind != "decision":
            return [self.kind]
        return [finding["code"] for name in _LISTS for finding in self.value[name]] or ["allowed"]


class Difference(NamedTuple):
    """Where the engines disagree: the smallest edits found, and what each says."""

    config: str
    generated: Generated
    ours: Answer
    theirs: Answer

    def __str__(self) -> str:
        edits = "\n".join(f"  {edit}"[:400] for edit in self.generated.edits) or "  (none)"
        return (
            f"{self.generated.base}\nwith the config {self.config} and these edits:\n{edits}\n"
            f"{chr(10).join(_told(self.ours, self.theirs))}"
        )


def _told(ours: Answer, theirs: Answer) -> Iterator[str]:
    """What only one of them says."""
    if ours.kind != "decision" or theirs.kind != "decision":
        yield f"  embedded: {_short(ours)}"
        yield f"  opa:      {_short(theirs)}"
        return
    for key in sorted({*ours.value, *theirs.value}):
        one, other = ours.value.get(key), theirs.value.get(key)
        if one == other:
            continue
        one_list, other_list = (value if isinstance(value, list) else [value] for value in (one, other))
        yield from (f"  only embedded: {key}: {value}" for value in one_list if value not in other_list)
        yield from (f"  only opa:      {key}: {value}" for value in other_list if value not in one_list)


def _short(answer: Answer) -> str:
    return f"{answer.kind}: {answer.value if answer.kind != 'decision' else ', '.join(answer.codes) or 'allowed'}"


@dataclass(frozen=True)
class Engines:
    """Both, with the same library and the same config."""

    config: str
    bundle: bytes
    opa: OpaServer

    def compare(self, documents: Sequence[Any]) -> list[tuple[Answer, Answer]]:
        """What each says of each document; refused ones are asked of nobody."""
        terms = [_term(document) for document in documents]
        asked = [term for term in terms if isinstance(term, str)]
        answers = zip(self._embedded(asked), map(self._real, asked), strict=True)
        return [(term, term) if isinstance(term, Answer) else next(answers) for term in terms]

    def _embedded(self, terms: Sequence[str]) -> list[Answer]:
        answers: list[Answer] = []
        for start in range(0, len(terms), _BATCH):
            batch = terms[start : start + _BATCH]
            try:
                answers += _in_a_child(self.bundle, batch)
            except PolicyUnusable:  # a crash would hide what the others say
                answers += [self._alone(term) for term in batch]
        return answers

    def _alone(self, term: str) -> Answer:
        try:
            return _in_a_child(self.bundle, [term])[0]
        except PolicyUnusable as failure:
            return Answer("error", failure.message)

    def _real(self, term: str) -> Answer:
        text, error = self.opa.decision(term)
        return Answer("error", error) if error else Answer.read(text)

    def differs(self, document: Any) -> bool:
        ((ours, theirs),) = self.compare([document])
        return not same(ours, theirs)


def same(ours: Answer, theirs: Answer) -> bool:
    """Whether two answers are one: errors are told differently, everything else has to be equal."""
    if ours.kind != theirs.kind or ours.kind == "error":
        return ours.kind == theirs.kind
    return canonical(ours.value) == canonical(theirs.value)


def smallest(edits: Sequence[Edit], differs: Callable[[Sequence[Edit]], bool]) -> list[Edit]:
    """As few of the edits as still make a difference."""
    left = list(edits)
    for edit in edits:
        fewer = [other for other in left if other is not edit]
        if differs(fewer):
            left = fewer
    return left


def _term(document: Any) -> str | Answer:
    try:
        term = engine._term(document)
        input_safety.require_safe(document)
    except PolicyUnusable as failure:
        return Answer("refused", failure.code)
    return term


def _in_a_child(bundle: bytes, terms: Sequence[str]) -> list[Answer]:
    outcome = child.run(functools.partial(_evaluated, bundle, terms), deadline_s=_BATCH_S, memory_bytes=_MEMORY_BYTES)
    if outcome.error:
        raise RuntimeError(outcome.error)
    return [Answer("error", error) if error else Answer.read(text) for text, error in json.loads(outcome.answer)]


def _evaluated(bundle: bytes, terms: Sequence[str]) -> bytes:
    answers = rego.evaluate_each(bundle, ((DECISION, term) for term in terms))
    return json.dumps(
        [(None, str(each)) if isinstance(each, rego.EngineError) else (each.text, "") for each in answers]
    ).encode()


@contextlib.contextmanager
def _room_for_depth() -> Iterator[None]:
    """A finding may quote all that the gate lets through, and ``_told_once`` takes two frames for each level of it."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(4 * limit)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _plain(value: Any) -> Any:
    """The value without what may be told in more than one way.

    Numbers have 15 digits, which is what a float holds; in texts they are written in one way (``1e+06``, ``1000000``). Lists of
    findings and their texts are in the order of their content: ``decision.understood`` sorts them once more, because a text
    and the same text with a space behind it stand the other way round in the embedded engine.
    """
    if isinstance(value, list):
        return sorted((_told_once(item) for item in value), key=canonical)
    return _told_once(value)


def _told_once(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _told_once(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_told_once(item) for item in value]
    if isinstance(value, str):
        return _NUMBER.sub(lambda number: f"{float(number.group()):.15g}", value)
    if isinstance(value, float):
        digits = float(f"{value:.15g}")
        return int(digits) if digits.is_integer() else digits
    return value
