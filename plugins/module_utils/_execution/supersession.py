# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Of several attempts at the same thing only the newest waits for an approval."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import Ledger
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import REJECTED, Record


def supersede(ledger: Ledger, earlier: Iterable[Record], own: Record) -> None:
    """End records that wait for the approval of the digest that ``own`` is about. Whoever is faster may have done so."""
    status = {"phase": REJECTED, "message": f"Superseded by {own.name}.", "supersededBy": own.name}
    for record in earlier:
        try:
            ledger.advance(record, status, patience_s=1.0)
        except GateError:
            continue
