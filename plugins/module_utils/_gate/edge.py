# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The edge of tasks that are not gated: whatever stops one, the user gets a sentence beside what was found so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import failure_keys
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.unforeseen import unforeseen


def guarded(result: dict[str, Any], work: Callable[[], None]) -> dict[str, Any]:
    """Run ``work``, which fills ``result``; whatever stops it becomes the failure's keys beside what is there."""
    try:
        work()
    except GateError as failure:
        result.update(failure_keys(failure))
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the user gets one sentence
        result.update(failure_keys(unforeseen(error)))
    return result
