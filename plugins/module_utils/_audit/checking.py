# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks a file of the audit trail, line by line, and names its first broken link.

``docs/audit.md`` says what the problems mean and what an intact file proves. Reads as a stream: memory does not grow with
the file.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.anchors import Anchors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.record import LONGEST_LINE, Record, understood
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.seal import KEYED, PLAIN, Seal
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest


@dataclass(frozen=True)
class Broken:
    """The first broken link. ``sequence``: of the line that should stand there.

    ``problem`` is one of: ``edited``, ``removed``, ``reordered``, ``inserted``, ``truncated``, ``unfinished``, ``empty``,
    ``wrong-key``, ``downgrade``.
    """

    line: int
    sequence: int
    problem: str
    message: str


@dataclass
class Report:
    """What is known about one file. ``torn``: numbers of lines that a crash cut short and the chain accounts for."""

    file: str
    lines: int = 0
    head: Record | None = None
    continues: tuple[str, int, str] | None = None
    torn: list[int] = field(default_factory=list)
    anchors: int = 0
    broken: Broken | None = None

    def as_result(self) -> dict[str, Any]:
        head = self.head
        anchor = {"chain": head.chain, "sequence": head.sequence, "hash": head.hash} if head else None
        broken = self.broken and vars(self.broken)
        return {
            "file": self.file,
            "intact": self.broken is None,
            "lines": self.lines,
            "head": anchor,
            "algorithm": head.algorithm if head else "",
            "key_id": head.key_id if head else "",
            "continues": dict(zip(("chain", "sequence", "hash"), self.continues, strict=True))
            if self.continues
            else None,
            "torn_lines": self.torn,
            "anchors": self.anchors,
            "broken": broken,
        }


def check(
    name: str, stream: BinaryIO, seal: Seal, anchors: Anchors | None = None, *, size: int | None = None
) -> Report:
    """Check one file.

    Args:
        seal: With the key of the chain; a plain one for a chain without.
        size: Read no more bytes than this: others may be appending.

    Raises:
        InvalidRequest: ``audit.key-needed``: nothing can be said without the key.
    """
    report = Report(name)
    lines = _lines(stream, size)
    _Check(report, seal, anchors).run(lines)
    if report.broken is None and report.head is None:
        report.broken = Broken(1, 0, "empty", "The file holds no line; a new one begins with its genesis line.")
    head = report.head
    if anchors is not None and head is not None:
        report.anchors = anchors.count(head.chain)
        beyond = anchors.beyond(head.chain, head.sequence) if report.broken is None else None
        if beyond:
            sequence, record = beyond
            message = f"The cluster's record {record} saw line {sequence} of the chain, and the file ends with {head.sequence}."
            report.broken = Broken(report.lines + 1, head.sequence + 1, "truncated", message)
    return report


def _lines(stream: BinaryIO, size: int | None) -> Iterator[bytes]:
    """The lines with their line breaks. One that is too long comes in pieces, none of which is a line."""
    left = size
    while left is None or left > 0:
        line = stream.readline(LONGEST_LINE + 1 if left is None else min(LONGEST_LINE + 1, left))
        if not line:
            return
        left = None if left is None else left - len(line)
        yield line


