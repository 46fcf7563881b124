# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges an input document against a library. Fails closed, always (invariant I2).

``Engine.evaluate`` answers with a ``Decision`` whatever policy text, engine or cache do; each failure is a denial
with its own code, in the name of the policy ``gate``. An allowing answer is checked once more outside the policies:
the action is in the library's catalogue, and no fact that the catalogue requires is unavailable.

Steps: 1. canonical input, without what the engine is wrong about; 2. the compiled library, from the cache or compiled in
a child; 3. evaluation in a child; 4. strict reading of the answer; 5. the checks of our own. A library that was not
linted before it was published is linted when this machine compiles it first. Each of these children has its deadline.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import (
    catalogue,
    checks,
    child,
    input_safety,
    rego,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import (
    Decision,
    Verdict,
    Violation,
    understood,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import (
    EVALUATION_ERROR,
    GATE,
    EvaluationFailed,
    located,
    unusable,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import LINTER_VERSION, errors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, canonical

_FINDINGS_SHOWN = 3
_COMPILE_S = 30.0
_SHARE_OF_EVALUATION = 0.5
_PATIENCE_S = 0.25


class Engine:
    """A library, ready to judge. Reuse it: the compiled library is kept.

    Args:
        library: What judges.
        cache: Where compiled libraries are kept; default: the cache of the user who runs this.
        deadline_s: Seconds for one decision: half of them for the evaluation, the rest to find out what fails if it
            fails. To compile a library that this machine has not seen yet takes as long as
            the machine needs for it, up to 30 s: nobody but a policy admin has a say in that.
        memory_bytes: What an evaluation may allocate.

    Attributes:
        compiled_anew: The library was compiled, or that was tried, because this machine had not seen it yet.
    """

    def __init__(
        self,
        library: Library,
        *,
        cache: CompiledCache | None = None,
        deadline_s: float = child.DEADLINE_S,
        memory_bytes: int = child.MEMORY_BYTES,
    ) -> None:
        self._library = library
        self._revision = library.revision
        self._cache = cache if cache is not None else CompiledCache.of_user(os.environ)
        self._deadline_s = deadline_s
        self._memory_bytes = memory_bytes
        self._bundle: bytes | None = None
        self.compiled_anew = False

    def evaluate(self, document: Mapping[str, Any]) -> Decision:
        """Judge one input document. Does not raise for anything that policies, engine or document can cause."""
        term = ""
        evaluation_ms = 0.0
        try:
            term = _term(document)
            input_safety.require_safe(document)
            answer = self._answer(term)
            evaluation_ms = answer.evaluation_ms
            verdict = self._checked(self._understood(answer), document)
        except EvaluationFailed as failure:
            verdict = self._failed(failure)
        except PolicyUnusable as failure:
            verdict = _refusal(failure)
        return _decision(
            verdict,
            document,
            library={**self._library.provenance, "revision": self._revision},
            input_sha256=hashlib.sha256(term.encode()).hexdigest() if term else "",
            evaluation_ms=evaluation_ms,
        )

    def _answer(self, term: str) -> rego.Answer:
        if self._bundle is None:
            self._bundle = self._prepared()
        bundle = self._bundle
        until = time.monotonic() + self._deadline_s
        try:
            share = self._deadline_s * _SHARE_OF_EVALUATION
            outcome = self._run(lambda: _evaluated(bundle, term), time.monotonic() + share, share)
        except PolicyUnusable as failure:
            raise self._attributed(failure.code, failure.message, term, until) from failure
        if outcome.error:
            raise self._attributed(*_said(outcome.error), term, until)
        elapsed, _newline, text = outcome.answer.decode("utf-8").partition("\n")
        if rego.ERROR_VALUE in text:
            said = "The library's decision contains the engine's error value."
            raise self._attributed(EVALUATION_ERROR, said, term, until)
        return rego.Answer(text or None, float(elapsed))

    def _prepared(self) -> bytes:
        """Step 2.

        Raises:
            PolicyUnusable: ``policy.library-empty``, ``policy.parse-error``, ``policy.lint-error``,
                ``policy.engine-missing`` or a failure of the child.
        """
        library = self._library
        if not library.modules:
            raise unusable("policy.library-empty", f"The policy library {library.source} contains no policy.")
        modules = library.compiled_modules
        parts = [self._revision, rego.version(), None if library.linted else LINTER_VERSION, checks.VERSION, modules]
        key = hashlib.sha256(canonical(parts).encode("utf-8", "surrogatepass")).hexdigest()
        found = self._cache.load(key)
        if found is not None:
            return found
        self.compiled_anew = True
        outcome = self._run(lambda: checks.compile_checked(modules), time.monotonic() + _COMPILE_S, _COMPILE_S)
        if outcome.error:
            places = rego.printed_errors(outcome.output) or outcome.error
            raise unusable("policy.parse-error", f"The policy library cannot be compiled: {places}.")
        if not library.linted:
            _require_sound(library)
        self._cache.store(key, outcome.answer)
        return outcome.answer

    def _run(self, work: child.Work, until: float, stated_s: float) -> child.Outcome:
        rego.prepare()
        return child.run(work, deadline_s=until - time.monotonic(), memory_bytes=self._memory_bytes, stated_s=stated_s)

    def _attributed(self, code: str, message: str, term: str, until: float) -> EvaluationFailed:
        from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.faults import (  # most tasks do without
            attribution,
            probes,
        )

        patience_s = 0.0 if code == EVALUATION_ERROR else _PATIENCE_S
        tried = probes.Probes(term, until, patience_s, self._memory_bytes)
        found = attribution.of(self._library.compiled_modules, tried)
        return EvaluationFailed(code, located(message, found.where), found.details, found.others)

    def _understood(self, answer: rego.Answer) -> Verdict:
        if answer.text is None:
            raise unusable("policy.undefined-decision", "The library has no decision for this input.")
        try:
            raw = json.loads(answer.text)
        except (ValueError, RecursionError) as error:
            raise EvaluationFailed(EVALUATION_ERROR, f"The engine's answer is not JSON: {error}.") from error
        return understood(raw, self._rules())

    def _failed(self, failure: EvaluationFailed) -> Verdict:
        """The denial for a failed evaluation, with whatever the rules that did not fail have to say."""
        refusal = _refusal(failure, failure.details)
        if failure.others is None:
            return refusal
        try:
            others = understood(failure.others, self._rules())
        except PolicyUnusable:
            return refusal
        return Verdict(False, refusal.violations + others.violations, others.warnings, others.dryrun)

    def _rules(self) -> Mapping[str, Any]:
        rules = self._library.data.get("rules")
        return rules if isinstance(rules, Mapping) else {}

    def _checked(self, verdict: Verdict, document: Mapping[str, Any]) -> Verdict:
        """Step 5: an answer that contradicts itself, or that allows what the catalogue does not."""
        failure: PolicyUnusable | None = None
        if verdict.allowed and verdict.violations:
            failure = unusable("policy.contradiction", "The library allows the action and lists violations.")
        elif verdict.allowed:
            failure = catalogue.failure(self._library.data.get("config"), document)
        elif not verdict.violations:
            failure = unusable("policy.no-reason", "The library denies the action without a violation.")
        if failure is None:
            return verdict
        return Verdict(False, _refusal(failure).violations + verdict.violations, verdict.warnings, verdict.dryrun)


def denial(failure: PolicyUnusable, document: Mapping[str, Any], source: str) -> Decision:
    """The decision when there is no library to ask: it is missing, empty or changed by hand.

    Args:
        source: Where the library was looked for.
    """
    try:
        digest = hashlib.sha256(_term(document).encode()).hexdigest()
    except PolicyUnusable:
        digest = ""
    library = {"name": "", "version": "", "revision": "", "source": source, "signed_by": ""}
    return _decision(_refusal(failure), document, library=library, input_sha256=digest, evaluation_ms=0.0)


def _require_sound(library: Library) -> None:
    """Text that does not parse was met before: that is no matter for the linter."""
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import lint  # most tasks do without

    found = errors(lint.lint(library, with_tests=False))
    if found:
        more = f" (and {len(found) - _FINDINGS_SHOWN} more)" if len(found) > _FINDINGS_SHOWN else ""
        raise unusable("policy.lint-error", " ".join(str(finding) for finding in found[:_FINDINGS_SHOWN]) + more)


def _evaluated(bundle: bytes, term: str) -> bytes:
    """Runs in a child."""
    answer = rego.evaluate(bundle, term)
    return f"{answer.evaluation_ms:.3f}\n{answer.text or ''}".encode()


def _said(error: str) -> tuple[str, str]:
    """Code and message. A loop has the same code whether this machine reaches the deadline or the engine's limit first."""
    if error == rego.STATEMENT_LIMIT:
        return "policy.timeout", "The policies took more steps than the engine allows for a decision."
    return EVALUATION_ERROR, f"The evaluation failed: {error}."


def _term(document: Mapping[str, Any]) -> str:
    """Step 1. Canonical JSON; anything that is none, or that UTF-8 cannot carry, is refused."""
    try:
        term = canonical(document)
        term.encode("utf-8")
    except RecursionError as error:
        raise unusable("policy.input-unusable", "The input document is nested too deeply.") from error
    except (TypeError, ValueError) as error:
        raise unusable("policy.input-unusable", f"The input document is not JSON: {error}.") from error
    if not isinstance(document, Mapping):
        raise unusable("policy.input-unusable", "The input document is no object.")
    return term


def _refusal(failure: PolicyUnusable, details: Mapping[str, Any] | None = None) -> Verdict:
    return Verdict(False, (Violation(GATE, failure.code, failure.message, failure.hint, details or {}),))


def _decision(
    verdict: Verdict,
    document: Mapping[str, Any],
    *,
    library: Mapping[str, str],
    input_sha256: str,
    evaluation_ms: float,
) -> Decision:
    try:
        version = rego.version()
    except PolicyUnusable:
        version = ""
    return Decision(
        allowed=verdict.allowed,
        reason=_reason(verdict, library),
        violations=verdict.violations,
        warnings=verdict.warnings,
        dryrun=verdict.dryrun,
        decision_id=str(uuid.uuid4()),
        library=library,
        engine={"name": rego.NAME, "version": version},
        input_sha256=input_sha256,
        evaluation_ms=evaluation_ms,
        unavailable=catalogue.unavailable(document) or (),
    )


def _reason(verdict: Verdict, library: Mapping[str, str]) -> str:
    if verdict.allowed:
        name = " ".join(part for part in (library["name"], library["version"]) if part)
        plural = "s" if len(verdict.warnings) > 1 else ""
        warned = f", with {len(verdict.warnings)} warning{plural}" if verdict.warnings else ""
        return f"Allowed by {name or library['source']}{warned}."
    first, *others = verdict.violations
    more = f" (and {len(others)} more)" if others else ""
    return f"Denied: {' '.join(first.text.split())}{more}"
