# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules that the benchmarks add to the library are rules as users write them: sound, collected, each able to speak."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import lint
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from tests.benchmarks import user_rules
from tests.benchmarks.decision_inputs import inputs
from tests.policy.engines import Case, documents, library, run_opa

_SHOP = {
    "replica-cap": "fixtures.scale(900, {})",
    "replica-floor": 'fixtures.scale(1, {"parameters": {"deployment_name": "shop-api"}})',
    "labels": 'json.remove(fixtures.scale(5, {}), ["namespace_info/labels/environment"])',
    "image-prefix": 'fixtures.update_image({"image": "elsewhere.example.com/web:1"}, {})',
    "image-tag": 'fixtures.update_image({"tag": "latest"}, {})',
    "quiet-hours": 'fixtures.deletion({"request": {"time": "2026-11-18T05:30:00Z", "ticket": "OPS-1"}})',
    "ticket": "fixtures.deletion({})",
    "volumes": 'fixtures.drain_of({"storage": ["data"]}, {})',
    "share": 'fixtures.drain_of({"count": 300}, {})',
    "nodes": 'fixtures.cordon({"nodes": {"schedulable": 2}})',
}


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return user_rules.with_user_rules(library(), tmp_path_factory.mktemp("overlay"))


def test_there_are_two_hundred_of_them(extended: Library) -> None:
    added = extended.data["rules"].keys() - library().data["rules"].keys()
    assert (len(user_rules.TEAMS), len(added)) == (20, 200)


def test_the_linter_has_nothing_to_say(extended: Library) -> None:
    assert lint.lint(extended, with_tests=False) == ()


def test_opa_has_nothing_to_say(tmp_path: Path) -> None:
    user_rules.write(tmp_path)
    done = run_opa("check", "--strict", "--schema", "policies/schemas/", "policies/", str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_none_changes_a_decision_that_is_timed(extended: Library) -> None:
    config: Any = library().data["config"]
    ours, theirs = Engine(library()), Engine(extended)
    for name, document in inputs(config).items():
        assert theirs.evaluate(document).violations == ours.evaluate(document).violations, name


def test_each_can_speak(extended: Library) -> None:
    engine = Engine(extended)
    given = documents(tuple(Case(expression, None) for expression in _SHOP.values()))
    for name, (document, _config) in zip(_SHOP, given, strict=True):
        decision = engine.evaluate(document)
        assert f"shop.{name}" in {finding.code for finding in decision.violations + decision.warnings}, name
