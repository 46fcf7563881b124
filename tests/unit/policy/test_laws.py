# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Laws that hold for every library, tried on generated ones."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import (
    Library,
    from_published,
    to_published,
)
from tests.unit.policy.libraries import DOCUMENT, judged, library, rules

PURE = settings(max_examples=100, deadline=None, derandomize=True)
EVALUATING = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
CONFIG = st.dictionaries(st.sampled_from(["limits", "catalogue", "Images2", "_x"]), JSON, max_size=3)
SEGMENT = st.text("abz09_-", min_size=1, max_size=6)
PATH = st.lists(SEGMENT, min_size=1, max_size=4).map(lambda parts: "/".join(parts) + ".rego")
MODULES = st.dictionaries(PATH.filter(lambda path: not path.endswith("_test.rego")), TEXT, min_size=1, max_size=5)

CONDITIONS = ["true", "input.n > 3", "input.n < 3", 'input.namespace == "shop"', "input.absent", "not input.absent"]
RULE = st.tuples(
    st.sampled_from(["common", "production", "common.size", "staging.size"]),
    st.sampled_from(["deny", "deny", "warn"]),
    st.sampled_from(CONDITIONS),
)
RULES = st.lists(RULE, max_size=5)
DOCUMENTS = st.builds(lambda n, namespace: {**DOCUMENT, "n": n, "namespace": namespace}, st.integers(2, 4), TEXT)


def modules_of(chosen: list[tuple[str, str, str]]) -> dict[str, str]:
    return {
        f"rule{number}.rego": rules(package, f'{kind} contains "rule {number}" if {condition}')
        for number, (package, kind, condition) in enumerate(chosen)
    }


@PURE
@given(MODULES, st.fixed_dictionaries({}, optional={"config": CONFIG, "rules": JSON}))
def test_publishing_keeps_content_and_revision(modules: dict[str, str], data: dict[str, Any]) -> None:
    before = Library("n", "1", "directory", modules, {}, data)
    after = from_published(to_published(before), name="n", version="1", revision=before.revision, source="configmap")
    assert (after.modules, after.data, after.revision) == (before.modules, before.data, before.revision)


@PURE
@given(MODULES, MODULES)
def test_revision_tells_libraries_apart(one: dict[str, str], other: dict[str, str]) -> None:
    same = Library("a", "1", "s", one).revision == Library("b", "2", "t", other).revision
    assert same == (one == other)


@EVALUATING
@given(RULES, RULE, DOCUMENTS)
def test_another_deny_never_opens(
    chosen: list[tuple[str, str, str]], added: tuple[str, str, str], document: dict[str, Any]
) -> None:
    before = judged(library(modules_of(chosen)), document)
    after = judged(library(modules_of([*chosen, (added[0], "deny", added[2])])), document)
    assert {v.message for v in before.violations} <= {v.message for v in after.violations}
    assert before.allowed or not after.allowed


@EVALUATING
@given(RULES, DOCUMENTS, st.randoms(use_true_random=False))
def test_order_of_modules_is_irrelevant(
    chosen: list[tuple[str, str, str]], document: dict[str, Any], random: Any
) -> None:
    modules = list(library(modules_of(chosen)).modules.items())
    shuffled = random.sample(modules, len(modules))
    one, other = (library(dict(order), main="") for order in (modules, shuffled))
    assert one.revision == other.revision
    assert outcome(one, document) == outcome(other, document)


def outcome(judge: Library, document: dict[str, Any]) -> dict[str, Any]:
    result = judged(judge, document).as_result()
    return {key: value for key, value in result.items() if key not in ("decision_id", "evaluation_ms")}
