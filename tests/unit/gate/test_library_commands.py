# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program that checks a library on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.commands import main
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.safety import UNDEFINED_REMEDY
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import from_directory
from tests.conftest import ROOT
from tests.unit.policy.libraries import rules

PACKAGE = "kubernetesexecution.safety.common.size_test"
HEAD = f"package {PACKAGE}\n\nimport rego.v1\n\nimport data.kubernetesexecution.safety.common.size\n\n"
FIRES = 'test_large if size.deny == {"large"} with input as {"n": 4}\n'
SILENT = 'test_small if size.deny == set() with input as {"n": 3}\n'
FOLDER = "kubernetesexecution/safety/common/size"
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a library of one rule and its tests, and return its directory."""

    def run(*tests: str, rule: str = 'deny contains "large" if input.n > 3') -> str:
        folder = tmp_path / "library" / FOLDER
        folder.mkdir(parents=True)
        (folder / "size.rego").write_text(rules("common.size", rule))
        if tests:
            (folder / "size_test.rego").write_text(HEAD + "\n".join(tests))
        return str(tmp_path / "library")

    return run


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    """Exit code, and the lines on standard output."""

    def call(*arguments: str) -> tuple[int, list[str]]:
        code = main(arguments)
        return code, capsys.readouterr().out.splitlines()

    return call


Run = Callable[..., tuple[int, list[str]]]


def test_lint_of_a_sound_library_succeeds(write: Write, run: Run) -> None:
    assert run("lint", write(FIRES)) == (0, ["2 files, 0 errors, 0 warnings"])


def test_lint_says_one_line_for_each_finding(write: Write, run: Run) -> None:
    directory = write(FIRES, rule='deny contains "large" if input.n > limit')
    complaint = f"The name limit is not defined. {UNDEFINED_REMEDY}"
    assert run("lint", directory) == (
        1,
        [
            f"error: {directory}/{FOLDER}/size.rego:5: {complaint} [lint.undefined-name]",
            "2 files, 1 errors, 0 warnings",
        ],
    )


@pytest.mark.parametrize(("option", "code"), [((), 0), (("--strict",), 1)], ids=["plain", "strict"])
def test_lint_fails_on_warnings_when_asked_to(write: Write, run: Run, option: tuple[str, ...], code: int) -> None:
    directory = write(FIRES, rule='deny contains "large" if time.now_ns() > 3')
    assert run("lint", directory, *option)[0] == code


def test_lint_asks_for_tests_unless_told_not_to(write: Write, run: Run) -> None:
    directory = write()
    assert run("lint", directory)[0] == 1
    assert run("lint", directory, "--no-tests")[0] == 0


def test_lint_writes_reports(write: Write, run: Run, tmp_path: Path) -> None:
    directory = write(FIRES, rule='deny contains "large" if input.n > limit')
    junit, sarif = tmp_path / "reports" / "lint.xml", tmp_path / "reports" / "lint.sarif"
    run("lint", directory, "--junit", str(junit), "--sarif", str(sarif))
    assert ElementTree.parse(junit).getroot()[0].attrib["failures"] == "1"
    (result,) = json.loads(sarif.read_text())["runs"][0]["results"]
    assert result["ruleId"] == "lint.undefined-name"


def test_lint_says_where_a_file_of_the_overlay_lies(
    write: Write, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Editors and code scanning open what is named."""
    monkeypatch.chdir(tmp_path)
    write(FIRES)
    folder = Path("ours/kubernetesexecution/safety/common/ours")
    folder.mkdir(parents=True)
    (folder / "ours.rego").write_text(rules("common.ours", 'deny contains "small" if input.n < limit'))
    _code, lines = run("lint", "library", "--overlay", str(tmp_path / "ours"), "--no-tests", "--sarif", "lint.sarif")
    assert lines[0].startswith(f"error: {tmp_path / folder}/ours.rego:5: The name limit is not defined.")
    (result,) = json.loads(Path("lint.sarif").read_text())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": f"{folder}/ours.rego"}


