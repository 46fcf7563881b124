# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command that verifies files of the audit trail.

``python -m ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.verify FILE... [--key-file KEY] [--anchors FILE]
[--json]``. Ends with 0 when every file is intact, with 1 when a link is broken, with 2 when it could not be verified.
``docs/audit.md`` says what an intact file proves.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import sys
import time
from collections.abc import Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.anchors import Anchors, read_anchors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.checking import Broken, Report, check
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.seal import Seal, seal_with
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError, InvalidRequest

_LOCK_S = 5.0


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="verify", description="Verify files of the audit trail.", allow_abbrev=False)
    parser.add_argument("files", nargs="+", metavar="FILE", help="in any order; rotated files of one trail together")
    parser.add_argument("--key-file", default="", metavar="KEY", help="the key that the chain was written with")
    parser.add_argument("--anchors", metavar="FILE", help="output of: kubectl get kexec -n guardrail-system -o json")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args(arguments)
    try:
        anchors = read_anchors(options.anchors) if options.anchors else None
        with contextlib.closing(seal_with(options.key_file)) as seal:
            reports = [verify(file, seal, anchors) for file in options.files]
    except GateError as failure:
        return _failed(failure, as_json=options.json)
    compare_chains(reports)
    text = json.dumps(_result(reports, anchors), indent=2) if options.json else _told(reports, anchors)
    sys.stdout.write(text + "\n")
    return 0 if all(report.broken is None for report in reports) else 1


def verify(file: str, seal: Seal, anchors: Anchors | None = None) -> Report:
    """Check one file, up to where it ends now: others may append meanwhile.

    Raises:
        GateError: ``audit.unreadable``, ``audit.key-needed``.
    """
    try:
        with open(file, "rb") as stream:
            return check(file, stream, seal, anchors, size=_size(stream.fileno()))
    except OSError as error:
        problem = error.strerror or "input/output error"
        raise InvalidRequest("audit.unreadable", f"{file} cannot be read: {problem}.") from None


def _size(file: int) -> int | None:
    """Where the file ends, between two writes. ``None``: to be read to its end (a pipe)."""
    size = os.fstat(file).st_size
    until = time.monotonic() + _LOCK_S
    while size:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            size = os.fstat(file).st_size
            fcntl.flock(file, fcntl.LOCK_UN)
            return size
        if time.monotonic() > until:
            return size
        time.sleep(0.02)
    return None


def compare_chains(reports: Sequence[Report]) -> None:
    """Rotated files: each has to begin where the one before it ended, as far as that one is here."""
    heads = {report.head.chain: report for report in reports if report.head is not None}
    for report in reports:
        if report.continues is None:
            continue
        chain, sequence, digest = report.continues
        former = heads.get(chain)
        if former is None or former.head is None or former.broken is not None:
            continue
        if (former.head.sequence, former.head.hash) != (sequence, digest):
            message = f"{report.file} continues it after line {sequence}, and it ends with line {former.head.sequence}."
            problem = "truncated" if former.head.sequence < sequence else "edited"
            former.broken = Broken(former.lines + 1, former.head.sequence + 1, problem, message)


def _result(reports: Sequence[Report], anchors: Anchors | None) -> dict[str, object]:
    found = {
        "intact": all(report.broken is None for report in reports),
        "files": [report.as_result() for report in reports],
    }
    if anchors is None:
        return found
    return {**found, "anchors": {"total": anchors.total, "here": _here(reports), "without": anchors.without}}


def _here(reports: Sequence[Report]) -> int:
    return sum({report.head.chain: report.anchors for report in reports if report.head is not None}.values())


def _told(reports: Sequence[Report], anchors: Anchors | None) -> str:
    lines = [line for report in reports for line in _report(report)]
    if anchors is not None:
        here = _here(reports)
        lines.append(
            f"anchors: {here} of {anchors.total} name lines of these files, {anchors.total - here} name other chains."
        )
        if anchors.without:
            lines.append(f"anchors: {anchors.without} records name no line.")
        if anchors.total and not here:
            lines.append("anchors: no record of this cluster knows these files. Are they the right ones?")
    return "\n".join(lines)


def _report(report: Report) -> list[str]:
    head, broken = report.head, report.broken
    if broken is not None:
        return [
            f"{report.file}: BROKEN at line {broken.line} (sequence {broken.sequence}), {broken.problem}: {broken.message}"
        ]
    if head is None:
        return []
    sealed = f"{head.algorithm}, key {head.key_id}" if head.key_id else f"{head.algorithm}, no key"
    told = [
        f"{report.file}: intact, {report.lines} lines, {sealed}, chain {head.chain} ends with {head.sequence} {head.hash}"
    ]
    if report.continues:
        told.append(f"{report.file}: continues chain {report.continues[0]} after {report.continues[1]}")
    if report.torn:
        numbers = ", ".join(str(number) for number in report.torn)
        told.append(f"{report.file}: cut short by a crash and accounted for: line {numbers}")
    return told


def _failed(failure: GateError, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps({"intact": None, "code": failure.code, "msg": str(failure)}) + "\n")
    else:
        sys.stderr.write(f"{failure}\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
