# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of a library before it may judge, and the way out that a refusal names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.review import (
    Thoroughness,
    refusal,
    review,
)
from tests.conftest import ROOT
from tests.integration.small_library import BROKEN, write_library


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return write_library(tmp_path / "library")


@pytest.fixture
def without_tests(library: Path) -> Path:
    BROKEN["no test"].apply(library)
    return library


def codes(path: Path, overlay: Path | None = None, **how: Any) -> list[tuple[str, str]]:
    examined = review(str(path), str(overlay) if overlay else None, Thoroughness(**how))
    return [(finding.code, finding.level) for finding in examined.findings]


def test_a_rule_without_a_test_is_refused_and_the_refusal_names_the_way_out(library: Path) -> None:
    BROKEN["rule without a test"].apply(library)
    refused = refusal(review(str(library), None, Thoroughness())).message
    assert "[lint.untested]" in refused
    assert "require_tests: false (policy_library_require_tests in the role)" in refused
    assert codes(library, require_tests=False) == [("lint.untested", "warning")]


def test_a_library_without_a_test_is_refused(without_tests: Path) -> None:
    with pytest.raises(PolicyUnusable) as refused:
        review(str(without_tests), None, Thoroughness())
    assert (refused.value.code, "require_tests: false" in refused.value.hint) == ("policy.tests-missing", True)


def test_it_is_taken_when_tests_are_not_required_with_one_warning_for_all(without_tests: Path) -> None:
    assert codes(without_tests, require_tests=False) == [("policy.tests-missing", "warning")]


def test_an_error_counts_whether_tests_are_required_or_not(without_tests: Path) -> None:
    BROKEN["undefined name"].apply(without_tests)
    assert not review(str(without_tests), None, Thoroughness(require_tests=False)).passed


@pytest.mark.parametrize("require_tests", [True, False])
def test_a_filter_that_finds_nothing_is_refused(library: Path, require_tests: bool) -> None:
    with pytest.raises(PolicyUnusable) as refused:
        review(str(library), None, Thoroughness(only="nobody", require_tests=require_tests))
    assert "that matches nobody" in refused.value.message


def test_a_filter_on_a_library_without_a_test_is_refused(without_tests: Path) -> None:
    with pytest.raises(PolicyUnusable):
        review(str(without_tests), None, Thoroughness(only="tickets", require_tests=False))


def test_a_refusal_names_the_library_and_the_overlay(library: Path, tmp_path: Path) -> None:
    BROKEN["misspelt deny"].apply(tmp_path / "ours")
    refused = refusal(review(str(library), str(tmp_path / "ours"), Thoroughness(require_tests=False))).message
    assert refused.startswith(f"The library {library} with the overlay {tmp_path / 'ours'} is refused, 1 finding:")


def test_a_time_zone_that_nobody_knows_is_an_error(library: Path) -> None:
    (library / "config" / "calendar.yaml").write_text("freezes: [{time_zone: Europe/Berlim}]\n")
    assert codes(library) == [("lint.time-zone", "error")]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        pytest.param(
            "calendar",
            'freezes: [{from: "2026-11-20", til: "2026-11-30", reason: sale}]',
            'An entry of data.config.freezes cannot be read: {"from": "2026-11-20", "reason": "sale", "til": "2026-11-30"}.',
            id="freeze without an end",
        ),
        pytest.param(
            "calendar",
            'allow_windows: [{days: [Sun], from: "00:00", to: "04:00"}]',
            'An entry of data.config.allow_windows cannot be read: {"days": ["Sun"], "from": "00:00", "to": "04:00"}.',
            id="window on no day",
        ),
        pytest.param(
            "history",
            "retention_days: 0",
            "data.config.retention_days of the library has to be a whole number from 1 to 365.",
            id="setting",
        ),
    ],
)
def test_config_that_would_deny_every_action_is_refused(tmp_path: Path, name: str, text: str, found: str) -> None:
    """It would replace a good library by one under which nothing is possible."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / f"{name}.yaml").write_text(f"{text}\n")
    examined = review(str(ROOT / "policies"), str(tmp_path), Thoroughness(tests=False))
    assert [finding.message for finding in examined.findings] == [found]


def test_coverage_is_told_of_the_overlay_too(library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ours" / "kubernetesexecution/safety/common/ours"
    folder.mkdir(parents=True)
    package = "package kubernetesexecution.safety.common.ours"
    (folder / "ours.rego").write_text(
        f'{package}\n\nimport rego.v1\n\ndeny contains "one" if input.action == "One"\n\n'
        'deny contains "two" if input.action == "Two"\n'
    )
    (folder / "ours_test.rego").write_text(
        f"{package}_test\n\nimport rego.v1\n\nimport data.kubernetesexecution.safety.common.ours\n\n"
        'test_one if ours.deny == {"one"} with input as {"action": "One"}\n'
    )
    alone = review(str(library), None, Thoroughness(coverage=True)).coverage
    both = review(str(library), str(tmp_path / "ours"), Thoroughness(coverage=True)).coverage
    assert alone
    assert both
    path = "kubernetesexecution/safety/common/ours/ours.rego"
    assert both.by_file() == {**alone.by_file(), path: (1, 2)}
    assert [point.line for point in both.missed if point.file == path] == [7]
