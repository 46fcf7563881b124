# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compiles a library together with what its data alone decides.

A rule of the package ``kubernetesexecution.checks`` says something about the library's data and nothing about the input:
"every limit is a number". Asked at each decision, such questions took a quarter of its time; so they are asked once,
and those that hold become ``data.checked``. The library's rules read it as a short cut and find out by themselves where
it is missing, as in plain OPA.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import data_modules, rego
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name

ROOT = "checked"
VERSION = 1
"""Part of the key of what is kept: raise it when a library is compiled in another way."""
_PACKAGE = "kubernetesexecution.checks"


def compile_checked(modules: Mapping[str, str]) -> bytes:
    """The library's decision as a bundle. Runs in a child.

    Args:
        modules: Policies, collector and data (``Library.compiled_modules``).

    Raises:
        EngineError: The modules do not compile.
    """
    checked = held(modules) if any(package_name(text) == _PACKAGE for text in modules.values()) else {}
    return rego.compile_bundle({**modules, **data_modules.generate({ROOT: checked})}, [rego.ENTRYPOINT])


def held(modules: Mapping[str, str]) -> dict[str, bool]:
    """The checks that are true without any input. Runs in a child.

    When one fails, none counts: the decision will say what is wrong.
    """
    entrypoint = _PACKAGE.replace(".", "/")
    bundle = rego.compile_bundle(modules, [entrypoint])
    (answer,) = rego.evaluate_each(bundle, [(entrypoint, "{}")])
    if isinstance(answer, rego.EngineError) or answer.text is None:
        return {}
    found = json.loads(answer.text)
    return {name: True for name, value in found.items() if value is True}
