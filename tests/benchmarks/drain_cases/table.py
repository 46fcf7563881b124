# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The table: a row for each case, a column for each tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tests.benchmarks.drain_cases.cases import Case
from tests.benchmarks.drain_cases.verdict import Outcome

Outcomes = Mapping[tuple[str, str], Outcome]

NOT_APPLICABLE = "has no rules"


def markdown(cases: Sequence[Case], tools: Sequence[str], outcomes: Outcomes) -> list[str]:
    """Lines of the tables as ``docs/drain.md`` has them. Nothing in them differs from run to run."""
    return [*_outcomes(cases, tools, outcomes), "", *reasons(cases)]


def details(cases: Iterable[Case], tools: Sequence[str], outcomes: Outcomes) -> list[str]:
    """The same with seconds, a line for each case and tool."""
    return [
        f"{case.key:<17} {tool:<30} {found.seconds:5.1f} s  {found.cell}"
        for case in cases
        for tool in tools
        if (found := outcomes.get((case.key, tool))) is not None
    ]


def _outcomes(cases: Iterable[Case], tools: Sequence[str], outcomes: Outcomes) -> Iterator[str]:
    yield from _head("case", *(f"`{tool}`" for tool in tools))
    for case in cases:
        yield _line(case.title, *(cell(outcomes.get((case.key, tool))) for tool in tools))


def reasons(cases: Iterable[Case]) -> Iterator[str]:
    """Lines of the table that says what is right."""
    yield from _head("case", "right is", "because")
    for case in cases:
        yield _line(case.title, case.end.value, case.why)


def cell(found: Outcome | None) -> str:
    """One cell; ``None`` is that of a tool which the case says nothing about."""
    return NOT_APPLICABLE if found is None else found.cell


def _head(*heads: str) -> tuple[str, str]:
    return _line(*heads), _line(*("---" for _ in heads))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
