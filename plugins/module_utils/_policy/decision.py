# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a policy library decided: the value every other layer sees, and the strict reading of the engine's raw answer.

A raw answer is ``{"allowed": bool, "violations": [...], "warnings": [...], "dryrun": [...]}``; an entry is
``{"policy", "code", "message", "remedy"?, "details"?}``. Unknown keys are tolerated, anything else denies: a decision that
is not understood completely allows nothing (invariant I2). What is understood of it is told all the same.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import GATE, REMEDIES, unusable

_ENTRY = "Correct what the rule reports, or main.rego: docs/decision.md says what an entry has to look like."


@dataclass(frozen=True)
class Violation:
    """One rule's word about the action.

    ``policy`` is the package (``common/blast_radius``), or ``gate``; ``docs`` the address of the page about the rule.
    """

    policy: str
    code: str
    message: str
    remedy: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    docs: str = ""

    @property
    def text(self) -> str:
        return f"[{self.policy}] {self.message}"

    def as_result(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "details": dict(self.details),
            "docs": self.docs,
        }


@dataclass(frozen=True)
class Verdict:
    """The raw answer, understood."""

    allowed: bool
    violations: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    dryrun: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class Decision:
    """One decision.

    Attributes:
        allowed: Whether the action may be carried out.
        reason: One line for people.
        violations: Why not; empty exactly when allowed.
        warnings: What people should know; it stops nothing.
        dryrun: What rules on trial would have denied.
        decision_id: UUID of this decision.
        library: name, version, revision, source.
        engine: name, version (empty when it could not be loaded).
        input_sha256: Of the canonical input document; empty when that was unusable.
        evaluation_ms: Input and query inside the engine; 0 when it came to none.
        unavailable: Facts that could not be read: fact, reason.
    """

    allowed: bool
    reason: str
    violations: tuple[Violation, ...]
    warnings: tuple[Violation, ...]
    dryrun: tuple[Violation, ...]
    decision_id: str
    library: Mapping[str, str]
    engine: Mapping[str, str]
    input_sha256: str
    evaluation_ms: float
    unavailable: tuple[Mapping[str, Any], ...]

    def as_result(self) -> dict[str, Any]:
        """The form in which a module returns it. ``allowed`` and ``violations_text`` are what AAP expects."""
        return {
            "allowed": self.allowed,
            "reason": self.reason,
            "policy_violations": [violation.text for violation in self.violations],
            "violations": [violation.as_result() for violation in self.violations],
            "violations_text": [violation.message for violation in self.violations],
            "warnings": [warning.as_result() for warning in self.warnings],
            "dryrun": [finding.as_result() for finding in self.dryrun],
            "decision_id": self.decision_id,
            "library": dict(self.library),
            "engine": dict(self.engine),
            "input_sha256": self.input_sha256,
            "evaluation_ms": self.evaluation_ms,
            "unavailable": [dict(fact) for fact in self.unavailable],
        }


def understood(raw: Any, rules: Mapping[str, Any]) -> Verdict:
    """Read the raw answer. An entry that is malformed denies, and the others count all the same.

    Args:
        raw: Value of ``data.kubernetesexecution.decision``. Its lists come back sorted by code.
        rules: ``data.rules`` of the library: a violation without a remedy gets its code's.

    Raises:
        PolicyUnusable: ``policy.wrong-type``: the answer is not even made of lists.
    """
    if not isinstance(raw, dict):
        raise _wrong("the decision", "an object", raw)
    allowed = raw.get("allowed")
    if not isinstance(allowed, bool):
        raise _wrong("allowed", "true or false", allowed)
    faults: list[Violation] = []
    lists = {
        name: _entries(name, raw.get(name, [] if name != "violations" else None), rules, faults) for name in _LISTS
    }
    return Verdict(allowed and not faults, (*faults, *lists["violations"]), lists["warnings"], lists["dryrun"])


_LISTS = ("violations", "warnings", "dryrun")


def _entries(name: str, value: Any, rules: Mapping[str, Any], faults: list[Violation]) -> tuple[Violation, ...]:
    """The entries of one list; those that are malformed go to ``faults``."""
    if not isinstance(value, list):
        raise _wrong(name, "a list", value)
    entries = []
    for index, entry in enumerate(value):
        try:
            entries.append(_violation(f"{name}[{index}]", entry, rules))
        except PolicyUnusable as fault:
            faults.append(Violation(GATE, fault.code, f"{fault.message}{_culprit(entry)}", _ENTRY))
    return tuple(sorted(entries, key=lambda entry: (entry.code, entry.policy, entry.message)))


def _culprit(entry: Any) -> str:
    policy = entry.get("policy") if isinstance(entry, dict) else None
    return f" It comes from the policy {policy[:80]}." if isinstance(policy, str) and policy else ""


def _violation(place: str, entry: Any, rules: Mapping[str, Any]) -> Violation:
    if not isinstance(entry, dict):
        raise _wrong(place, "an object", entry)
    for key in ("policy", "code", "message"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise _wrong(f"{place}.{key}", "a text", entry.get(key))
    remedy = entry.get("remedy", "")
    if not isinstance(remedy, str):
        raise _wrong(f"{place}.remedy", "a text", remedy)
    details = entry.get("details", {})
    if not isinstance(details, dict):
        raise _wrong(f"{place}.details", "an object", details)
    code = entry["code"]
    remedy = remedy or _described(code, "remedy", rules) or REMEDIES.get(code, "")
    return Violation(entry["policy"], code, entry["message"], remedy, details, _described(code, "docs", rules))


def _described(code: str, what: str, rules: Mapping[str, Any]) -> str:
    rule = rules.get(code)
    text = rule.get(what) if isinstance(rule, Mapping) else None
    return text if isinstance(text, str) else ""


def _wrong(place: str, expected: str, got: Any) -> PolicyUnusable:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    found = "empty" if got == "" else kinds.get(type(got), "a number")
    message = f"The decision of the library is malformed: {place} is {found}, expected {expected}."
    return unusable("policy.wrong-type", message)
