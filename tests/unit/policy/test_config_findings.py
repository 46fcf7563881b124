# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Config that names what does not exist."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import lint
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory
from tests.conftest import ROOT
from tests.unit.policy.libraries import rules

PATH = "kubernetesexecution/safety/common/size/size.rego"
RULES = """\
deny contains "a text" if input.action == "One"
deny contains {"code": "size.two", "message": "two"} if input.action == "Two"
"""


def warned(config: dict[str, Any]) -> list[tuple[str, int, str, str]]:
    """Findings of a library with the codes ``common.size``, ``size.two`` and ``size.described``."""
    data = {"config": config, "rules": {"size.described": {}}}
    library = Library("small", "1.0", "policies", {PATH: rules("common.size", RULES)}, data=data)
    found = lint.lint(library, with_tests=False)
    return [(each.file, each.line, each.code, each.message) for each in found]


@pytest.mark.parametrize(
    ("config", "path"),
    [
        pytest.param({"enforcement": {"size.too": "deny"}}, "enforcement", id="enforcement"),
        pytest.param({"exceptions": [{"rules": ["size.two", "size.too"]}]}, "exceptions[0].rules", id="exception"),
        pytest.param({"overrides": {"codes": ["size.too"]}}, "overrides.codes", id="override"),
    ],
)
def test_code_that_no_rule_reports_is_a_warning(config: dict[str, Any], path: str) -> None:
    message = f"data.config.{path} names size.too, which no rule reports."
    assert warned(config) == [("config", 0, "lint.unknown-code", message)]


def test_level_that_does_not_exist_is_a_warning() -> None:
    message = "data.config.enforcement gives size.two the level 'waarn', which counts as deny."
    assert warned({"enforcement": {"size.two": "waarn"}}) == [("config", 0, "lint.unknown-level", message)]


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"enforcement": {"common.size": "warn"}}, id="text, by its package"),
        pytest.param({"enforcement": {"size.two": "dryrun"}}, id="code in the text"),
        pytest.param({"enforcement": {"size.described": "deny"}}, id="code of METADATA"),
        pytest.param({"enforcement": [], "exceptions": ["x"], "overrides": {"codes": None}}, id="of another form"),
        pytest.param({}, id="no config"),
    ],
)
def test_nothing_is_said_about(config: dict[str, Any]) -> None:
    assert warned(config) == []


def test_our_own_config_names_what_exists() -> None:
    assert lint.lint(from_directory(ROOT / "policies")) == ()
