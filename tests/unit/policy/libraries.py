# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small libraries to judge with: one main.rego, and whatever rules a test is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision, Violation
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library

ALLOW = '{"allowed": true, "violations": []}'
NO_CACHE = CompiledCache(None)
MAIN_PATH = "kubernetesexecution/main.rego"
# Takes texts and objects, like the real one, and has no groups and levels.
MAIN = """\
package kubernetesexecution

import rego.v1

import data.kubernetesexecution.collected

decision := {
	"allowed": count(violations) == 0,
	"violations": sort([violation | some violation in violations]),
	"warnings": sort([warning | some warning in warnings]),
}

violations contains entry(found) if some found in collected.deny

warnings contains entry(found) if some found in collected.warn

entry(found) := {"policy": found.policy, "code": found.policy, "message": found.result} if is_string(found.result)

entry(found) := object.union({"policy": found.policy}, found.result) if is_object(found.result)
"""
CATALOGUE: Mapping[str, Any] = {"ScaleDeployment": {"required_facts": ["disruption"]}}
DOCUMENT: Mapping[str, Any] = {"action": "ScaleDeployment", "namespace": "shop", "unavailable": []}


def rules(package: str, text: str) -> str:
    """A module below ``kubernetesexecution.safety`` in today's syntax."""
    return f"package kubernetesexecution.safety.{package}\n\nimport rego.v1\n\n{text}\n"


def library(
    modules: Mapping[str, str] | None = None, *, main: str = MAIN, config: Mapping[str, Any] | None = None, **data: Any
) -> Library:
    """``main`` and the given modules, with a catalogue of one action."""
    return Library(
        name="tests",
        version="1.2.3",
        source="a test",
        modules={**({MAIN_PATH: main} if main else {}), **(modules or {})},
        data={"config": {"catalogue": CATALOGUE, **(config or {})}, **data},
    )


def deciding(value: str) -> Library:
    """A library whose decision is the Rego expression ``value``."""
    return library(main=f"package kubernetesexecution\n\nimport rego.v1\n\ndecision := {value}\n")


def judged(judge: Library, document: Mapping[str, Any] = DOCUMENT, **options: Any) -> Decision:
    return Engine(judge, cache=NO_CACHE, **options).evaluate(document)


def alone(decision: Decision) -> Violation:
    """The only violation of a denial."""
    assert not decision.allowed
    (violation,) = decision.violations
    return violation


def codes(decision: Decision) -> list[tuple[str, str]]:
    return [(violation.policy, violation.code) for violation in decision.violations]
