# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What another library would have decided: recorded decisions, judged again on the very documents they were made on.

The documents come from the audit trail of this machine. Each is compared with the digest that its decision states; one that is
missing, too long to have been kept, or another than the one that was judged is not replayed, and the result says so.
Time is part of the document, so that freezes and expiries are those of then.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.inputs import unpacked
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.record import LONGEST_LINE, understood
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import canonical

MOST = 1000
_WIDTH = 60
_TRAIL = "Give audit_log, or GUARDRAIL_AUDIT_LOG in the environment: a file on the host that runs the module."


@dataclass(frozen=True)
class Recorded:
    """One decision of the audit trail. ``document`` is a text where there is none: why."""

    content: Mapping[str, Any]
    document: Mapping[str, Any] | str


def recorded(path: str, last: int, execution: str = "") -> tuple[Recorded, ...]:
    """The last decisions of a file, the oldest first; with ``execution`` (its record's name, or its id) those of one.

    Raises:
        InvalidRequest: ``replay.last-invalid``, ``replay.trail-missing``, ``replay.trail-unreadable``,
            ``replay.execution-unknown``.
    """
    if not 1 <= last <= MOST:
        raise InvalidRequest("replay.last-invalid", f"replay_last: {last} is not between 1 and {MOST}.")
    if not path:
        raise InvalidRequest("replay.trail-missing", "There is no audit trail to replay.", _TRAIL)
    found = deque((content for content in _decisions(path) if not execution or _is(content, execution)), maxlen=last)
    if execution and not found:
        raise InvalidRequest(
            "replay.execution-unknown",
            f"{path} holds no decision about the execution {execution[:80]!r}.",
            "Give the name of its record or its id, and the audit trail of the machine that it ran on.",
        )
    return tuple(Recorded(content, _document(content)) for content in found)


def replay(decisions: tuple[Recorded, ...], engine: Engine) -> dict[str, Any]:
    """Judge them all. Returns ``replayed`` (how many), ``changed``, ``skipped`` and ``table``, the changes as lines of text."""
    changed: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for one in decisions:
        if isinstance(one.document, str):
            skipped.append({**_about(one.content), "why": one.document})
            continue
        row = _compared(one.content, engine.evaluate(one.document))
        if row["before"] != row["after"]:
            changed.append(row)
    return {
        "replayed": len(decisions) - len(skipped),
        "changed_decisions": changed,
        "skipped": skipped,
        "table": list(_table(changed)),
    }


def _decisions(path: str) -> Iterator[Mapping[str, Any]]:
    try:
        with Path(path).open("rb") as stream:
            while line := stream.readline(LONGEST_LINE + 1):
                record = understood(line.rstrip(b"\n"))
                if record is not None and record.kind == "decision":
                    yield record.content
    except OSError as error:
        raise InvalidRequest(
            "replay.trail-unreadable",
            f"The audit trail {path} cannot be read: {error.strerror}.",
            _TRAIL,
        ) from error


def _is(content: Mapping[str, Any], execution: str) -> bool:
    return execution in (content.get("record"), content.get("execution_id"))


def _document(content: Mapping[str, Any]) -> Mapping[str, Any] | str:
    document = unpacked(content.get("input"))
    if isinstance(document, str):
        return document
    if hashlib.sha256(canonical(document).encode("utf-8", "surrogatepass")).hexdigest() != content.get("input_sha256"):
        return "its input is not the one that was judged"
    return document


def _about(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: content.get(key, "") for key in ("record", "action", "target_resource", "decision_id")}


def _compared(content: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    rules = [rule for rule in content.get("rules") or () if isinstance(rule, Mapping)]
    levels = {"deny": decision.violations, "warn": decision.warnings, "dryrun": decision.dryrun}
    before = {
        level: sorted({str(rule.get("code")) for rule in rules if rule.get("level") == level}) for level in levels
    }
    after = {level: sorted({finding.code for finding in findings}) for level, findings in levels.items()}
    return {
        **_about(content),
        "before": {"allowed": content.get("allowed"), **before},
        "after": {"allowed": decision.allowed, **after},
        "reason": decision.reason,
    }


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The changes for people, one line each."""
    cells = [("EXECUTION", "TARGET", "WAS", "WOULD BE")]
    cells += [
        (row["record"] or row["decision_id"], row["target_resource"], _said(row["before"]), _said(row["after"]))
        for row in rows
    ]
    widths = [max(len(cell[column]) for cell in cells) for column in range(4)]
    for cell in cells if rows else ():
        yield "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True)).rstrip()


def _said(verdict: Mapping[str, Any]) -> str:
    word = {True: "allowed", False: "denied"}.get(verdict["allowed"], "undecided")
    codes = [
        *verdict["deny"],
        *(f"warn {code}" for code in verdict["warn"]),
        *(f"trial {c}" for c in verdict["dryrun"]),
    ]
    text = f"{word}: {', '.join(codes)}" if codes else word
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
