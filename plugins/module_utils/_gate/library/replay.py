# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What another library would have decided: recorded decisions, judged again on the very documents they were made on.

The documents come from the audit trail of this machine, whose chain is verified first. Each is compared with the digest that
its decision states; one that is missing, too long to have been kept, or another than the one that was judged is not
replayed, and the result says so. Time is part of the document, so that freezes and expiries are those of then.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.inputs import unpacked
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.record import LONGEST_LINE, understood
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.seal import seal_with
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.verify import verify
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest, PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import canonical

MOST = 1000
_WIDTH = 60
_ROWS = 20
_REASONS = 3
# Of the candidate as a whole: no decision would say anything about a rule.
_NO_CANDIDATE = frozenset({"policy.parse-error", "policy.lint-error", "policy.library-empty", "policy.engine-missing"})
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
            ``replay.execution-unknown``, ``replay.nothing-recorded``.
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
    if not found:
        raise InvalidRequest("replay.nothing-recorded", f"{path} holds no decision.", _TRAIL)
    return tuple(Recorded(content, _document(content)) for content in found)


def verified(path: str, key_file: str) -> dict[str, Any]:
    """Whether the chain of a file is whole: ``{intact, line, problem, message}``; ``intact`` is ``None`` without its key.

    Raises:
        GateError: The file or the key cannot be read.
    """
    with contextlib.closing(seal_with(key_file)) as seal:
        try:
            broken = verify(path, seal).broken
        except InvalidRequest as failure:
            if failure.code != "audit.key-needed":
                raise
            message = f"{failure.message} Nobody can tell whether it is whole: give audit_key_file."
            return {"intact": None, "line": None, "problem": "key-needed", "message": message}
    if broken is None:
        return {"intact": True, "line": None, "problem": "", "message": ""}
    message = f"The audit trail {path} is broken at line {broken.line}, {broken.problem}: {broken.message}"
    return {"intact": False, "line": broken.line, "problem": broken.problem, "message": message}


def told(found: Mapping[str, Any], title: str) -> str:
    """The outcome for people: one line, and the table as far as it fits on a screen."""
    skipped = Counter(one["why"] for one in found["skipped"])
    reasons = [f"{count} because {why}" for why, count in skipped.most_common(_REASONS)]
    reasons += ["..."] if len(skipped) > _REASONS else []
    line = f"{title} decides {len(found['changed_decisions'])} of {found['replayed']} recorded decisions otherwise"
    line += f"; {skipped.total()} not replayed: {', '.join(reasons)}." if skipped else "."
    rows = found["table"][: _ROWS + 1]
    more = len(found["table"]) - len(rows)
    return "\n".join([line, *rows, *([f"... and {more} more: replay.table"] if more else [])])


def replay(decisions: tuple[Recorded, ...], engine: Engine) -> dict[str, Any]:
    """Judge them all. Returns ``replayed`` (how many), ``changed_decisions``, ``skipped`` and ``table``, the changes as text.

    Raises:
        PolicyUnusable: The library judges nothing at all.
    """
    changed: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for one in decisions:
        if isinstance(one.document, str):
            skipped.append({**_about(one.content), "why": one.document})
            continue
        decision = engine.evaluate(one.document)
        for violation in decision.violations:
            if violation.policy == "gate" and violation.code in _NO_CANDIDATE:
                raise PolicyUnusable(violation.code, violation.message, violation.remedy)
        row = _compared(one.content, decision)
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
    cells = [["EXECUTION", "TARGET", "WAS", "WOULD BE"]]
    for row in rows:
        texts = (row["record"] or row["decision_id"], row["target_resource"], _said(row["before"]), _said(row["after"]))
        cells.append([_printable(text) for text in texts])
    widths = [max(len(cell[column]) for cell in cells) for column in range(4)]
    for cell in cells if rows else ():
        yield "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True)).rstrip()


def _printable(text: Any) -> str:
    """Who can write to the file must not be able to write on the terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(text))


def _said(verdict: Mapping[str, Any]) -> str:
    word = {True: "allowed", False: "denied"}.get(verdict["allowed"], "undecided")
    codes = [
        *verdict["deny"],
        *(f"warn {code}" for code in verdict["warn"]),
        *(f"trial {c}" for c in verdict["dryrun"]),
    ]
    text = f"{word}: {', '.join(codes)}" if codes else word
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
