# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Invariant I2: everything short of a well-formed allow is a denial with its own code, through the real engine."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import engine as engine_module
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import lint, rego
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Violation
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine, denial
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import REMEDIES, unusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from tests.unit.policy.libraries import (
    ALLOW,
    DOCUMENT,
    NO_CACHE,
    alone,
    codes,
    deciding,
    judged,
    library,
    rules,
)

LOOP = "count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b == 0])"
HUGE = "count([[a, b] | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000)])"
SPOKEN = '{"policy": "p", "code": "a.b", "message": "no"}'


def test_engine_allows_when_no_rule_objects() -> None:
    decision = judged(library({"a.rego": rules("common", 'deny contains "x" if input.namespace == "kube-system"')}))
    assert (decision.allowed, decision.reason, decision.violations) == (True, "Allowed by tests 1.2.3.", ())


def test_engine_denies_with_the_words_of_every_rule_that_objects() -> None:
    judge = library(
        {
            "a.rego": rules(
                "common.size", 'deny contains {"code": "size.large", "message": "too large", "details": {"n": 3}}'
            ),
            "b.rego": rules("production", 'deny contains "frozen"\n\nwarn contains "soon"'),
        },
        rules={"size.large": {"remedy": "Make it smaller."}},
    )
    decision = judged(judge)
    assert decision.violations == (
        Violation("production", "production", "frozen"),
        Violation("common/size", "size.large", "too large", "Make it smaller.", {"n": 3}),
    )
    assert decision.warnings == (Violation("production", "production", "soon"),)
    assert decision.reason == "Denied: [production] frozen (and 1 more)"


def test_decision_names_library_engine_and_input() -> None:
    judge = library()
    result = judged(judge, {**DOCUMENT, "unavailable": [{"fact": "nodes", "reason": "403"}]}).as_result()
    assert result["library"] == {
        "name": "tests",
        "version": "1.2.3",
        "revision": judge.revision,
        "source": "a test",
        "signed_by": "",
    }
    assert result["engine"] == {"name": "regopy", "version": rego.version()}
    assert re.fullmatch(r"[0-9a-f]{64}", result["input_sha256"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", result["decision_id"])
    assert result["unavailable"] == [{"fact": "nodes", "reason": "403"}]
    assert 0 < result["evaluation_ms"] < 1000
    assert json.loads(json.dumps(result)) == result


@pytest.mark.parametrize(
    ("judge", "code", "message"),
    [
        pytest.param(library(main=""), "policy.library-empty", "contains no policy", id="no-modules"),
        pytest.param(
            deciding("{{{"), "policy.parse-error", r"kubernetesexecution/main\.rego:5:\d+: ", id="parse-error"
        ),
        pytest.param(
            library({"a.rego": rules("common", 'deny contains "x" if input.replicas > limit')}),
            "policy.lint-error",
            r"^a\.rego:5: The name limit is not defined\.$",
            id="undefined-name",
        ),
        pytest.param(
            library({"a.rego": rules("common", 'deny contains "x" if large(input.replicas)')}),
            "policy.lint-error",
            r"^a\.rego:5: The function large is not defined\.$",
            id="undefined-function",
        ),
        pytest.param(
            library({"a.rego": rules("common", 'denies contains "x"')}),
            "policy.lint-error",
            "has neither deny nor warn",
            id="misspelt-deny",
        ),
        pytest.param(
            library({"a.rego": rules("common", 'deny contains "x"\n\0\ndeny contains "y"')}),
            "policy.parse-error",
            "a NUL character at offset",
            id="text-that-the-engine-would-cut",
        ),
        pytest.param(
            deciding("1 / input.zero"),
            "policy.evaluation-error",
            "The evaluation failed at .*: ",
            id="evaluation-error",
        ),
        pytest.param(deciding('"<error>"'), "policy.evaluation-error", "engine's error value", id="error-value"),
        pytest.param(
            deciding('{"allowed": true, "violations": [], "warnings": ["<error>"]}'),
            "policy.evaluation-error",
            "engine's error value",
            id="error-value-inside",
        ),
        pytest.param(
            deciding(f"{ALLOW} if input.nothing"), "policy.undefined-decision", "no decision", id="undefined-decision"
        ),
        pytest.param(
            library({"a.rego": rules("common", 'deny contains "x"')}, main=""),
            "policy.undefined-decision",
            "no decision",
            id="no-main",
        ),
        pytest.param(
            deciding("true"), "policy.wrong-type", "the decision is true or false, expected an object", id="boolean"
        ),
        pytest.param(deciding("[]"), "policy.wrong-type", "the decision is a list", id="list"),
        pytest.param(
            deciding('{"allowed": "true", "violations": []}'),
            "policy.wrong-type",
            "allowed is a text, expected true or false",
            id="allowed-is-text",
        ),
        pytest.param(deciding('{"allowed": true}'), "policy.wrong-type", "violations is nothing", id="no-violations"),
        pytest.param(
            deciding('{"allowed": false, "violations": []}'), "policy.no-reason", "without a violation", id="no-reason"
        ),
        pytest.param(deciding("[" * 20000 + "]" * 20000), "policy.crashed", "SIGSEGV", id="crash"),
    ],
)
def test_engine_denies_with_a_code_of_its_own(judge: Library, code: str, message: str) -> None:
    violation = alone(judged(judge, {**DOCUMENT, "zero": 0}))
    assert (violation.policy, violation.code, violation.remedy) == ("gate", code, REMEDIES[code])
    assert re.search(message, violation.message)


def test_engine_denies_a_contradiction_and_keeps_the_violations() -> None:
    decision = judged(deciding(f'{{"allowed": true, "violations": [{SPOKEN}]}}'))
    assert (decision.allowed, codes(decision)) == (False, [("gate", "policy.contradiction"), ("p", "a.b")])


def test_engine_stops_policies_that_loop_for_ever() -> None:
    violation = alone(judged(deciding(LOOP), deadline_s=0.4))
    assert violation.code == "policy.timeout"
    assert violation.message == "The policies gave no decision within 0.2 s and were stopped."


def test_engine_stops_policies_that_allocate_without_end() -> None:
    assert alone(judged(deciding(HUGE), memory_bytes=64 * 1024 * 1024)).code == "policy.out-of-memory"


def test_engine_survives_policies_that_print(capfd: pytest.CaptureFixture[str]) -> None:
    """regopy prints to file descriptor 1, where a module's JSON goes."""
    decision = judged(deciding(f'{ALLOW} if print("{{\\"changed\\": true}}", input)'))
    assert (decision.allowed, capfd.readouterr()) == (True, ("", ""))


def test_compile_errors_do_not_reach_the_callers_output(capfd: pytest.CaptureFixture[str]) -> None:
    assert alone(judged(deciding("{{{"))).code == "policy.parse-error"
    assert capfd.readouterr() == ("", "")


def test_engine_denies_when_the_evaluation_kills_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_arguments: object) -> bytes:
        os.kill(os.getpid(), signal.SIGSEGV)
        return b""

    monkeypatch.setattr(engine_module, "_evaluated", killed)
    violation = alone(judged(deciding(ALLOW)))
    assert (violation.code, violation.message) == ("policy.crashed", "The policies crashed the engine (SIGSEGV).")


@pytest.fixture
def no_regopy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "regopy", None)
    for cached in (rego.load, rego._inherited, rego.is_builtin):
        cached.cache_clear()
    yield
    monkeypatch.undo()
    for cached in (rego.load, rego._inherited, rego.is_builtin):
        cached.cache_clear()


