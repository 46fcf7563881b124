# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real ``opa`` accepts the library, and the embedded engine agrees with it test by test."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import rego_tests
from tests.policy.engines import POLICIES, library, run_opa


def test_opa_check_accepts_the_library() -> None:
    done = run_opa("check", "--strict", "policies/")
    assert (done.returncode, done.stderr) == (0, "")


def test_opa_check_finds_no_input_that_the_schema_does_not_know() -> None:
    done = run_opa("check", "--strict", "--schema", "policies/schemas/", "policies/")
    assert (done.returncode, done.stderr) == (0, "")


def test_opa_check_reads_the_schema_at_all(tmp_path: Path) -> None:
    rule = 'package p\n\nimport rego.v1\n\ndeny contains "x" if input.target.nam == "web"\n'
    (tmp_path / "p.rego").write_text(
        f"# METADATA\n# scope: package\n# schemas:\n#   - input: schema.input\n{rule}", encoding="utf-8"
    )
    done = run_opa("check", "--strict", "--schema", "policies/schemas/", str(tmp_path))
    assert "undefined ref: input.target.nam" in done.stderr


def test_the_library_is_formatted() -> None:
    assert run_opa("fmt", "--list", "policies/").stdout == ""


def test_the_committed_collector_is_the_generated_one() -> None:
    committed = (POLICIES / collector.PATH).read_text(encoding="utf-8")
    assert committed == collector.generate(library().modules)


def test_both_engines_agree_test_by_test() -> None:
    done = run_opa("test", "--timeout", "60s", "--fail-on-empty", "--format", "json", "policies/")
    # opa prints the tests that failed, or null in place of an empty list.
    theirs = {
        f"{test['package'].removeprefix('data.')}.{test['name']}": not test.get("fail", False)
        for test in json.loads(done.stdout) or ()
    }
    ours = {f"{result.package}.{result.name}": result.passed for result in rego_tests.run(library())}
    assert theirs == ours
    assert [name for name, passed in theirs.items() if not passed] == []
