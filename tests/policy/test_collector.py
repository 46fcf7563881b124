# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generated collector, for the real compiler."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector
from tests.policy.engines import run_opa
from tests.unit.policy.libraries import rules

DENY = 'deny contains "x"'


@pytest.mark.parametrize(
    "modules",
    [{}, {"a.rego": rules("production", DENY), "b.rego": rules("production.size", 'warn contains "y"')}],
    ids=["nothing", "packages"],
)
def test_generated_module_passes_the_real_compiler(tmp_path: Path, modules: dict[str, str]) -> None:
    for path, text in collector.complete(modules).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert run_opa("check", "--strict", str(tmp_path)).stderr == ""
    assert collector.PATH not in run_opa("fmt", "--list", str(tmp_path)).stdout
