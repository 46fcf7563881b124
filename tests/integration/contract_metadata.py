# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules say about themselves, read from their files."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import yaml

from ansible_collections.guardrail.kubernetes.plugins.doc_fragments.attributes import ModuleDocFragment
from tests.conftest import ROOT

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
_FRAGMENT = "guardrail.kubernetes.attributes"
# The keys that every module of Ansible may return, which is why none documents them.
_COMMON = {"changed", "failed", "warnings", "deprecations", "exception", "invocation", "ansible_facts"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "dict": (dict,),
    "list": (list,),
}


def documented(module: str, block: str) -> Any:
    """A documentation block of a module."""
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == block:
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no {block}")


def attribute(module: str, name: str) -> Mapping[str, Any]:
    """One of its attributes, with what the fragments say where the module says nothing."""
    documentation = documented(module, "DOCUMENTATION")
    stated: dict[str, Any] = {}
    for fragment in documentation["extends_documentation_fragment"]:
        if fragment.startswith(_FRAGMENT):
            section = fragment.removeprefix(_FRAGMENT).lstrip(".").upper() or "DOCUMENTATION"
            stated |= yaml.safe_load(getattr(ModuleDocFragment, section))["attributes"]
    found: Mapping[str, Any] = {**stated, **documentation.get("attributes", {})}[name]
    return found


def assert_as_documented(module: str, result: Mapping[str, Any], place: str) -> None:
    """The result has what RETURN promises for its end, nothing else, and all of the types that are stated."""
    documentation = documented(module, "RETURN")
    ends = "failure" if result.get("failed") else "success"
    promised = {key for key, entry in documentation.items() if entry["returned"] in ("always", ends)}
    other = {key for key, entry in documentation.items() if entry["returned"] in ("failure", "success")} - promised
    assert promised <= result.keys(), f"{place}: missing"
    assert result.keys() - _COMMON <= documentation.keys(), f"{place}: not documented"
    assert not other & result.keys(), f"{place}: documented for another end"
    for key in documentation.keys() & result.keys():
        assert_shaped(result[key], documentation[key], f"{place}: {key}")


def assert_shaped(value: Any, entry: Mapping[str, Any], place: str) -> None:
    """The value is of the documented type, and a mapping has the documented keys and no others."""
    if value is None:
        assert "null" in str(entry["description"]), f"{place} is null, which is not documented"
        return
    assert isinstance(value, _TYPES[entry["type"]]), f"{place} is a {type(value).__name__}, not a {entry['type']}"
    if isinstance(value, list) and "elements" in entry:
        kinds = _TYPES[entry["elements"]]
        assert all(isinstance(element, kinds) for element in value), f"{place} has other elements than documented"
        for element in value if "contains" in entry else ():
            assert_shaped(element, {**entry, "type": "dict"}, f"{place}[]")
    if isinstance(value, dict) and "contains" in entry:
        assert value.keys() == entry["contains"].keys(), f"{place} has other keys than documented"
        for key, inner in entry["contains"].items():
            assert_shaped(value[key], inner, f"{place}.{key}")
