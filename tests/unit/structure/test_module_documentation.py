# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of every module describes the options it really has, and its examples use them."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule

from tests.conftest import COLLECTIONS
from tests.unit.structure.source_files import OURS, below

MODULES = sorted(PurePosixPath(path).stem for path in below("plugins/modules", ".py") if "__init__" not in path)
NO_ACTIONS = {"approve_execution", "execution_info", "executor"}
ACTIONS = [module for module in MODULES if not module.startswith("policy_") and module not in NO_ACTIONS]
RETURNED_BY_ACTIONS = {"decision", "diff", "execution", "msg"}
FQCN = "guardrail.kubernetes."


@cache
def documentation() -> dict[str, Any]:
    """Return what ansible-doc makes of every module, fragments included: one start for all, it is slow."""
    command = [str(Path(sys.executable).with_name("ansible-doc")), "--metadata-dump", "--no-fail-on-errors"]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    arguments = ["--type", "module", FQCN.rstrip(".")]
    dumped = subprocess.run([*command, *arguments], env=environment, check=True, capture_output=True, text=True).stdout
    return {name.removeprefix(FQCN): shown for name, shown in json.loads(dumped)["all"]["module"].items()}


def documentation_of(module: str) -> dict[str, Any]:
    shown: dict[str, Any] = documentation()[module]
    if "error" in shown:
        pytest.fail(f"ansible-doc cannot read it: {shown['error']}", pytrace=False)
    return shown


def argument_spec(module: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the specification that the module's main() gives to AnsibleModule."""

    class Given(Exception):
        pass

    def take(self: AnsibleModule, argument_spec: dict[str, Any], **_: Any) -> None:
        raise Given(argument_spec)

    monkeypatch.setattr(AnsibleModule, "__init__", take)
    with pytest.raises(Given) as given:
        importlib.import_module(f"{OURS}plugins.modules.{module}").main()
    specification: dict[str, Any] = given.value.args[0]
    return specification


def comparable(option: dict[str, Any]) -> dict[str, Any]:
    """Return what documentation and specification both state, with the defaults of both filled in."""
    inner = option.get("suboptions") or option.get("options") or {}
    return {
        "type": option.get("type", "str"),
        "elements": option.get("elements"),
        "required": bool(option.get("required", False)),
        "default": option.get("default"),
        "choices": list(option["choices"]) if option.get("choices") else None,
        "aliases": sorted(option.get("aliases") or ()),
        "options": {name: comparable(value) for name, value in inner.items()},
    }


@pytest.mark.parametrize("module", MODULES)
def test_documented_options_are_the_options(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documented = documentation_of(module)["doc"].get("options", {})
    specified = argument_spec(module, monkeypatch)
    assert {name: comparable(option) for name, option in documented.items()} == {
        name: comparable(option) for name, option in specified.items()
    }


@pytest.mark.parametrize("module", MODULES)
def test_the_description_is_text(module: str) -> None:
    """A colon in a line makes YAML take it for something else."""
    assert [line for line in documentation_of(module)["doc"]["description"] if not isinstance(line, str)] == []


@pytest.mark.parametrize("module", MODULES)
def test_every_option_and_returned_value_is_described(module: str) -> None:
    shown = documentation_of(module)
    values = {**shown["doc"].get("options", {}), **(shown["return"] or {})}
    assert [name for name, value in values.items() if not value.get("description")] == []


@pytest.mark.parametrize("module", MODULES)
def test_every_returned_value_has_type_and_condition(module: str) -> None:
    returned = documentation_of(module)["return"] or {}
    assert [name for name, value in returned.items() if not value.get("type") or not value.get("returned")] == []


@pytest.mark.parametrize("module", ACTIONS)
def test_every_action_documents_what_all_actions_return(module: str) -> None:
    returned = documentation_of(module)["return"]
    assert {name for name in RETURNED_BY_ACTIONS if returned.get(name, {}).get("returned") == "always"} == (
        RETURNED_BY_ACTIONS
    )


@pytest.mark.parametrize("module", MODULES)
def test_module_states_its_attributes(module: str) -> None:
    attributes = documentation_of(module)["doc"].get("attributes", {})
    assert {"check_mode", "diff_mode", "idempotent", "action_group"} - set(attributes) == set()


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_named_tasks_with_documented_options(module: str) -> None:
    shown = documentation_of(module)
    options = shown["doc"].get("options", {})
    known = set(options) | {alias for option in options.values() for alias in option.get("aliases") or ()}
    tasks = [task for task in yaml.safe_load(shown["examples"]) if FQCN + module in task]
    assert tasks != []
    assert [task for task in tasks if not task.get("name") or not set(task[FQCN + module] or {}) <= known] == []
