# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Generated documents by the thousand through both engines: what fired, and where they disagree.

``python -m tests.policy.differential [COUNT] [SEED]`` runs a long one (``make differential``).
"""

from __future__ import annotations

import collections
import dataclasses
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import checks, child, rego
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, canonical
from tests.policy.differential import plausible
from tests.policy.differential.comparison import Difference, Engines, Generated, same, smallest
from tests.policy.differential.edits import Edit, Editor, edited, numbers
from tests.policy.differential.opa_server import OpaServer, serve
from tests.policy.engines import library

_MOST_EDITS = 5
_PER_CONFIG = 500
_COMPILE_S = 60.0
_SHOWN = 5
# Parts of the documents, in percent; the rest is judged with changed configs.
_SHARES = {"shipped": 40, "strict": 25, "unusable": 10}


@dataclass
class Report:
    """``fired``: in how many documents each code was reported. ``judged``: how many were not refused beforehand."""

    count: int = 0
    judged: int = 0
    fired: collections.Counter[str] = field(default_factory=collections.Counter)
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def silent(self) -> list[str]:
        """Codes of the library that no document made fire."""
        return sorted(set(library().data["rules"]) - set(self.fired))

    def __str__(self) -> str:
        told = "\n\n".join(str(difference) for difference in self.differences)
        return f"{self.differing} of {self.count} documents are judged otherwise by opa.\n\n{told}" if told else ""


def run(count: int, seed: int, judging: Library | None = None) -> Report:
    """Compare decisions on ``count`` documents, the same for a seed.

    Args:
        judging: What both engines judge with; default: the library.
    """
    rego.prepare()
    judging = judging or library()
    report = Report()
    began = time.monotonic()
    with serve(judging.modules) as server:
        for name, config, share in _configs(random.Random(seed), count):
            _compare(report, engines(judging, server, name, config), Generator(seed, name, config), share)
    report.seconds = time.monotonic() - began
    return report


class Generator:
    """Documents for one config, the same for a seed."""

    def __init__(self, seed: int, name: str, config: Mapping[str, Any]) -> None:
        self._random = random.Random(f"{seed} {name}")
        self._documents = plausible.documents()
        schema = library().schema or {}
        self._editor = Editor(self._random, schema, list(self._documents.values()), numbers(config))

    def __iter__(self) -> Iterator[Generated]:
        """First the plausible documents as they are, then again and again with edits."""
        names = list(self._documents)
        self._random.shuffle(names)
        yield from (Generated(name, ()) for name in names)
        while True:
            for name in names:
                yield Generated(name, self._editor.draw(self._documents[name], _MOST_EDITS))


def document(generated: Generated) -> Any:
    return edited(plausible.documents()[generated.base], generated.edits)


def _configs(source: random.Random, count: int) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    """Name and content of each config, and how many documents it is to judge."""
    known = plausible.configs()
    left = count
    for name, percent in _SHARES.items():
        share = count * percent // 100
        left -= share
        yield name, known[name], share
    editor = Editor(source, {}, list(known.values()), numbers(known["strict"]))
    while left > 0:
        base = source.choice(["shipped", "strict"])
        edits = editor.draw(known[base], 3)
        if not _publishable(edited(known[base], edits)):
            continue
        share = min(left, max(_PER_CONFIG, count // 20))
        left -= share
        yield (
            f"{base} with {'; '.join(str(edit).replace('input', 'config', 1) for edit in edits)}",
            edited(known[base], edits),
            share,
        )


def _publishable(config: Any) -> bool:
    """Whether a config can be written down as UTF-8 and JSON at all."""
    try:
        return isinstance(config, dict) and bool(canonical(config).encode())
    except (ValueError, RecursionError):
        return False


def engines(judging: Library, server: OpaServer, name: str, config: Any) -> Engines:
    """Both engines with one config: the server's modules are its own affair, so that they can be others."""
    judging = dataclasses.replace(judging, data={**judging.data, "config": config})
    outcome = child.run(lambda: checks.compile_checked(judging.compiled_modules), deadline_s=_COMPILE_S)
    if outcome.error:
        raise RuntimeError(f"{name}: {outcome.error}\n{outcome.output}")
    server.set_config(config)
    return Engines(name, outcome.answer, server)


def _compare(report: Report, both: Engines, source: Generator, count: int) -> None:
    generated = [each for each, _number in zip(source, range(count), strict=False)]
    for each, (ours, theirs) in zip(generated, both.compare([document(each) for each in generated]), strict=True):
        report.count += 1
        report.judged += ours.kind != "refused"
        report.fired.update(set(ours.codes))
        if not same(ours, theirs):
            report.differing += 1
            if len(report.differences) < _SHOWN:
                report.differences.append(reduced(both, each))


def reduced(both: Engines, generated: Generated) -> Difference:
    """The difference that is left with as few edits as possible."""

    def differs(edits: Sequence[Edit]) -> bool:
        return both.differs(document(generated._replace(edits=edits)))

    found = generated._replace(edits=smallest(generated.edits, differs))
    ((ours, theirs),) = both.compare([document(found)])
    return Difference(both.config, found, ours, theirs)
