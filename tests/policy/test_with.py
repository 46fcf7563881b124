# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runner agrees with ``opa test`` on tests that use ``with``, or says that it cannot evaluate them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import rego_tests
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.rego_tests import RegoTestResult
from tests.policy import with_shapes
from tests.policy.engines import run_opa

SHAPES = [*with_shapes.AGREED, *with_shapes.REFUSED]
WAYS_OUT = ("Give ", "Write ", "Leave out ", "Compare ", "A with can replace ")


def refused(result: RegoTestResult) -> bool:
    return any(way in result.message for way in WAYS_OUT)


@pytest.fixture(scope="module")
def ours() -> Mapping[tuple[str, str], RegoTestResult]:
    results = rego_tests.run(with_shapes.library())
    return {(result.package, result.name): result for result in results}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], bool]:
    folder = tmp_path_factory.mktemp("shapes")
    judge = with_shapes.library()
    for path, text in {**judge.modules, **judge.tests, "data.json": json.dumps(judge.data)}.items():
        (folder / path).write_text(text, encoding="utf-8")
    done = run_opa("test", "--format", "json", str(folder))
    assert done.stdout, done.stderr
    return {
        (test["package"].removeprefix("data."), test["name"]): not (test.get("fail") or test.get("error"))
        for test in json.loads(done.stdout)
    }


@pytest.mark.parametrize("shape", with_shapes.AGREED)
def test_both_engines_agree(
    shape: str, ours: Mapping[tuple[str, str], RegoTestResult], theirs: Mapping[tuple[str, str], bool]
) -> None:
    key = (with_shapes.package(SHAPES.index(shape)), "test_x")
    assert (ours[key].passed, not refused(ours[key])) == (theirs[key], True)


@pytest.mark.parametrize("shape", with_shapes.REFUSED)
def test_what_cannot_be_evaluated_fails_and_says_so(shape: str, ours: Mapping[tuple[str, str], RegoTestResult]) -> None:
    result = ours[with_shapes.package(SHAPES.index(shape)), "test_x"]
    assert (result.passed, refused(result)) == (False, True), result.message
