# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator reads of a library that is looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.tasks import publish_library
from tests.integration.small_library import BROKEN, write_library


def linted(path: Path, **options: Any) -> dict[str, Any]:
    given = {"overlay": None, "revision": None, "only": None, "coverage": False, "require_tests": True, "reports": None}
    options = {"path": str(path), "state": "linted", **given, **options}
    return publish_library("PublishLibrary", options, check_mode=False, environ={})


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        pytest.param(2, ["c0", "c1"], id="all"),
        pytest.param(
            7, ["c0", "c1", "c2", "c3", "c4", "2 more warnings of the linter are in findings."], id="the first"
        ),
    ],
)
def test_warnings_are_shown(tmp_path: Path, codes: int, shown: list[str]) -> None:
    """Nobody looks into the findings of a task that went well."""
    library = write_library(tmp_path / "library")
    levels = {f"c{number}": "warn" for number in range(codes)}
    (library / "config" / "enforcement.json").write_text(json.dumps({"enforcement": levels}))
    told = linted(library)["warnings"]
    start, end = "config: data.config.enforcement names ", ", which no rule reports"
    assert [line.removeprefix(start).partition(end)[0] for line in told] == shown


def test_sarif_names_the_file_of_an_overlay_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_library(tmp_path / "library")
    BROKEN["misspelt deny"].apply(tmp_path / "ours")
    linted(tmp_path / "library", overlay=str(tmp_path / "ours"), reports=str(tmp_path / "reports"))
    (run,) = json.loads((tmp_path / "reports" / "policy-lint.sarif").read_text())["runs"]
    places = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]]
    assert places
    assert all(place.startswith("ours/kubernetesexecution/") for place in places)
