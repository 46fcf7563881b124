# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that drain a node."""

from __future__ import annotations

from typing import Any

from tests.integration.gate_calls import GateCalls, Result


class Drain:
    """Drains a site's node as the runner."""

    def __init__(self, gate: GateCalls, node: str) -> None:
        self._gate, self._node = gate, node

    def __call__(self, *, wait_timeout: int = 60, **options: Any) -> Result:
        return self._gate("DrainNode", name=self._node, wait_timeout=wait_timeout, **options)

    @property
    def lines(self) -> list[str]:
        """The progress so far."""
        return self._gate.lines
