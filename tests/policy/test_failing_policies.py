# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""An error in a policy: the action is denied, file and line are named, and whatever the other rules say is heard."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.collector import complete
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from tests.policy.engines import Case, documents, run_opa
from tests.policy.engines import library as shipped
from tests.policy.failing_policies import DOCUMENT, KINDS, LOOP, Kind, marked_places, placements
from tests.unit.policy.libraries import NO_CACHE, judged, library, rules

SOUND = rules(
    "frozen", 'deny contains {"code": "frozen.shop", "message": "the shop is frozen"} if input.namespace == "shop"'
)
EXHAUSTING = {
    "endless": (Kind(f"{LOOP} > 0"), ["policy.timeout"]),
    "large-list": (Kind("count(numbers.range(1, 100000000)) > 0"), ["policy.out-of-memory", "policy.timeout"]),
}
PLACEMENTS = ("deny", "warn", "helper", "other-file", "other-environment")


def decided(modules: Mapping[str, str], **options: float) -> Decision:
    return judged(library({**modules, "frozen.rego": SOUND}), DOCUMENT, **options)


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_error_is_denied_with_its_place_and_the_words_of_all_other_rules(kind: Kind, placement: str) -> None:
    modules = placements(kind)[placement]
    decision = decided(modules)
    error, *others = decision.violations
    assert not decision.allowed
    assert (error.policy, error.code) == ("gate", "policy.evaluation-error")
    assert error.details["places"] == marked_places(modules)
    assert all(place in error.message for place in marked_places(modules))
    said = {violation.message for violation in others}
    assert said == {"the shop is frozen", "a denial of the same file"}
    assert "frozen.shop" in {violation.code for violation in others}
    assert [warning.message for warning in decision.warnings] == ["a warning of the same file"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("division-by-zero", "divide by zero"),
        ("size-of-a-number", "operand 1 must be one of {array, object, set, string} but got number"),
        ("regular-expression", "error parsing regexp: missing closing )"),
        ("unknown-time-zone", "std::chrono::tzdb: cannot locate zone: shop"),
        ("values-of-a-rule", "complete rules must not produce multiple outputs"),
    ],
)
def test_error_says_what_the_engine_minds(name: str, reason: str) -> None:
    assert decided(placements(KINDS[name])["deny"]).violations[0].message.endswith(f": {reason}.")


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_opa_finds_the_errors_in_the_same_lines(placement: str, tmp_path: Path) -> None:
    for number, (name, kind) in enumerate(KINDS.items()):
        modules = placements(kind)[placement]
        if kind.opa:
            assert opa_error(modules, tmp_path / str(number)) in marked_places(modules), name


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_rules_of_the_shipped_library_are_heard_beside_an_error(placement: str) -> None:
    modules = placements(KINDS["number-of-a-text"])[placement]
    document, _ = documents((Case("fixtures.scale(50, {})"),))[0]
    # The linter would say that the schema has no key "zero".
    judge = dataclasses.replace(shipped(), modules={**shipped().modules, **modules}, linted=True)
    decision = judged(judge, {**document, **DOCUMENT, "namespace": document["namespace"]})
    said = {(violation.policy, violation.code) for violation in decision.violations}
    own = set() if placement == "other-environment" else {("acme", "acme")}
    assert said == {
        ("gate", "policy.evaluation-error"),
        ("production/replica_ceiling", "replica-ceiling.exceeded"),
        *own,
    }
    assert decision.violations[0].details["places"] == marked_places(modules)


@pytest.mark.parametrize("placement", ["deny", "other-file"])
@pytest.mark.parametrize(("kind", "codes"), EXHAUSTING.values(), ids=EXHAUSTING)
def test_rule_that_takes_everything_is_named(kind: Kind, codes: Sequence[str], placement: str) -> None:
    modules = placements(kind)[placement]
    decision = decided(modules, deadline_s=12)
    assert decision.violations[0].code in codes
    assert decision.violations[0].details["places"] == marked_places(modules)
    assert [violation.code for violation in decision.violations if violation.policy == "frozen"] == ["frozen.shop"]


def test_loop_that_ends_at_the_limit_of_the_engine_is_told_as_one_that_ends_at_the_deadline() -> None:
    modules = placements(EXHAUSTING["endless"][0])["deny"]
    error, *others = decided(modules, deadline_s=60).violations
    assert error.code == "policy.timeout"
    assert error.message.startswith(
        "The policies took more steps than the engine allows for a decision. It happened at "
    )
    assert error.details["places"] == marked_places(modules)
    assert "frozen.shop" in {violation.code for violation in others}


@pytest.mark.parametrize("deadline_s", [0.3, 1, 2])
@pytest.mark.parametrize("statement", [f"{LOOP} > 0", "1 / input.zero > 3"], ids=["endless", "error"])
def test_denial_takes_no_longer_than_the_deadline(statement: str, deadline_s: float) -> None:
    judge = library({**placements(Kind(statement))["other-file"], "frozen.rego": SOUND})
    engine = Engine(judge, cache=NO_CACHE, deadline_s=deadline_s)
    engine.evaluate({**DOCUMENT, "action": "CordonNode", "zero": 1, "names": []})  # which compiles
    began = time.monotonic()
    decision = engine.evaluate(DOCUMENT)
    assert time.monotonic() - began < deadline_s + 0.5
    assert not decision.allowed
    assert decision.violations[0].code in ("policy.evaluation-error", "policy.timeout")


def opa_error(modules: Mapping[str, str], folder: Path) -> str:
    """``file:line`` of the error that the real ``opa`` meets."""
    for path, text in complete(modules).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    document = folder / "input.json"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    arguments = [
        "--strict-builtin-errors",
        "-i",
        str(document),
        "-d",
        str(folder),
        "data.kubernetesexecution.collected",
    ]
    done = run_opa("eval", "-f", "json", *arguments)
    (error,) = json.loads(done.stdout)["errors"]
    place = error["location"]
    return f"{Path(place['file']).relative_to(folder)}:{place['row']}"