def test_lint_names_no_line_of_config(write: Write, run: Run) -> None:
    directory = Path(write(FIRES))
    (directory / "config").mkdir()
    (directory / "config" / "enforcement.yaml").write_text("enforcement: {size.too: warn}\n")
    assert run("lint", str(directory))[1][0].startswith("warning: config: data.config.enforcement names size.too")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('freezes: [{from: "2026-13-40", to: "2026-12-01"}]', "An entry of data.config.freezes cannot be read:"),
        ("retention_days: 0", "data.config.retention_days of the library has to be a whole number"),
        ("freezes: [{time_zone: Europe/Berlim}]", "data.config.freezes[0].time_zone: this machine knows no"),
    ],
    ids=["date", "setting", "time-zone"],
)
def test_lint_refuses_config_that_publishing_would_refuse(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "ours.yaml").write_text(f"{text}\n")
    sarif = tmp_path / "lint.sarif"
    library = str(ROOT / "policies")
    code, (line, *_) = run("lint", library, "--overlay", str(tmp_path), "--no-tests", "--sarif", str(sarif))
    assert (code, line[: len(f"error: config: {said}")]) == (1, f"error: config: {said}")
    (result,) = json.loads(sarif.read_text())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "policies/config"}


def test_lint_of_rules_alone_asks_them_nothing(run: Run, tmp_path: Path) -> None:
    """A directory of rules that is merged elsewhere has no decision."""
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "size.rego").write_text(rules("common.size", 'deny contains "large" if input.n > 3'))
    assert run("lint", str(tmp_path), "--no-tests") == (0, ["1 files, 0 errors, 0 warnings"])


def test_lint_refuses_a_library_that_cannot_decide(run: Run, tmp_path: Path) -> None:
    (tmp_path / "main.rego").write_text("package kubernetesexecution\n\nimport rego.v1\n\ndecision := input.nothing\n")
    code, lines = run("lint", str(tmp_path), "--no-tests")
    assert code == 1
    assert "policy.undefined-decision" in lines[0]


def test_test_prints_each_result_and_succeeds(write: Write, run: Run) -> None:
    code, (first, last) = run("test", write(FIRES))
    assert code == 0
    assert first.startswith(f"ok   {PACKAGE}.test_large ")
    assert last == "1 tests, 0 failed"


@pytest.mark.parametrize(
    ("tests", "options", "summary"),
    [
        ((FIRES, "test_x := false"), (), "2 tests, 1 failed"),
        ((), (), "0 tests, 0 failed"),
        ((FIRES,), ("--only", "nothing"), "0 tests, 0 failed"),
    ],
    ids=["failure", "no-test", "no-match"],
)
def test_test_fails_unless_all_of_at_least_one_passed(
    write: Write, run: Run, tests: tuple[str, ...], options: tuple[str, ...], summary: str
) -> None:
    code, lines = run("test", write(*tests), *options)
    assert (code, lines[-1]) == (1, summary)


def test_test_names_the_failed_ones_only_when_asked_to(write: Write, run: Run) -> None:
    _code, lines = run("test", write(FIRES, "test_x := false"), "--quiet")
    assert lines == [f"FAIL {PACKAGE}.test_x {lines[0].split()[2]} ms false", "2 tests, 1 failed"]


def test_test_says_which_rules_never_held(write: Write, run: Run) -> None:
    code, lines = run("test", write(SILENT), "--min-coverage", "50")
    assert (code, lines[-3:]) == (
        1,
        [
            f"never held: {FOLDER}/size.rego:5: kubernetesexecution.safety.common.size.deny",
            f"  0.0 %    0 of    1 rules {FOLDER}/size.rego",
            "0.0 % of 1 rules held in a test",
        ],
    )


def test_mutate_says_which_changes_no_test_notices(write: Write, run: Run) -> None:
    code, lines = run("mutate", write(FIRES))
    assert (code, lines) == (
        1,
        [
            f"unnoticed: {FOLDER}/size.rego:5: without: input.n > 3",
            f"unnoticed: {FOLDER}/size.rego:5: > becomes >=",
            "5 changes, 2 that no test notices: score 60.0 %",
        ],
    )


