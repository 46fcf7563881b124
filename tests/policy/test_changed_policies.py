# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both engines agree test by test on policies that were changed at random, right or wrong; or the linter refuses them."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector, lint
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import errors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import (
    mutation,
    mutation_runs,
    rego_tests,
)
from tests.policy.engines import library, run_opa

COUNT, SEED = (int(os.environ.get(name, each)) for name, each in (("GUARDRAIL_MUTANTS", "8"), ("GUARDRAIL_SEED", "6")))


# A comprehension over a set gives its elements in another order in each engine; this function is there because of that.
ORDER = "ordered(findings)"
FAILED = "The evaluation failed"


@pytest.fixture(scope="module")
def mutants() -> list[mutation.Mutant]:
    beside = {path.rsplit("/", 1)[0] for path in library().tests}
    found = [mutant for mutant in mutation_runs.mutants(library()) if mutant.file.rsplit("/", 1)[0] in beside]
    return mutation.sample([mutant for mutant in found if ORDER not in line_of(mutant)], COUNT, SEED)


def line_of(mutant: mutation.Mutant) -> str:
    return library().modules[mutant.file].split("\n")[mutant.line - 1]


def answers_of_opa(folder: Path, judge: Library, package: str) -> dict[str, bool]:
    texts = {**collector.complete(judge.modules), **judge.tests}
    texts["data.json"] = json.dumps({"config": judge.data["config"]})
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    done = run_opa(
        "test", "--timeout", "60s", "--format", "json", "--run", f"^data\\.{re.escape(package)}\\.", str(folder)
    )
    assert done.stdout, done.stderr
    return {test["name"]: not (test.get("fail") or test.get("error")) for test in json.loads(done.stdout) or ()}


@pytest.mark.parametrize("number", range(COUNT))
def test_both_engines_agree_on_a_changed_policy(number: int, mutants: list[mutation.Mutant], tmp_path: Path) -> None:
    mutant = mutants[number]
    original = library().modules[mutant.file]
    changed = dataclasses.replace(library(), modules={**library().modules, mutant.file: mutant.applied(original)})
    package = ".".join(mutant.file.split("/")[:-1]) + "_test"
    results = rego_tests.run(changed, only=f"^{re.escape(package)}\\.")
    assert results
    # A built-in that fails on its arguments is undefined for opa test, and an error here.
    ours = {result.name: result.passed for result in results if not result.message.startswith(FAILED)}
    theirs = {name: passed for name, passed in answers_of_opa(tmp_path, changed, package).items() if name in ours}
    refused = ours != theirs and errors(lint.lint(changed, with_tests=False))  # as the gate would
    assert refused or (ours, str(mutant)) == (theirs, str(mutant))