class _Check:
    """One pass over a file."""

    def __init__(self, report: Report, seal: Seal, anchors: Anchors | None) -> None:
        self._report, self._seal, self._anchors = report, seal, anchors
        # A line that is none: accepted when the next one accounts for it as torn.
        self._suspect: tuple[bytes, Broken] | None = None

    def run(self, lines: Iterator[bytes]) -> None:
        report = self._report
        for raw in lines:
            report.lines += 1
            record = understood(raw[:-1]) if raw.endswith(b"\n") else None
            problem = self._own_problem(raw, record)
            if self._suspect is not None:
                problem = self._after_suspect(None if problem else record)
            elif problem is not None:
                self._suspect = (raw.removesuffix(b"\n"), problem)
                continue
            elif record is not None:
                problem = self._link_problem(record, lines)
            if problem is not None or record is None:
                report.broken = problem
                return
            self._accept(record)
            if report.broken is not None:
                return
        if self._suspect is not None:
            report.broken = self._suspect[1]

    def _own_problem(self, raw: bytes, record: Record | None) -> Broken | None:
        """What is wrong with the line, whatever stands before it."""
        if record is None:
            if not raw.endswith(b"\n") and len(raw) <= LONGEST_LINE:
                return self._broken(
                    "unfinished",
                    "The last line is cut short: a crash in the middle of a write, or somebody cut it. "
                    "The next append accounts for it.",
                )
            return self._broken("edited", "This is not a line that the audit trail wrote.")
        if self._seal.algorithm == PLAIN and record.algorithm == KEYED:
            if self._report.head is not None:
                return self._broken("edited", "The chain has no key, and this line claims one.")
            hint = "Give the key of the chain with --key-file."
            message = f"{self._report.file} is sealed with the key {record.key_id}, and no key was given."
            raise InvalidRequest("audit.key-needed", message, hint)
        if self._seal.algorithm == KEYED and record.algorithm == PLAIN:
            return self._broken(
                "downgrade", "The line is sealed without the key that was given: anybody can make such a line."
            )
        if record.key_id != self._seal.key_id:
            message = f"The line names the key {record.key_id or '(none)'}, and the key given is {self._seal.key_id}."
            return self._broken("wrong-key", message)
        if not self._seal.fits(record.sealed, record.hash):
            return self._broken("edited", "The content of the line does not fit its hash.")
        return None

    def _link_problem(self, record: Record, lines: Iterator[bytes]) -> Broken | None:
        """What is wrong with its place after the lines before it."""
        head = self._report.head
        if record.torn:
            return self._broken("removed", "The torn line that this line accounts for is gone from before it.")
        if head is not None and record.chain != head.chain:
            return self._broken("inserted", f"The line belongs to another chain, {record.chain}.")
        if record.sequence > self._expected:
            return self._gap(record, lines)
        if record.sequence < self._expected:
            return self._broken("inserted", f"Line {record.sequence} of the chain stands here once more.")
        if (record.kind == "genesis") != (head is None):
            return self._broken("inserted", f"A chain begins with its one genesis line, and this is {record.kind}.")
        if record.previous != (head.hash if head else ""):
            message = "The line does not name the hash of the line before it: one of the two was written again."
            return self._broken("edited", message)
        return None

    def _after_suspect(self, record: Record | None) -> Broken | None:
        """Whether this line accounts for the suspect one; if not, what the suspect one is."""
        if self._suspect is None or record is None:
            return self._suspect and self._suspect[1]
        raw, problem = self._suspect
        head = self._report.head
        place = (head.chain, head.sequence + 1, head.hash) if head else (record.chain, 0, "")
        follows = (record.chain, record.sequence, record.previous) == place
        if follows and record.torn == hashlib.sha256(raw).hexdigest():
            self._report.torn.append(self._report.lines - 1)
            self._suspect = None
            return None
        if follows and not record.torn and problem.problem == "edited":
            message = "A line that the audit trail did not write stands between two that follow each other."
            return Broken(problem.line, problem.sequence, "inserted", message)
        return problem

    def _gap(self, record: Record, lines: Iterator[bytes]) -> Broken:
        wanted = self._expected
        at = self._broken("removed", _missing(wanted, record.sequence - 1))
        for later in lines:
            found = understood(later.removesuffix(b"\n"))
            if found is not None and (found.chain, found.sequence) == (record.chain, wanted):
                message = f"Line {record.sequence} of the chain stands before line {wanted}, which comes later."
                return Broken(at.line, wanted, "reordered", message)
        return at

    def _accept(self, record: Record) -> None:
        report = self._report
        if report.head is None:
            report.continues = record.continues
        seen = self._anchors.contradicting(record.chain, record.sequence, record.hash) if self._anchors else ""
        if seen:
            message = f"The cluster's record {seen} saw another line here: the file was written again."
            report.broken = self._broken("edited", message)
        report.head = record

    @property
    def _expected(self) -> int:
        return self._report.head.sequence + 1 if self._report.head else 0

    def _broken(self, problem: str, message: str) -> Broken:
        return Broken(self._report.lines, self._expected, problem, message)


def _missing(first: int, last: int) -> str:
    return (
        f"Line {first} of the chain is missing."
        if first == last
        else f"Lines {first} to {last} of the chain are missing."
    )
