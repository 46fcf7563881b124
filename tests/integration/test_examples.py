# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of every module, taken at its word: its examples run, and what it returns is what it says."""

from __future__ import annotations

import pytest

from tests.integration.contract_metadata import MODULES, assert_as_documented, documented
from tests.integration.doors_ansible import PREFIX, Result
from tests.integration.examples_run import Told, examples, refusals, thrice

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.examples_fixtures"]
every_module = pytest.mark.parametrize("module", MODULES)


@every_module
def test_the_examples_run(module: str, told: Told) -> None:
    for task in examples(module, told.scene):
        result = told[task["name"]]
        assert result["failed"] is False, result.get("msg")


@every_module
def test_the_refusals_are_refused(module: str, told: Told) -> None:
    for task in refusals(module, told.scene):
        result = told[task["name"]]
        denied = result.get("reason") == "denied" or (result.get("decision") or {}).get("allowed") is False
        assert denied if task["name"].endswith("denied") else result["failed"], result["msg"]


@every_module
def test_a_result_is_what_is_documented(module: str, told: Told) -> None:
    """However it ended: in check mode, changed, with nothing left to do, denied, failed."""
    for name, result in results(module, told):
        assert_as_documented(module, result, name)


@every_module
def test_every_documented_key_is_returned_at_some_end(module: str, told: Told) -> None:
    seen = {key for _, result in results(module, told) for key in result}
    assert documented(module, "RETURN").keys() <= seen


def results(module: str, told: Told) -> list[tuple[str, Result]]:
    """Name and result of every task of the module itself."""
    shown = [one for example in examples(module, told.scene) for one in thrice(example)]
    tasks = [task["name"] for task in (*shown, *refusals(module, told.scene)) if PREFIX + module in task]
    return [(name, visible(told[name])) for name in tasks]


def visible(result: Result) -> Result:
    return {key: value for key, value in result.items() if not key.startswith("_ansible_")}
