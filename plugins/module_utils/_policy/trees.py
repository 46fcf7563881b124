# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy files with the engine's syntax trees, read in a child: the engine may crash on any text.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child, rego, syntax
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis import modules
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable

_DEADLINE_S = 120.0
_MEMORY_BYTES = 2 * 1024 * 1024 * 1024


def read(texts: Mapping[str, str]) -> list[modules.Module]:
    """Every file, in the given order.

    Raises:
        PolicyUnusable: ``policy.parse-error``, or a failure of the child.
    """
    rego.prepare()
    found: list[modules.Module] = []
    with tempfile.TemporaryDirectory(prefix="guardrail-trees-") as folder:
        for path, text in texts.items():
            outcome = child.run(_writing(path, text, folder), deadline_s=_DEADLINE_S, memory_bytes=_MEMORY_BYTES)
            if outcome.error:
                places = rego.printed_errors(outcome.output) or outcome.error
                raise unusable("policy.parse-error", f"The text is no policy: {places}.")
            found.append(modules.read(syntax.source(path, text, outcome.answer)))
    return found


def _writing(path: str, text: str, folder: str) -> child.Work:
    return lambda: rego.syntax_trees({path: text}, folder)[path]
