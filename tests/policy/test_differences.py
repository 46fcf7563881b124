# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that deny in OPA and are silent here: each is shown to be that, and refused by the linter."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector, lint
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import errors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from tests.policy.engines import DECISION, run_opa
from tests.unit.policy.libraries import CATALOGUE, DOCUMENT, judged, library, rules

_PATH = "kubernetesexecution/safety/common/size/size.rego"
_INPUT = {**DOCUMENT, "count": 10, "name": "a/b", "place": "é", "limits": [9, 10]}
SILENT = {
    "escaped slash": r'input.name == "a\/b"',
    "escaped letter": r'input.place == "\u00e9"',
    "escaped key": r'{"a/b": 1}["a\/b"] == 1',
    "max of numbers": "max([9, input.count]) > 9",
    "min of anything": "min([9, input.count]) == 9",
    "sorted numbers": "sort([10, 9])[1] == 10",
    "arrays": "[input.count] > [9]",
    "sets": "{10} > {9}",
    "objects": '{"a": 10} > {"a": 9}',
    "text and number": '"5" > 4',
    "variable in front": "{ some limit in input.limits; found := [[limit, one] | some one in [1]]; count(found) > 0 }",
    "key of a member in front": "{ some key in [0]; found := {one[key] | some one in [input.limits]}; count(found) > 0 }",
    "comprehension in front": "{ some limit in input.limits; [[one | one := limit] | some two in [1]][0][0] == 9 }",
    "variable of every in front": "{ every limit in input.limits { count([limit | some one in [1]]) == 1 } }",
    "not one in front": "{ some limit in input.limits; not count([limit | some one in [1]]) == 0 }",
    "version before a release": 'semver.compare("1.0.0-rc.1", "1.0.0") < 0',
}
HEARD = {
    "line break": r'input.name != "a\nb"',
    "quote": r'input.name != "a\"\\b"',
    "letter": 'input.place == "é"',
    "greatest text": 'max(["a", "b"]) == "b"',
    "sorted texts": 'sort(["b", "a"]) == ["a", "b"]',
    "variable in the body": "{ some limit in input.limits; found := [[limit, one] | some one in [limit]]; count(found) > 0 }",
    "named in the body": "{ some limit in input.limits; found := [a | some one in [1]; a := [limit, one]]; count(found) > 0 }",
    "variable of the comprehension": "count([[limit, one] | some limit in input.limits; some one in [1]]) > 0",
    "rule in front": "count([[input.count, data.config, one] | some one in [1]]) > 0",
    "numbers": "input.count > 9",
    "equal arrays": "input.limits == [9, 10]",
}


def judge(condition: str) -> Library:
    return library({_PATH: rules("common.size", f'deny contains "no" if {condition}')})


def denied_by_opa(folder: Path, condition: str) -> bool:
    for path, text in collector.complete(judge(condition).modules).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "data.json").write_text(json.dumps({"config": {"catalogue": CATALOGUE}}), encoding="utf-8")
    (folder / "input.txt").write_text(json.dumps(_INPUT), encoding="utf-8")
    query = f"data.{DECISION.replace('/', '.')}.allowed"
    done = run_opa("eval", "-f", "raw", "-i", str(folder / "input.txt"), "-d", str(folder), query)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip() == "false"


@pytest.mark.parametrize("name", sorted(SILENT))
def test_what_opa_denies_and_this_engine_would_not_is_refused(name: str, tmp_path: Path) -> None:
    given = judge(SILENT[name])
    assert denied_by_opa(tmp_path, SILENT[name])
    assert judged(dataclasses.replace(given, linted=True), _INPUT).allowed
    assert [(found.file, found.code) for found in errors(lint.lint(given, with_tests=False))] == [
        (_PATH, "lint.engine")
    ]


@pytest.mark.parametrize("name", sorted(HEARD))
def test_what_both_engines_deny_is_accepted(name: str, tmp_path: Path) -> None:
    given = judge(HEARD[name])
    assert denied_by_opa(tmp_path, HEARD[name])
    assert not judged(given, _INPUT).allowed
    assert errors(lint.lint(given, with_tests=False)) == ()
