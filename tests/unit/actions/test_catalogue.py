# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from tests.conftest import COLLECTIONS

PACKAGE = "ansible_collections.guardrail.kubernetes.plugins.module_utils._actions"


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_is_found_under_its_own_name(name: str) -> None:
    assert ACTIONS[name].name == name
    assert ACTIONS[name] is ACTIONS[name]


@pytest.mark.parametrize("name", ["", "scale_deployment", "Action", "NAMESPACED"])
def test_no_other_name_is_an_action(name: str) -> None:
    assert name not in ACTIONS
    assert ACTIONS.get(name) is None
    with pytest.raises(KeyError):
        ACTIONS[name]


def test_only_the_action_that_is_asked_for_is_loaded() -> None:
    code = f"""
import sys
from {PACKAGE}.catalogue import ACTIONS
assert "DrainNode" in ACTIONS and len(ACTIONS) == len(list(ACTIONS))
before = set(sys.modules)
ACTIONS["CordonNode"]
print(sorted(name.rpartition(".")[2] for name in set(sys.modules) - before if name.startswith("{PACKAGE}")))
"""
    environ = {"PYTHONPATH": str(COLLECTIONS)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "['cordon_node', 'workload']\n"
