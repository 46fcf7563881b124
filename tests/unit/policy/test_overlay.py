# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An organisation's own directory over a library."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.overlay import overlaid

LIBRARY = Library(
    "guardrail",
    "1.0",
    "policies",
    modules={"a.rego": "package a", "b.rego": "package b"},
    tests={"a_test.rego": "package a_test"},
    data={
        "config": {
            "limits": {"ceiling": 20, "minimum": 3},
            "registries": ["one", "two"],
            "enabled": False,
            "hours": {"from": "09:00"},
            "ceilings": {"shop/web": 9},
        },
        "rules": {"a.rule": {"title": "A"}},
    },
)


def overlay(config: dict[str, Any] | None = None, **modules: str) -> Library:
    files = {f"{name}.rego": text for name, text in modules.items()}
    return Library("ours", "", "our-policies", files, data={"config": config or {}, "rules": {}})


def test_a_single_limit_is_replaced_and_the_others_stay() -> None:
    merged = overlaid(LIBRARY, overlay({"limits": {"ceiling": 40}}))
    assert merged.data["config"] == {
        "limits": {"ceiling": 40, "minimum": 3},
        "registries": ["one", "two"],
        "enabled": False,
        "hours": {"from": "09:00"},
        "ceilings": {"shop/web": 9},
    }
    assert (merged.name, merged.version) == ("guardrail", "1.0")
    assert merged.source == "policies with the overlay our-policies"


def test_a_list_takes_the_place_of_the_list() -> None:
    assert overlaid(LIBRARY, overlay({"registries": ["three"]})).data["config"]["registries"] == ["three"]


def test_policies_are_added_and_one_with_the_same_path_replaces() -> None:
    merged = overlaid(LIBRARY, overlay(b="package b # ours", c="package c"))
    assert merged.modules == {"a.rego": "package a", "b.rego": "package b # ours", "c.rego": "package c"}
    assert merged.tests == LIBRARY.tests


def test_a_policy_of_its_own_may_bring_config_of_its_own() -> None:
    assert overlaid(LIBRARY, overlay({"tickets": {"required": True}}, c="package c\n\nx := data.config.tickets")).data[
        "config"
    ]["tickets"] == {"required": True}


def test_a_new_entry_in_a_known_mapping_is_kept() -> None:
    merged = overlaid(LIBRARY, overlay({"ceilings": {"shop/api": 40}}))
    assert merged.data["config"]["ceilings"] == {"shop/web": 9, "shop/api": 40}


def test_a_policy_of_its_own_may_bring_a_limit_of_its_own() -> None:
    own = overlay({"limits": {"extra": 3}}, c="package c\n\nx := data.config.limits.extra")
    assert overlaid(LIBRARY, own).data["config"]["limits"] == {"ceiling": 20, "minimum": 3, "extra": 3}


@pytest.mark.parametrize(
    ("config", "key"),
    [
        pytest.param({"registry": ["three"]}, "registry", id="key"),
        pytest.param({"limits": {"celing": 40}}, "limits.celing", id="limit"),
    ],
)
def test_a_misspelt_key_is_refused_beside_policies_that_read_others(config: dict[str, Any], key: str) -> None:
    """A misspelt freeze would be none, whatever else the overlay holds."""
    with pytest.raises(PolicyUnusable) as refused:
        overlaid(LIBRARY, overlay(config, c="package c\n\nx := data.config.registries"))
    assert f"{key} is no key of the library's config, and no policy of the overlay reads it" in refused.value.message


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        pytest.param({"limits": {"ceiling": "40"}}, "limits.ceiling is a string, expected a number", id="number"),
        pytest.param(
            {"limits": {"ceiling": True}}, "limits.ceiling is a boolean, expected a number", id="true is no number"
        ),
        pytest.param({"limits": None}, "limits is nothing, expected a mapping", id="a mapping without entries"),
        pytest.param({"registries": "three"}, "registries is a string, expected a list", id="list"),
        pytest.param({"enabled": "false"}, "enabled is a string, expected a boolean", id="boolean"),
        pytest.param({"limit": {"ceiling": 40}}, "limit is no key of the library's config", id="misspelt"),
    ],
)
def test_a_value_that_no_rule_would_accept_is_refused(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyUnusable) as refused:
        overlaid(LIBRARY, overlay(config))
    assert (refused.value.code, refused.value.message) == (
        "policy.overlay-invalid",
        f"The overlay our-policies does not fit the library: {problem}.",
    )


def test_every_problem_is_told() -> None:
    with pytest.raises(PolicyUnusable) as refused:
        overlaid(LIBRARY, overlay({"registries": "three", "limits": {"ceiling": "40", "minimum": []}}))
    assert refused.value.message.count("expected") == 3


def test_a_policy_in_the_place_of_the_library_s_data_is_refused() -> None:
    own = replace(overlay(), modules={"data/config/limits.rego": "package b"})
    with pytest.raises(PolicyUnusable, match=r"data/config/limits\.rego is where the engine gets the data"):
        overlaid(LIBRARY, own)


def test_an_empty_overlay_is_refused() -> None:
    with pytest.raises(PolicyUnusable) as refused:
        overlaid(LIBRARY, overlay())
    assert refused.value.code == "policy.overlay-empty"


def test_rules_of_a_file_that_is_replaced_are_gone() -> None:
    rules = {"a.one": {"package": "a"}, "b.one": {"package": "b"}}
    below = replace(LIBRARY, data={**LIBRARY.data, "rules": rules})
    above = replace(overlay(a="package a\n\nx := 1\n"), data={"config": {}, "rules": {"a.two": {"package": "a"}}})
    assert set(overlaid(below, above).data["rules"]) == {"a.two", "b.one"}
