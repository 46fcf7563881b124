# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every package takes part in the decision without wiring."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import from_directory
from tests.conftest import ROOT
from tests.unit.policy.libraries import codes, judged, library, rules

DENY = 'deny contains "x"'


@pytest.mark.parametrize(
    ("package", "policy", "group"),
    [
        ("kubernetesexecution.safety", "safety", "safety"),
        ("kubernetesexecution.safety.production", "production", "production"),
        ("kubernetesexecution.safety.common.blast_radius", "common/blast_radius", "common"),
        ("kubernetesexecution.safety.a.b.c", "a/b/c", "a"),
        ("kubernetesexecution.rbac", "rbac", "rbac"),
        ("kubernetesexecution.rbac.permissions", "rbac/permissions", "rbac"),
    ],
)
def test_package_is_collected_under_its_name_and_group(package: str, policy: str, group: str) -> None:
    assert collector.policy_and_group(package) == (policy, group)
    text = collector.generate({"a.rego": f"package {package}\n{DENY}\n"})
    rule = f"""
deny contains {{"policy": "{policy}", "group": "{group}", "result": result}} if {{
\tsome result, _ in data.{package}.deny
}}
"""
    assert text.endswith(f"import rego.v1\n{rule}\nwarn := set()\n")


@pytest.mark.parametrize(
    "text",
    [
        "package kubernetesexecution\n" + DENY,
        "package kubernetesexecution.lib.units\n" + DENY,
        "package kubernetesexecution.safety_net\n" + DENY,
        "package capabilities\n" + DENY,
        "# package kubernetesexecution.safety.x\npackage other\n" + DENY,
        "no package",
    ],
)
def test_other_packages_are_not_collected(text: str) -> None:
    assert collector.packages({"a.rego": text}) == {}


def test_files_of_one_package_are_collected_once() -> None:
    modules = {
        "a.rego": rules("production", DENY),
        "b.rego": rules("production", 'warn contains "y"'),
        "c.rego": rules("common", DENY),
    }
    assert collector.packages(modules) == {
        "kubernetesexecution.safety.common": {"deny"},
        "kubernetesexecution.safety.production": {"deny", "warn"},
    }


def test_generated_module_does_not_depend_on_the_order_of_files() -> None:
    modules = {"a.rego": rules("production", DENY), "b.rego": rules("common", DENY)}
    assert collector.generate(modules) == collector.generate(dict(reversed(modules.items())))


def test_generated_module_takes_the_place_of_whatever_stood_there() -> None:
    modules = {
        collector.PATH: "package kubernetesexecution.collected\ndeny := set()\n",
        "a.rego": rules("common", DENY),
    }
    assert collector.complete(modules) == {
        "a.rego": modules["a.rego"],
        collector.PATH: collector.generate({"a.rego": modules["a.rego"]}),
    }


def test_package_and_the_packages_below_it_both_take_part() -> None:
    decision = judged(library({"a.rego": rules("production", DENY), "b.rego": rules("production.size", DENY)}))
    assert codes(decision) == [("production", "production"), ("production/size", "production/size")]


def test_results_of_every_kind_of_rule_are_collected() -> None:
    old = 'package kubernetesexecution.safety.old\n\ndeny[msg] { msg := "text" }\n\n'
    old += 'deny[{"message": "object", "code": "o"}] { true }\n'
    new = rules("new", 'deny contains "text"\n\ndeny contains {"message": "object", "code": "n"}')
    decision = judged(library({"old.rego": old, "new.rego": new}))
    assert codes(decision) == [("new", "n"), ("new", "new"), ("old", "o"), ("old", "old")]


def test_committed_module_is_the_generated_one() -> None:
    """So that plain OPA can work on the directory."""
    generated = from_directory(ROOT / "policies").compiled_modules[collector.PATH]
    assert (ROOT / "policies" / collector.PATH).read_text(encoding="utf-8") == generated
