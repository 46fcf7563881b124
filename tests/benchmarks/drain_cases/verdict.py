# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What was not right about a drain, and the words for how it ended: one set of checks for every tool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.drain_cases.cases import Case, End
from tests.benchmarks.drain_cases.prepared import Pod, Prepared, Seen, Told

# To judge, to ask and to look once more, on a machine that is busy with something else.
_SLACK_S = 10.0
_SUCCESSFUL = frozenset({End.DRAINED, End.NOTHING_TO_DO})
_UNTOUCHED = frozenset({End.REFUSED, End.NOTHING_TO_DO})


@dataclass(frozen=True)
class Outcome:
    """A cell of the table.

    Attributes:
        how: How it ended, in words that are the same in every run.
        wrong: What was not right; empty when all of it was.
        told: The tool's own last words.
    """

    how: str
    wrong: tuple[str, ...]
    seconds: float
    told: Told

    @property
    def right(self) -> bool:
        return not self.wrong

    @property
    def cell(self) -> str:
        return "; ".join((f"{'yes' if self.right else '**no**'}: {self.how}", *self.wrong))


def outcome(node: Prepared, told: Told) -> Outcome:
    """Compare what was seen and told with what is right in the case."""
    seen = node.look()
    return Outcome(_how(node, told, seen), tuple(_wrong(node, told, seen)), seen.seconds, told)


def _how(node: Prepared, told: Told, seen: Seen) -> str:
    if told.overdue:
        return "did not end"
    if not seen.writes:
        return str((End.NOTHING_TO_DO if told.ok else End.REFUSED).value)
    if told.ok:
        return f"{'reports success' if _left(node, seen) else End.DRAINED.value}{_at_a_later_try(node, told, seen)}"
    return f"failed; node {_cordoned(seen)}, {_part(node, seen)} of the pods evicted"


def _at_a_later_try(node: Prepared, told: Told, seen: Seen) -> str:
    if node.case.clears is None or told.tries == 1:
        return ""
    return f" at a later try, {'node cordoned since the first' if seen.before_clearing else 'nothing touched before'}"


def _cordoned(seen: Seen) -> str:
    if seen.cordoned:
        return "cordoned"
    return "cordoned and uncordoned" if seen.cordons else "not cordoned"


def _part(node: Prepared, seen: Seen) -> str:
    movable = [pod for pod in node.pods if pod.app not in _unmoved(node.case)]
    left = [pod for pod in seen.there if pod in movable and pod.uid not in seen.ending]
    return "all" if not left else "none" if len(left) == len(movable) else "some"


def _unmoved(case: Case) -> tuple[str, ...]:
    """Apps whose pods a drained node keeps."""
    return case.stays if case.end is End.DRAINED else ()


def _left(node: Prepared, seen: Seen) -> list[Pod]:
    return [pod for pod in seen.there if pod.app not in _unmoved(node.case)]


def _wrong(node: Prepared, told: Told, seen: Seen) -> Iterator[str]:
    case = node.case
    yield from _wrong_end(node, told, seen)
    there = {pod.uid for pod in seen.there}
    ended = sorted({pod.app for pod in node.pods if pod.app in case.stays and pod.uid not in there})
    if ended:
        yield f"ended {_pods(ended)}"
    if told.ok and (left := sorted({pod.app for pod in seen.there if pod.app in case.gone})):
        yield f"{_pods(left)} still there"
    if unnamed := [app for app in case.named if not any(name in told.text for name in node.named(app))]:
        yield f"does not name {_pods(unnamed)}"
    if untold := [word for word in case.told if word not in told.text]:
        yield f"does not name {', '.join(f'`{word}`' for word in untold)}"
    if told.changed is not None and told.changed != (changed := _changed(node, seen)):
        yield f"says `changed: {str(told.changed).lower()}`" + ("" if changed else ", and nothing was")
    if seen.deletions:
        yield "deletes pods past their budgets"


def _wrong_end(node: Prepared, told: Told, seen: Seen) -> Iterator[str]:
    end = node.case.end
    if told.ok != (end in _SUCCESSFUL):
        yield "should have succeeded" if end in _SUCCESSFUL else "should have failed"
    if end in _UNTOUCHED and seen.writes:
        yield "should have touched nothing"
    if end not in _UNTOUCHED and told.ok and not seen.cordoned:
        yield "not cordoned"
    if end is End.UNFINISHED and (left := sorted({pod.app for pod in seen.there if pod.app in node.case.gone})):
        yield f"{_pods(left)} could have gone"
    # The deadline is that of one try.
    if told.overdue or (told.tries == 1 and seen.seconds > node.case.asked.deadline_s + _SLACK_S):
        yield "took longer than its deadline"


def _changed(node: Prepared, seen: Seen) -> bool:
    """Whether anything is another than before."""
    there = {pod.uid for pod in seen.there}
    asked_to_end = any(pod.uid not in there or (pod.uid in seen.ending and not pod.ending) for pod in node.pods)
    return asked_to_end or seen.cordoned != node.cordoned


def _pods(apps: list[str]) -> str:
    return f"pod {', '.join(f'`{app}`' for app in apps)}"