def test_mutate_succeeds_when_every_change_is_noticed(write: Write, run: Run) -> None:
    assert run("mutate", write(FIRES, SILENT)) == (0, ["5 changes, 0 that no test notices: score 100.0 %"])


def test_mutate_of_an_overlay_changes_its_files_alone(write: Write, run: Run, tmp_path: Path) -> None:
    """Tests of the library need not hold on the limits of the overlay."""
    library = write("test_fails_with_the_overlay := false", rule='deny contains "large" if input.n > 3')
    folder = tmp_path / "ours/kubernetesexecution/safety/common/ours"
    folder.mkdir(parents=True)
    (folder / "ours.rego").write_text(rules("common.ours", 'deny contains "large" if input.n > 3'))
    (folder / "ours_test.rego").write_text((HEAD + FIRES).replace("size", "ours"))
    code, lines = run("mutate", library, "--overlay", str(tmp_path / "ours"))
    path = "kubernetesexecution/safety/common/ours/ours.rego"
    assert (code, lines) == (
        1,
        [
            f"unnoticed: {path}:5: without: input.n > 3",
            f"unnoticed: {path}:5: > becomes >=",
            "5 changes, 2 that no test notices: score 60.0 %",
        ],
    )


def test_mutate_does_not_begin_with_failing_tests(write: Write, run: Run) -> None:
    assert run("mutate", write("test_x := false"))[0] == 2


@pytest.mark.parametrize("command", ["lint", "test", "mutate"])
def test_what_cannot_be_read_is_explained(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "/nowhere/at/all"]) == 2
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)


def test_program_runs_from_a_checkout_without_the_collection_installed(write: Write, tmp_path: Path) -> None:
    program = ROOT / "extensions/policies/guardrail-policies"
    environment = {"PYTHON": sys.executable, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [program, "lint", write(FIRES)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 files, 0 errors, 0 warnings\n", "")


def test_merges_an_overlay_into_a_directory_for_opa_build(write: Write, run: Run, tmp_path: Path) -> None:
    library, above = Path(write(FIRES, SILENT)), tmp_path / "ours"
    (library / "library.yaml").write_text("name: small\nversion: 1.2.3\n")
    (library / "config").mkdir()
    (library / "config" / "limits.yaml").write_text("limits: {most: 3, least: 1}\n")
    (above / "config").mkdir(parents=True)
    (above / "config" / "ours.yaml").write_text("limits: {most: 5}\n")
    into = tmp_path / "build" / "merged"
    assert run("merge", str(library), "--overlay", str(above), "--into", str(into))[0] == 0
    merged = from_directory(into)
    assert (merged.name, merged.version, dict(merged.tests)) == ("small", "1.2.3", {})
    assert merged.data["config"] == {"limits": {"most": 5, "least": 1}}
    assert dict(merged.modules) == dict(from_directory(library).modules)
    assert (into / "kubernetesexecution" / "collected.rego").is_file()


def test_merges_into_no_directory_that_holds_something(write: Write, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "evil.rego").write_text("package evil\n")
    assert main(["merge", write(FIRES), "--into", str(tmp_path / "other")]) == 2


def test_tests_of_the_library_run_on_its_own_limits(write: Write, run: Run, tmp_path: Path) -> None:
    """An overlay that changes them would fail them, and has tests of its own for that."""
    library, above = write(FIRES, rule='deny contains "large" if input.n > data.config.limits.most'), tmp_path / "ours"
    for folder, most in ((Path(library), 3), (above, 5)):
        (folder / "config").mkdir(parents=True)
        (folder / "config" / "limits.yaml").write_text(f"limits: {{most: {most}}}\n")
    (above / FOLDER).mkdir(parents=True)
    own = HEAD.replace("size_test", "ours_test") + 'test_five_is_allowed if size.deny == set() with input as {"n": 5}\n'
    (above / FOLDER / "ours_test.rego").write_text(own)
    code, lines = run("test", library, "--overlay", str(above))
    assert (code, lines[-1]) == (0, "2 tests, 0 failed")
