# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate finds out about the data when it compiles the library never changes a decision: OPA finds it out anew."""

from __future__ import annotations

import json

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import checks, child, rego
from tests.policy.engines import Case, codes, embedded_decisions, library, opa_decisions

ACTIONS = [
    "fixtures.scale(5, {})",
    "fixtures.drain({})",
    "fixtures.delete_pod({})",
    "fixtures.update_image({}, {})",
]
CONFIGS = [
    "fixtures.config({})",
    'fixtures.config({"limits": {"replicas_percent": "half"}})',
    'fixtures.config({"limits": {"draining_nodes": 1.5}})',
    'object.remove(fixtures.config({}), ["limits"])',
    'fixtures.config({"cool_down_seconds": {"DrainNode": -1}})',
    'fixtures.config({"cool_down_seconds": {"DrainNode": "soon", "ScaleDeployment": 60}})',
    'fixtures.config({"retention_days": 0})',
    'fixtures.config({"rate_limits": [{"scope": "target", "max": 0, "window_seconds": 60}]})',
    'fixtures.config({"failure_block": {"after": 1.5, "seconds": 60}})',
    'fixtures.config({"approvals": {"quorum": {"default": 1, "DrainNode": 0}}})',
    'fixtures.config({"exceptions": [{"name": "a", "actions": ["DrainNode"]}]})',
    'fixtures.config({"job_mode": {"image": "kubectl:latest"}})',
    "{}",
]
CASES = [Case(action, config) for config in CONFIGS for action in ACTIONS]


def test_both_engines_find_the_same_wrong_with_data() -> None:
    ours, theirs = embedded_decisions(CASES), opa_decisions(CASES)
    differing = [case for case, own, other in zip(CASES, ours, theirs, strict=True) if own != other]
    assert differing == []
    found = {code for decision in ours for code in codes(decision["violations"])}
    assert {"config.limit-unusable", "config.setting-unusable", "config.key-missing"} <= found


def test_sound_data_takes_the_short_cut() -> None:
    """Otherwise the comparison above would compare nothing, and every decision would take a third longer."""
    rego.prepare()
    outcome = child.run(lambda: json.dumps(checks.held(library().compiled_modules)).encode(), deadline_s=60)
    assert (outcome.error, outcome.answer) == ("", b'{"limits": true, "settings": true}')