@pytest.mark.usefixtures("no_regopy")
def test_engine_denies_when_regopy_is_missing() -> None:
    decision = judged(deciding(ALLOW))
    assert alone(decision).code == "policy.engine-missing"
    assert decision.engine == {"name": "regopy", "version": ""}


def test_denial_speaks_for_a_library_that_is_not_there() -> None:
    decision = denial(unusable("policy.library-missing", "There is none."), DOCUMENT, "configmap a/b")
    assert (decision.reason, codes(decision)) == ("Denied: [gate] There is none.", [("gate", "policy.library-missing")])
    assert decision.library == {"name": "", "version": "", "revision": "", "source": "configmap a/b", "signed_by": ""}
    assert decision.input_sha256 == judged(library()).input_sha256


def test_engine_can_be_used_again_and_by_several_threads() -> None:
    judge = Engine(library({"a.rego": rules("common", 'deny contains "no" if input.n % 2 == 1')}), cache=NO_CACHE)
    answers: dict[int, bool] = {}

    def ask(number: int) -> None:
        answers[number] = judge.evaluate({**DOCUMENT, "n": number}).allowed

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: number % 2 == 0 for number in range(8)}


CARELESS = {"a.rego": rules("common", 'deny contains "no" if { input.action; count([1 | x := input.a]) == 0 }')}


def test_library_that_was_linted_when_it_was_published_is_not_linted_again(tmp_path: Path) -> None:
    cache = CompiledCache(tmp_path / "cache")
    judge = library(CARELESS)
    published = replace(judge, linted=True)
    assert codes(Engine(published, cache=cache).evaluate(DOCUMENT)) == [("common", "common")]
    # What that left in the cache does not help a library that nobody linted.
    assert codes(Engine(judge, cache=cache).evaluate(DOCUMENT)) == [("gate", "policy.lint-error")]


def test_linting_does_not_count_against_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(*_arguments: object, **_options: object) -> tuple[()]:
        time.sleep(0.6)
        return ()

    monkeypatch.setattr(lint, "lint", slowly)
    judge = library({"a.rego": rules("common", 'deny contains "no" if input.action')})
    assert codes(judged(judge, deadline_s=0.5)) == [("common", "common")]
