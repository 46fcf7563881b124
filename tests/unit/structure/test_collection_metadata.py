# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection says about itself agrees with what it contains."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from tests.unit.structure.source_files import ROOT, committed

# They change or read what the gate goes by, not workloads: ordinary modules that pass no gate.
UNGATED = {"approve_execution", "execution_info", "executor", "policy_library", "policy_library_info"}


def document(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def names(folder: str) -> set[str]:
    """Return the names of the plugins in a folder, links included."""
    return {PurePosixPath(path).stem for path in committed() if path.startswith(folder + "/")} - {"__init__"}


def test_action_group_names_every_module() -> None:
    assert set(document("meta/runtime.yml")["action_groups"]["kubernetes"]) == names("plugins/modules")


def test_action_group_is_sorted_and_without_repetition() -> None:
    group = document("meta/runtime.yml")["action_groups"]["kubernetes"]
    assert group == sorted(set(group))


def test_every_gated_module_has_the_in_process_door_under_its_own_name() -> None:
    """Under another name, module_defaults of one module would reach the others: see meta/runtime.yml."""
    assert names("plugins/action") == names("plugins/modules") - UNGATED


def test_all_in_process_doors_are_the_same_one() -> None:
    assert len({(ROOT / "plugins/action" / f"{name}.py").resolve() for name in names("plugins/action")}) == 1


def test_no_routing_leads_a_module_to_another_name() -> None:
    assert "plugin_routing" not in document("meta/runtime.yml")


def test_oldest_ansible_core_is_named_as_a_full_version() -> None:
    assert re.fullmatch(r">=\d+\.\d+\.\d+", document("meta/runtime.yml")["requires_ansible"])


def test_sanity_settings_exist_for_every_ansible_core_that_is_tested() -> None:
    lines = (ROOT / "requirements-dev.in").read_text(encoding="utf-8").splitlines()
    cores = {match[1] for line in lines if (match := re.match(r"ansible-core>=(\d+\.\d+)", line))}
    ignored = {match[1] for path in committed() if (match := re.fullmatch(r"tests/sanity/ignore-(.+)\.txt", path))}
    assert ignored == cores


@pytest.mark.parametrize("path", ["requirements.txt", "meta/ee-requirements.txt"])
def test_run_time_requirements_have_lower_bounds_only(path: str) -> None:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    wrong = [line for line in lines if line and not re.fullmatch(r"#.*|-r \S+|[A-Za-z-]+>=[\d.]+", line)]
    assert wrong == []


def test_execution_environment_refers_to_files_that_exist() -> None:
    dependencies = document("meta/execution-environment.yml")["dependencies"]
    assert {kind: (ROOT / path).is_file() for kind, path in dependencies.items()} == {"python": True, "system": True}


def test_collection_and_user_agent_have_the_same_version() -> None:
    text = (ROOT / "plugins/module_utils/_version.py").read_text(encoding="utf-8")
    assert re.findall(r'^VERSION = "(.+)"', text, re.MULTILINE) == [document("galaxy.yml")["version"]]


def test_policy_library_lies_where_an_installed_collection_may_read_it() -> None:
    """Only meta/, plugins/, roles/ and playbooks/ may be used at run time; ansible-test refuses links to folders."""
    shipped = ROOT / "roles/policy_library/files/policies"
    assert (shipped.is_symlink(), (ROOT / "policies").resolve()) == (False, shipped.resolve())
