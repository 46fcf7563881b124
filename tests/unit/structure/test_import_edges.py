# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers of the collection: who may import whom, and who may import what is heavy."""

from __future__ import annotations

import pytest

from tests.unit.structure.source_files import below, imports

LAYERS = "plugins.module_utils."
# A layer may import itself and these. What is not named here (the gate, the doors) may import every layer.
ALLOWED = {
    "_version": set[str](),
    "_errors": set[str](),
    "_values": {"_errors"},
    "_cluster": {"_errors", "_values", "_version"},
    "_policy": {"_errors", "_values", "_version"},
    "_actions": {"_errors", "_values", "_version"},
    "_audit": {"_errors", "_values", "_version"},
    "_metrics": {"_errors", "_values", "_version"},
    "_execution": {"_cluster", "_errors", "_values", "_version"},
}
GATE = {"_gate", "gate"}
# Importing these costs from 20 ms to 1 s, and every task through AnsiballZ pays for it.
HEAVY = {"asyncio", "concurrent", "cryptography", "hypothesis", "kubernetes", "regopy", "yaml"}
# Imports them only so that workers are forked from a process that has them.
PRELOADER = "plugins/plugin_utils/in_process_door.py"
SOLE_IMPORTERS = {
    "cryptography": "plugins/module_utils/_policy/signing/signature.py",
    "kubernetes": "plugins/module_utils/_cluster/connecting/connection.py",
    "regopy": "plugins/module_utils/_policy/rego.py",
}


def layer_of_file(path: str) -> str:
    return path.removeprefix("plugins/module_utils/").split("/")[0].removesuffix(".py")


def test_every_layer_imports_only_the_layers_below_it() -> None:
    wrong = [
        f"{one.file}:{one.line} imports {one.name}"
        for path in below("plugins/module_utils", ".py")
        for one in imports(path)
        if one.name.startswith(LAYERS)
        and (layer := layer_of_file(path)) in ALLOWED
        and one.name.removeprefix(LAYERS).split(".")[0] not in ALLOWED[layer] | {layer}
    ]
    assert wrong == []


def test_every_folder_and_file_of_module_utils_has_its_place_in_the_layers() -> None:
    found = {layer_of_file(path) for path in below("plugins/module_utils", ".py")}
    assert found - {"__init__"} - set(ALLOWED) - GATE == set()


def test_nothing_in_module_utils_imports_a_plugin() -> None:
    wrong = [
        f"{one.file}:{one.line} imports {one.name}"
        for path in below("plugins/module_utils", ".py")
        for one in imports(path)
        if one.name.startswith("plugins.") and not one.name.startswith(LAYERS)
    ]
    assert wrong == []


def test_imports_inside_the_collection_are_absolute() -> None:
    wrong = [
        f"{one.file}:{one.line} imports {one.name}"
        for path in below("plugins", ".py")
        for one in imports(path)
        if one.name.startswith(".")
    ]
    assert wrong == []


def test_heavy_packages_are_imported_inside_functions_only() -> None:
    wrong = [
        f"{one.file}:{one.line} imports {one.name}"
        for folder in ("plugins/module_utils", "plugins/modules")
        for path in below(folder, ".py")
        for one in imports(path)
        if not one.lazy and one.name.split(".")[0] in HEAVY
    ]
    assert wrong == []


@pytest.mark.parametrize("package", sorted(SOLE_IMPORTERS))
def test_one_file_alone_imports_the_package(package: str) -> None:
    importers = {path for path in below("plugins", ".py") for one in imports(path) if one.name.split(".")[0] == package}
    assert importers - {PRELOADER} == {SOLE_IMPORTERS[package]}


def test_policies_and_actions_never_see_ansible() -> None:
    wrong = [
        f"{one.file}:{one.line} imports {one.name}"
        for path in below("plugins/module_utils", ".py")
        if layer_of_file(path) in ALLOWED or layer_of_file(path) == "gate"
        for one in imports(path)
        if one.name.split(".")[0] == "ansible"
    ]
    assert wrong == []
