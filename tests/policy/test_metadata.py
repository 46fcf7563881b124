# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule is documented, tested three ways and emits the code it is documented with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import rego_text
from tests.policy.engines import POLICIES, library

_EMITTED = re.compile(r'"code": "([^"]+)"')
_HEAD = re.compile(r"^(deny|warn) contains", re.MULTILINE)
_TESTED = ("fires", "silent", "boundary")
_SECTIONS = frozenset(json.loads((POLICIES / "schemas" / "input.json").read_text(encoding="utf-8"))["properties"])
_RULES: Mapping[str, Mapping[str, Any]] = library().data["rules"]
_FAMILIES = {path: text for path, text in library().modules.items() if "/safety/" in path or "/rbac/" in path}


def test_there_are_families() -> None:
    assert len(_FAMILIES) >= 25


@pytest.mark.parametrize("path", sorted(_FAMILIES))
def test_every_rule_of_a_family_has_a_code_of_its_own(path: str) -> None:
    text = _FAMILIES[path]
    package = rego_text.package_name(text)
    documented = sorted(code for code, rule in _RULES.items() if rule["package"] == package)
    assert sorted(_EMITTED.findall(text)) == documented
    assert len(_HEAD.findall(text)) == len(documented)


@pytest.mark.parametrize("code", sorted(_RULES))
def test_a_code_is_family_and_rule(code: str) -> None:
    family = _RULES[code]["package"].split(".")[-1].replace("_", "-")
    assert re.fullmatch(rf"{family}\.[a-z]+(-[a-z]+)*", code)


@pytest.mark.parametrize("code", sorted(_RULES))
def test_a_rule_says_what_why_and_what_to_do(code: str) -> None:
    rule = _RULES[code]
    assert rule["title"]
    assert rule["description"].endswith(".")
    assert rule["remedy"].endswith(".")


@pytest.mark.parametrize("code", sorted(_RULES))
def test_the_facts_of_a_rule_are_sections_of_the_input(code: str) -> None:
    facts = set(_RULES[code]["facts"])
    assert facts
    assert facts <= _SECTIONS


@pytest.mark.parametrize("code", sorted(_RULES))
def test_a_rule_is_tested_where_it_fires_where_it_is_silent_and_between(code: str) -> None:
    package, name = f"{_RULES[code]['package']}_test", code.split(".")[1].replace("-", "_")
    tests = {
        rule.name
        for path, text in library().tests.items()
        if rego_text.package_name(text) == package
        for rule in rego_text.read(path, text).rules
    }
    assert {f"test_{name}_{kind}" for kind in _TESTED} <= tests


@pytest.mark.parametrize("path", sorted(library().modules))
def test_a_file_is_named_after_its_folder(path: str) -> None:
    *folders, file = path.split("/")
    assert file in (f"{folders[-1]}.rego", "main.rego")
    assert rego_text.package_name(library().modules[path]) == ".".join(folders)
