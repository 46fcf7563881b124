# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules called as the identities of the cluster, in this process, their results checked against their documentation."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import perform_task
from tests.integration.contract_metadata import assert_shaped, documented

Result = dict[str, Any]

_MODULES = "ansible_collections.guardrail.kubernetes.plugins.modules"
_OF_EVERY_TASK = {"changed", "failed", "warnings"}


@dataclass(frozen=True)
class ModuleCalls:
    """Calls modules.

    Attributes:
        kubeconfigs: By the name of the identity.
        home: Compiled libraries are kept in it.
    """

    kubeconfigs: Mapping[str, Path]
    home: Path

    def __call__(self, module: str, identity: str, *, check_mode: bool = False, **options: Any) -> Result:
        """The result of a task, which has what the module's documentation promises and nothing else."""
        found = importlib.import_module(f"{_MODULES}.{module}")
        given = {"kubeconfig": str(self.kubeconfigs[identity]), **options}
        validated = ArgumentSpecValidator(found.ARGUMENT_SPEC, **getattr(found, "CONSTRAINTS", {})).validate(given)
        assert not validated.error_messages, validated.error_messages
        environ = {**os.environ, "HOME": str(self.home), "XDG_CACHE_HOME": str(self.home)}
        gated = hasattr(found, "ACTION")
        perform = perform_task if gated else getattr(found, module)
        action = found.ACTION if gated else module
        result: Result = perform(action, validated.validated_parameters, check_mode=check_mode, environ=environ)
        assert_documented(module, result)
        return result


def assert_documented(module: str, result: Mapping[str, Any]) -> None:
    documentation = documented(module, "RETURN")
    end = "failure" if result.get("failed") else "success"
    promised = {key for key, entry in documentation.items() if entry["returned"] in ("always", end)}
    assert promised <= result.keys(), result.get("msg")
    assert result.keys() - _OF_EVERY_TASK <= documentation.keys(), result.get("msg")
    for key in result.keys() & documentation.keys():
        assert_shaped(result[key], documentation[key], f"{module}: {key}")
    assert result.get("code") != "internal.error", result["msg"]
